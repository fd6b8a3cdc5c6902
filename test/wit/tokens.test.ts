/** The token grammar, line by line of the contract, and its laws. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Token,
  conflicts,
  covers,
  interfaceOfToken,
  isCollection,
  isNamespace,
  nearestName,
  parseToken,
  printToken,
  tokenCharactersMax,
  tokenForms,
  tokenKinds,
} from '#wit/tokens';
import { checkProperty, fuzz, fuzzTimeoutMs } from '../fuzz.ts';

function invalid(text: string): { message: string; remedy: string } {
  try {
    return { message: `read as ${printToken(parseToken(text))}`, remedy: '' };
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'CodedError', code: 'TOKEN_INVALID' });
    const { wire } = thrown as { wire: { message: string; remedy: string } };
    return wire;
  }
}

const coversText = (granted: string, wanted: string) => covers(parseToken(granted), parseToken(wanted));
const conflictsText = (left: string, right: string) => conflicts(parseToken(left), parseToken(right));

describe('parseToken', () => {
  const lines: readonly (readonly [text: string, token: Token])[] = [
    ['kv:orders.pending:r', { kind: 'kv', namespace: 'orders.pending', mode: 'r' }],
    ['kv:orders:rw', { kind: 'kv', namespace: 'orders', mode: 'rw' }],
    ['kv:orders:append', { kind: 'kv', namespace: 'orders', mode: 'append' }],
    ['kv:orders:x', { kind: 'kv', namespace: 'orders', mode: 'x' }],
    ['kv:orders.*:r', { kind: 'kv', namespace: 'orders.*', mode: 'r' }],
    ['kv:*:rw', { kind: 'kv', namespace: '*', mode: 'rw' }],
    ['vector:embeddings:r', { kind: 'vector', collection: 'embeddings', mode: 'r' }],
    ['vector:embeddings:user:append', { kind: 'vector', collection: 'embeddings:user', mode: 'append' }],
    ['vector:embeddings:rw:rw', { kind: 'vector', collection: 'embeddings:rw', mode: 'rw' }],
    ['vector:embeddings:*:x', { kind: 'vector', collection: 'embeddings:*', mode: 'x' }],
    ['fs:reports:r', { kind: 'fs', root: 'reports', mode: 'r' }],
    ['fs:reports:rw', { kind: 'fs', root: 'reports', mode: 'rw' }],
    ['net:api.example.com:443', { kind: 'net', host: 'api.example.com', port: 443 }],
    ['net:127.0.0.1:8080', { kind: 'net', host: '127.0.0.1', port: 8080 }],
    ['net:[::1]:8080', { kind: 'net', host: '[::1]', port: 8080 }],
    ['net:api.example.com:*', { kind: 'net', host: 'api.example.com', port: '*' }],
    ['net:*:443', { kind: 'net', host: '*', port: 443 }],
    ['llm:openai:gpt-4o', { kind: 'llm', provider: 'openai', model: 'gpt-4o' }],
    ['llm:ollama:llama3.1:8b', { kind: 'llm', provider: 'ollama', model: 'llama3.1:8b' }],
    ['llm:openai:*', { kind: 'llm', provider: 'openai', model: '*' }],
    ['llm:*:*', { kind: 'llm', provider: '*', model: '*' }],
    ['gpu:any:compute', { kind: 'gpu', device: 'any', mode: 'compute' }],
    ['gpu:0:compute', { kind: 'gpu', device: '0', mode: 'compute' }],
    ['tool:wordCount:call', { kind: 'tool', name: 'wordCount', mode: 'call' }],
    ['agent:researcher:call', { kind: 'agent', name: 'researcher', mode: 'call' }],
    ['context:session:r', { kind: 'context', scope: 'session', mode: 'r' }],
    ['context:session:append', { kind: 'context', scope: 'session', mode: 'append' }],
    ['spawn:self:exec', { kind: 'spawn', scope: 'self', mode: 'exec' }],
  ];
  test.each(lines)('%s is read, and printed back', (text, token) => {
    expect(parseToken(text)).toEqual(token);
    expect(printToken(token)).toBe(text);
  });

  test.each([
    ['net:API.Example.COM:443', 'net:api.example.com:443'],
    ['net:[2001:DB8:0:0:0:0:0:1]:443', 'net:[2001:db8::1]:443'],
    ['net:[::ffff:127.0.0.1]:80', 'net:[::ffff:7f00:1]:80'],
  ])('%s is %s', (text, canonical) => {
    expect(printToken(parseToken(text))).toBe(canonical);
  });

  test.each([
    ['', 'it has no kind'],
    [':orders:r', 'it has no kind'],
    ['kv', 'its scope is missing'],
    ['kv:', 'its scope is missing'],
    ['kv::r', 'its scope is missing'],
    ['kv:orders', 'its mode is missing'],
    ['kv:orders:', 'its mode is missing'],
    ['kv:orders:w', '"kv" has no mode "w"'],
    ['kv:orders:RW', '"kv" has no mode "RW"'],
    ['kv:orders:rw ', '"kv" has no mode "rw "'],
    ['kv:a:b:r', 'its namespace "a:b" is malformed'],
    ['kv:.orders:r', 'its namespace ".orders" is malformed'],
    ['kv:orders.:r', 'its namespace "orders." is malformed'],
    ['kv:orders..a:r', 'its namespace "orders..a" is malformed'],
    ['kv:*.orders:r', 'its namespace "*.orders" is malformed'],
    ['kv:ord*:r', 'its namespace "ord*" is malformed'],
    ['kv:größe:r', 'its namespace "größe" is malformed'],
    [`kv:${'a'.repeat(129)}:r`, `its namespace "${'a'.repeat(80)}…" is malformed`],
    ['vector:a::b:r', 'its collection "a::b" is malformed'],
    ['vector:*:b:r', 'its collection "*:b" is malformed'],
    ['fs:../etc:r', 'its root "../etc" is malformed'],
    ['fs:reports:append', '"fs" has no mode "append"'],
    ['net:api.example.com', 'its port is missing'],
    ['net::443', 'its host is missing'],
    ['net:[::1]', 'its port is missing'],
    ['net:::1:443', 'its host is missing'],
    ['net:[::1:443', 'its host "[" is malformed'],
    ['net:[::g]:443', 'its host "[::g]" is malformed'],
    ['net:[fe80::1%25eth0]:443', 'its host "[fe80::1%25eth0]" is malformed'],
    ['net:example.com.:443', 'its host "example.com." is malformed'],
    ['net:*.example.com:443', 'its host "*.example.com" is malformed'],
    ['net:127.1:443', 'its host "127.1" is malformed'],
    ['net:0x7f.0.0.1:443', 'its host "0x7f.0.0.1" is malformed'],
    ['net:0x7f000001:443', 'its host "0x7f000001" is malformed'],
    ['net:010.0.0.1:443', 'its host "010.0.0.1" is malformed'],
    ['net:1.2.3.256:443', 'its host "1.2.3.256" is malformed'],
    ['net:\u212aexample.com:443', 'its host "\u212aexample.com" is malformed'],
    ['net:user@example.com:443', 'its host "user@example.com" is malformed'],
    ['net:example.com:0', 'its port "0" is malformed'],
    ['net:example.com:0443', 'its port "0443" is malformed'],
    ['net:example.com:65536', 'its port "65536" is malformed'],
    ['net:example.com:https', 'its port "https" is malformed'],
    ['llm:openai', 'its model is missing'],
    ['llm::gpt-4o', 'its provider is missing'],
    ['llm:*:gpt-4o', 'its provider "*" is malformed'],
    ['llm:openai:gpt 4', 'its model "gpt 4" is malformed'],
    ['gpu:*:compute', 'its device "*" is malformed'],
    ['gpu:any:render', '"gpu" has no mode "render"'],
    ['tool:word count:call', 'its name "word count" is malformed'],
    [`agent:${'a'.repeat(65)}:call`, `its name "${'a'.repeat(65)}" is malformed`],
    ['context:all:r', 'its scope "all" is malformed'],
    ['context:session:rw', '"context" has no mode "rw"'],
    ['spawn:other:exec', 'its scope "other" is malformed'],
    ['__proto__:a:b', 'there is no kind "__proto__"'],
    ['kv:a\nb:r', 'its namespace "a\\nb" is malformed'],
  ])('%j is refused: %s', (text, state) => {
    expect(invalid(text).message).toContain(`: ${state}`);
  });

  test('the nearest kind and mode are named', () => {
    expect(invalid('vectors:a:r').remedy).toBe(`Did you mean "vector"? Write it as ${tokenForms.vector}`);
    expect(invalid('KV:a:r').remedy).toContain('Did you mean "kv"?');
    expect(invalid('kv:a:apend').remedy).toContain('Did you mean "append"?');
    expect(invalid('database:a:r').remedy).toBe(`Use one of ${tokenKinds.join(', ')}`);
  });

  test('a token at the maximum length is looked at, one character more is not', () => {
    expect(invalid(`kv:${'a'.repeat(tokenCharactersMax - 5)}:r`).message).toContain('its namespace');
    expect(invalid(`kv:${'a'.repeat(tokenCharactersMax - 4)}:r`).message).toContain(
      'it has 513 characters, at most 512 are allowed',
    );
  });

  test('every kind but spawn is named by the WIT of its interface', () => {
    const wit = ['kv', 'vectors', 'files', 'net', 'llm', 'gpu', 'tools', 'agents', 'context']
      .map((name) => readFileSync(new URL(`../../wit/host/${name}.wit`, import.meta.url), 'utf8'))
      .join('\n');
    for (const kind of tokenKinds.filter((name) => name !== 'spawn')) expect(wit).toContain(`\`${kind}:`);
  });
});

describe('covers', () => {
  test.each([
    ['kv:orders:r', 'kv:orders:r'],
    ['kv:orders:r', 'kv:orders.pending:r'],
    ['kv:orders:r', 'kv:orders.pending.eu:r'],
    ['kv:orders:r', 'kv:orders.*:r'],
    ['kv:orders.*:r', 'kv:orders.pending.eu:r'],
    ['kv:*:r', 'kv:orders:r'],
    ['kv:orders:rw', 'kv:orders:r'],
    ['kv:orders:rw', 'kv:orders:append'],
    ['kv:orders:x', 'kv:orders.pending:rw'],
    ['kv:orders:x', 'kv:orders:x'],
    ['vector:embeddings:*:r', 'vector:embeddings:user:r'],
    ['vector:*:rw', 'vector:embeddings:user:append'],
    ['fs:reports:rw', 'fs:reports:r'],
    ['fs:*:r', 'fs:reports:r'],
    ['net:api.example.com:*', 'net:api.example.com:443'],
    ['net:*:443', 'net:api.example.com:443'],
    ['net:*:*', 'net:[::1]:80'],
    ['llm:openai:*', 'llm:openai:gpt-4o'],
    ['llm:*:*', 'llm:ollama:llama3.1:8b'],
    ['gpu:any:compute', 'gpu:0:compute'],
    ['tool:*:call', 'tool:wordCount:call'],
    ['agent:*:call', 'agent:researcher:call'],
    ['context:session:append', 'context:session:append'],
    ['spawn:self:exec', 'spawn:self:exec'],
  ])('%s covers %s', (granted, wanted) => expect(coversText(granted, wanted)).toBe(true));

  test.each([
    ['kv:orders:r', 'kv:orders:rw'],
    ['kv:orders:r', 'kv:orders:append'],
    ['kv:orders:append', 'kv:orders:r'],
    ['kv:orders:rw', 'kv:orders:x'],
    ['kv:orders:r', 'kv:ordersx:r'],
    ['kv:orders.pending:r', 'kv:orders:r'],
    ['kv:orders.*:r', 'kv:orders:r'],
    ['kv:orders:r', 'kv:*:r'],
    ['kv:orders:r', 'vector:orders:r'],
    ['vector:embeddings:r', 'vector:embeddings:user:r'],
    ['vector:embeddings:*:r', 'vector:embeddings:r'],
    ['fs:reports:r', 'fs:reports:rw'],
    ['net:api.example.com:443', 'net:api.example.com:80'],
    ['net:example.com:443', 'net:api.example.com:443'],
    ['net:*:443', 'net:api.example.com:*'],
    ['llm:openai:gpt-4o', 'llm:openai:*'],
    ['llm:openai:gpt-4o', 'llm:openai:gpt-4o-mini'],
    ['gpu:0:compute', 'gpu:any:compute'],
    ['tool:a:call', 'agent:a:call'],
    ['context:session:r', 'context:session:append'],
  ])('%s does not cover %s', (granted, wanted) => expect(coversText(granted, wanted)).toBe(false));
});

describe('conflicts', () => {
  const modes = ['r', 'append', 'rw', 'x'] as const;
  const table: Record<(typeof modes)[number], string> = { r: '..##', append: '..##', rw: '####', x: '####' };
  test.each(modes)('%s conflicts as its table says', (mode) => {
    const row = modes.map((other) => (conflictsText(`kv:orders:${mode}`, `kv:orders.pending:${other}`) ? '#' : '.'));
    expect(row.join('')).toBe(table[mode]);
  });
  test.each([
    ['kv:orders:x', 'kv:bills:x'],
    ['kv:orders.pending:x', 'kv:orders.done:x'],
    ['vector:a:x', 'kv:a:x'],
    ['fs:reports:r', 'fs:reports:r'],
    ['net:*:*', 'net:*:*'],
    ['llm:openai:*', 'llm:openai:*'],
    ['gpu:any:compute', 'gpu:any:compute'],
    ['tool:a:call', 'tool:a:call'],
    ['context:session:append', 'context:session:append'],
    ['spawn:self:exec', 'spawn:self:exec'],
  ])('%s and %s may be held at the same time', (left, right) => expect(conflictsText(left, right)).toBe(false));
  test.each([
    ['fs:reports:rw', 'fs:reports:r'],
    ['vector:embeddings:*:x', 'vector:embeddings:user:r'],
    ['kv:*:x', 'kv:orders:append'],
    ['kv:orders.*:x', 'kv:orders:r'],
  ])('%s and %s exclude each other', (left, right) => expect(conflictsText(left, right)).toBe(true));
});

test('each kind grants the interface of its name, spawn none', () => {
  expect(tokenKinds.map(interfaceOfToken)).toEqual([
    'kv',
    'vectors',
    'files',
    'net',
    'llm',
    'gpu',
    'tools',
    'agents',
    'context',
    undefined,
  ]);
});

test('isNamespace and isCollection tell a guest whether its name can be one', () => {
  expect([isNamespace('orders.pending'), isNamespace('embeddings:user'), isNamespace('')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([isCollection('embeddings:user'), isCollection('a.b'), isCollection('a:')]).toEqual([true, true, false]);
  expect([isNamespace('a'.repeat(128)), isNamespace('a'.repeat(129))]).toEqual([true, false]);
});

test('nearestName finds a mistyped name, and nothing for a name unlike all', () => {
  expect(nearestName('mdoe', ['mode', 'scope'])).toBe('mode');
  expect(nearestName('zzzzzz', ['mode', 'scope'])).toBeUndefined();
  expect(nearestName('', ['mode'])).toBeUndefined();
  expect(nearestName('m'.repeat(10_000), ['mode'])).toBeUndefined();
});

/** Few names, so that scopes meet often. */
const tokenTexts = fc.oneof(
  ...['kv', 'vector'].map((kind) =>
    fc
      .tuple(
        fc.constantFrom('*', 'a', 'b', 'a.*', 'a.b', 'a.b.*', 'a.b.a', 'ab'),
        fc.constantFrom('r', 'append', 'rw', 'x'),
      )
      .map(([scope, mode]) => `${kind}:${scope}:${mode}`),
  ),
  fc.tuple(fc.constantFrom('*', 'a', 'b'), fc.constantFrom('r', 'rw')).map(([root, mode]) => `fs:${root}:${mode}`),
  fc
    .tuple(fc.constantFrom('*', 'a.b', '[::1]', '10.0.0.1'), fc.constantFrom('*', '80', '443'))
    .map(([host, port]) => `net:${host}:${port}`),
  fc.constantFrom('llm:*:*', 'llm:a:*', 'llm:a:b', 'llm:a:b:c', 'llm:b:b'),
  fc.constantFrom('gpu:any:compute', 'gpu:0:compute', 'tool:*:call', 'tool:a:call', 'agent:a:call', 'agent:*:call'),
  fc.constantFrom('context:session:r', 'context:session:append', 'spawn:self:exec'),
);
const tokens = tokenTexts.map(parseToken);

describe('for all tokens', () => {
  const timeout = { timeout: fuzzTimeoutMs };
  test('printToken and parseToken undo each other', timeout, () =>
    checkProperty(
      fc.property(tokenTexts, (text) => {
        expect(printToken(parseToken(text))).toBe(text);
      }),
    ),
  );
  test('covers is reflexive', timeout, () =>
    checkProperty(
      fc.property(tokens, (token) => {
        expect(covers(token, token)).toBe(true);
      }),
    ),
  );
  test('covers is transitive', timeout, () =>
    checkProperty(
      fc.property(tokens, tokens, tokens, (a, b, c) => {
        expect(covers(a, b) && covers(b, c) && !covers(a, c)).toBe(false);
      }),
    ),
  );
  test('tokens that cover each other are equal', timeout, () =>
    checkProperty(
      fc.property(tokens, tokens, (a, b) => {
        expect(covers(a, b) && covers(b, a)).toBe(printToken(a) === printToken(b));
      }),
    ),
  );
  test('conflicts is symmetric', timeout, () =>
    checkProperty(
      fc.property(tokens, tokens, (a, b) => {
        expect(conflicts(a, b)).toBe(conflicts(b, a));
      }),
    ),
  );
  test('what conflicts with a token conflicts with every token that covers it', timeout, () =>
    checkProperty(
      fc.property(tokens, tokens, tokens, (a, b, wider) => {
        expect(conflicts(a, b) && covers(wider, b) && !conflicts(a, wider)).toBe(false);
      }),
    ),
  );
});

test('any text is a token, whose print reads as itself, or TOKEN_INVALID', { timeout: fuzzTimeoutMs }, () =>
  fuzz((random) => {
    const kind = random.oneIn(8) ? random.text(random.below(6), 'kvnetfs:') : random.pick(tokenKinds);
    const middle = random.text(random.below(24), 'ab0.*:[]-_/@%Zé\0 :1::..');
    const end = random.pick(['r', 'rw', 'append', 'x', 'call', 'compute', 'exec', '443', '*', '', 'q']);
    const text = `${kind}:${random.oneIn(6) ? 'session' : middle}:${end}`;
    let token: Token;
    try {
      token = parseToken(text);
    } catch (thrown) {
      expect(thrown).toMatchObject({ name: 'CodedError', code: 'TOKEN_INVALID' });
      return;
    }
    expect(parseToken(printToken(token))).toEqual(token);
    expect(printToken(token).length).toBeLessThanOrEqual(tokenCharactersMax);
  }),
);
