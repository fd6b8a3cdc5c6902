/** Whatever stands in a file, it comes to settings or to a coded error that names a place in it. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodedError } from '#wit/errors';
import type { ConfigSources } from '../../../firmware/config/config-sources.ts';
import { TomlLines } from '../../../firmware/config/toml-lines.ts';
import { documentedPaths, variableOf } from '../../../firmware/config/settings.ts';
import { checkProperty, fuzz, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { configOf, refusalOf } from './config-sources.ts';

const whole = `# A host.
[host]
allow_unsigned = false
engine = "v8"
drain = "30 s"

[listen]
grpc = "127.0.0.1:7600"
web = "[::1]:0"
metrics = "off"
socket_group = 'aria'

[tls]
certificate = "/etc/aria/chain.pem"
key = "/etc/aria/key.pem"
client_authority = "ca.pem"
client_roles = { "deploy.example" = "admin", ci = "operator" }

[access.tokens.ci]
role = "operator"
file = "ci"

[web]
hosts = ["aria.example.org", "a:1"]
origins = [
  "https://a.example",
]

[trust.acme]
public_key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
tokens = ["kv:orders:rw", "net:api.example.com:443"]
bundles = ["invoice-*"]
upgrades = "allow"

[limits]
message_bytes_max = "4 MiB"
[store]
bytes_max = 1_073_741_824
[log]
level = """info"""
`;

/** What a text comes to: `taken`, or the code of its refusal. Whatever else is thrown ends the test. */
function outcomeOf(text: string, sources: Partial<ConfigSources> = {}): string {
  try {
    configOf(text, sources);
    return 'taken';
  } catch (thrown) {
    if (!(thrown instanceof CodedError) || thrown.message.length > 2000) throw thrown;
    return thrown.code;
  }
}

const outcomes = ['CONFIG_INVALID', 'LISTEN_REFUSED', 'taken'];

test('the whole example is taken as it is', () => {
  expect(configOf(whole)).toMatchObject({ engine: 'v8', socketGroup: 'aria', trust: [{ name: 'acme' }] });
});

test(
  'a damaged file comes to settings or to a coded error, never to anything else',
  async () => {
    const bytes = Buffer.from(whole);
    const seen = new Set<string>();
    await fuzz((random) => void seen.add(outcomeOf(Buffer.from(mutate(random, bytes)).toString('utf8'))));
    expect([...seen].sort()).toEqual(expect.arrayContaining(['CONFIG_INVALID', 'taken']));
    expect(outcomes).toEqual(expect.arrayContaining([...seen]));
  },
  fuzzTimeoutMs,
);

const scalar = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.constantFrom('off', '127.0.0.1:1', '1 GiB', '5 s', 'admin', 'kv:a:r', '__proto__'),
);
const name = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', 'acme', '', 'a.b', 'NAME'),
);

test(
  'any value under any known key comes to settings or to a coded error',
  async () => {
    const seen = new Set<string>();
    const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(name, scalar, { maxKeys: 3 }));
    await checkProperty(
      fc.property(fc.constantFrom(...documentedPaths()), name, value, (path, member, one) => {
        const keys = path.split('.').map((key) => JSON.stringify(key === 'NAME' ? member : key));
        seen.add(outcomeOf(`${keys.join('.')} = ${tomlOf(one)}`));
      }),
    );
    expect([...seen]).toContain('taken');
    expect(outcomes).toEqual(expect.arrayContaining([...seen]));
  },
  fuzzTimeoutMs,
);

test(
  'any text in a variable of the environment comes to settings or to a coded error',
  async () => {
    const seen = new Set<string>();
    await checkProperty(
      fc.property(fc.constantFrom(...documentedPaths()), fc.oneof(fc.string(), scalar.map(String)), (path, text) => {
        seen.add(outcomeOf('', { environment: { [variableOf(path)]: text } }));
      }),
    );
    expect([...seen]).toContain('taken');
    expect(outcomes).toEqual(expect.arrayContaining([...seen]));
  },
  fuzzTimeoutMs,
);

test('an unknown key is named with its own line, wherever it is put', () => {
  const lines = whole.split('\n');
  // Not inside the list, which is the one value that has several lines.
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('  ') || line === ']') continue;
    const changed = [...lines.slice(0, index), 'zzzzzzzzzzzzz = 1', ...lines.slice(index)].join('\n');
    expect(refusalOf(changed).message).toContain(`/etc/aria.toml:${index + 1}: unknown key`);
  }
});

test('lines of keys in texts of several lines are not taken for keys', () => {
  const lines = new TomlLines(`a = '''\n[b]\nc = 1\n'''\n[d]\n"e" = 1\nf.g = 2\n`);
  expect([['a'], ['d'], ['d', 'e'], ['d', 'f'], ['d', 'f', 'g'], ['b']].map((path) => lines.of(path))).toEqual([
    1, 5, 6, 7, 7, 1,
  ]);
});

/** A value as TOML; what TOML cannot say becomes something that is no TOML. */
function tomlOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)} = ${tomlOf(one)}`)
      .join(', ')} }`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value as number | boolean);
}
