/** The manifest: its schema, what lies between its fields, and the published JSON Schema. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Manifest, manifestJsonSchema, manifestMaxima, parseManifest } from '#wit/manifest';
import { type Random, fuzz, fuzzTimeoutMs } from '../fuzz.ts';
import { sampleContent } from './sample-bundle.ts';

/** A copy of the sample's manifest with other fields. */
function sample(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...structuredClone(sampleContent().manifest), ...changes };
}

/** The same with other fields in its first tool. */
function withTool(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const [first, second] = sampleContent().manifest.tools;
  return sample({ tools: [{ ...first, ...changes }, second] });
}

function refusalOf(value: unknown): { code: string; message: string; paths: readonly string[] } {
  try {
    parseManifest(value);
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'CodedError' });
    const { code, message, wire } = thrown as {
      code: string;
      message: string;
      wire: { details: { violations?: readonly { path: string }[] } };
    };
    return { code, message, paths: (wire.details.violations ?? []).map(({ path }) => path) };
  }
  return { code: 'accepted', message: '', paths: [] };
}

describe('parseManifest', () => {
  test('takes the sample as it is', () => {
    expect(parseManifest(sample())).toEqual(sampleContent().manifest);
  });

  const file = { path: 'source/sumLines.js', hash: '0'.repeat(64), size: 1 };
  test.each<readonly [what: string, value: unknown, path: string]>([
    ['no object', 7, 'manifest'],
    ['an unknown key', sample({ extra: 1 }), 'manifest'],
    ['a missing key', sample({ description: undefined }), 'manifest.description'],
    ['another format', sample({ format: 2 }), 'manifest.format'],
    ['a name with capitals', sample({ name: 'InvoiceKit' }), 'manifest.name'],
    ['a name that is a path', sample({ name: '../kit' }), 'manifest.name'],
    ['a version that is none', sample({ version: '1.0' }), 'manifest.version'],
    ['an ABI that is no version', sample({ abi: 'latest' }), 'manifest.abi'],
    ['half a character in a text', sample({ description: '\ud800' }), 'manifest.description'],
    [
      'a description over the maximum',
      sample({ description: 'a'.repeat(manifestMaxima.descriptionCharacters + 1) }),
      'manifest.description',
    ],
    ['a template that is no hash', sample({ template: 'ABC' }), 'manifest.template'],
    ['no tools', sample({ tools: [] }), 'manifest.tools'],
    ['too many tools', sample({ tools: Array.from({ length: manifestMaxima.tools + 1 }) }), 'manifest.tools'],
    ['a tool that is null', sample({ tools: [null] }), 'manifest.tools[0]'],
    ['a tool without a usable name', withTool({ name: 'sum lines' }), 'manifest.tools[0].name'],
    ['a token of no kind', withTool({ tokens: ['database:a:r'] }), 'manifest.tools[0].tokens[0]'],
    ['a token that is not canonical', withTool({ tokens: ['net:API.example.com:443'] }), 'manifest.tools[0].tokens[0]'],
    [
      'too many tokens',
      withTool({ tokens: Array.from({ length: 65 }, (_, index) => `kv:a${index}:r`) }),
      'manifest.tools[0].tokens',
    ],
    [
      'a token twice',
      withTool({ tokens: ['kv:orders:rw', 'net:a.com:1', 'kv:orders:rw'] }),
      'manifest.tools[0].tokens',
    ],
    [
      'too many imports',
      withTool({ imports: Array.from({ length: 33 }, () => 'aria:host/log@0.1.0') }),
      'manifest.tools[0].imports',
    ],
    ['an import of another package', withTool({ imports: ['wasi:io/streams@0.2.0'] }), 'manifest.tools[0].imports[0]'],
    [
      'imports that are not sorted',
      withTool({ imports: ['aria:host/timer@0.1.0', 'aria:host/log@0.1.0'] }),
      'manifest.tools[0].imports',
    ],
    [
      'an import twice',
      withTool({ imports: ['aria:host/log@0.1.0', 'aria:host/log@0.1.0'] }),
      'manifest.tools[0].imports',
    ],
    ['a timeout of nothing', withTool({ timeoutMs: 0 }), 'manifest.tools[0].timeoutMs'],
    ['memory that is not whole pages', withTool({ memoryBytes: 1024 * 1024 + 1 }), 'manifest.tools[0].memoryBytes'],
    ['memory beyond 32 bits', withTool({ memoryBytes: 4 * 1024 ** 3 }), 'manifest.tools[0].memoryBytes'],
    ['another engine', withTool({ engine: 'web' }), 'manifest.tools[0].engine'],
    ['a size below nothing', withTool({ source: { ...file, size: -1 } }), 'manifest.tools[0].source.size'],
    [
      'a source that lies elsewhere',
      withTool({ source: { ...file, path: 'source/wordCount.js' } }),
      'manifest.tools[0].source.path',
    ],
    [
      'a component that lies elsewhere',
      withTool({ component: { ...file, size: 8 } }),
      'manifest.tools[0].component.path',
    ],
  ])('refuses %s, and says where', (_what, value, path) => {
    const refusal = refusalOf(value);
    expect(refusal.code).toBe('BUNDLE_MANIFEST_INVALID');
    expect(refusal.paths).toContain(path);
    expect(refusal.message).toContain(path);
  });

  const bun = { engine: 'bun', substrate: 'container', component: undefined };
  test.each([
    ['a tool of the guest engine in a container, with its reasons', { substrate: 'container', placement: ['why'] }],
    ['a tool of Bun without a component', { ...bun, placement: ['why'] }],
    ['a tool of Bun with compiled code', { ...bun, native: true }],
    ['a tool of Bun with memory beyond 32 bits', { ...bun, memoryBytes: 8 * 1024 ** 3 }],
    [
      'reasons for what stays in the sandbox although its author does not trust it',
      { trust: 'untrusted', placement: ['why'] },
    ],
    ['resources at their limits', { resources: { cpus: 0.05, processes: 4_096, temporaryBytes: 1024 * 1024 } }],
    [
      'sixteen reasons of 512 characters',
      { ...bun, placement: Array.from({ length: 16 }, (_, n) => String(n).padEnd(512, '.')) },
    ],
  ])('takes %s', (_what, changes) => {
    expect(() => parseManifest(withTool(changes))).not.toThrow();
  });

  test.each([
    ['a tool of Bun in the sandbox', { ...bun, substrate: 'wasm' }, 'substrate'],
    ['a tool of Bun with a component', { engine: 'bun', substrate: 'container' }, 'component'],
    ['compiled code for the guest engine', { native: true }, 'native'],
    ['compiled code that is said not to be there', { ...bun, native: false }, 'native'],
    ['a tool of the guest engine without a component', { component: undefined }, 'component'],
    [
      'a component with memory beyond 32 bits in a container',
      { substrate: 'container', memoryBytes: 4 * 1024 ** 3 },
      'memoryBytes',
    ],
    ['reasons where nothing speaks for a container', { placement: ['why'] }, 'placement'],
    ['reasons where its author trusts it', { trust: 'trusted', placement: ['why'] }, 'placement'],
    ['a list of no reasons', { ...bun, placement: [] }, 'placement'],
    ['a reason twice', { ...bun, placement: ['why', 'why'] }, 'placement'],
    ['seventeen reasons', { ...bun, placement: Array.from({ length: 17 }, String) }, 'placement'],
    ['a reason of 513 characters', { ...bun, placement: ['.'.repeat(513)] }, 'placement[0]'],
    ['an empty reason', { ...bun, placement: [''] }, 'placement[0]'],
    ['another word for trust', { trust: 'maybe' }, 'trust'],
    ['resources that say nothing', { resources: {} }, 'resources'],
    ['too few processes', { resources: { processes: 15 } }, 'resources.processes'],
    ['half a process', { resources: { processes: 16.5 } }, 'resources.processes'],
    ['too many cores', { resources: { cpus: 257 } }, 'resources.cpus'],
    ['cores that are no number', { resources: { cpus: Number.NaN } }, 'resources.cpus'],
    ['a resource that there is not', { resources: { disk: 1 } }, 'resources'],
  ])('refuses %s', (_what, changes, field) => {
    expect(refusalOf(withTool(changes)).paths).toContain(`manifest.tools[0].${field}`);
  });

  test('a tool is placed without contradictions or refused, whatever it says', () => {
    const placements = fc.record(
      {
        engine: fc.constantFrom('quickjs', 'bun'),
        substrate: fc.constantFrom('wasm', 'container'),
        placement: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
        trust: fc.constantFrom('trusted', 'untrusted'),
        component: fc.constant(undefined),
      },
      { requiredKeys: ['engine', 'substrate'] },
    );
    fc.assert(
      fc.property(placements, (changes) => {
        const { engine, substrate, placement, trust } = changes;
        const hasComponent = !Object.hasOwn(changes, 'component');
        const consistent =
          (engine === 'bun') === !hasComponent &&
          (engine === 'quickjs' || substrate === 'container') &&
          (placement === undefined ||
            (placement.length > 0 &&
              new Set(placement).size === placement.length &&
              (substrate === 'container' || trust === 'untrusted')));
        const parse = (): unknown => parseManifest(withTool(changes));
        if (consistent) expect(parse).not.toThrow();
        else expect(parse).toThrow(expect.objectContaining({ code: 'BUNDLE_MANIFEST_INVALID' }));
      }),
    );
  });

  test('refuses two tools whose names differ only by case', () => {
    const [first] = sampleContent().manifest.tools;
    expect(refusalOf(sample({ tools: [first, { ...first, name: 'SUMLINES' }] })).paths).toContain(
      'manifest.tools[1].name',
    );
  });

  test('names at most fifty violations, and three in its message', () => {
    const refusal = refusalOf(sample({ tools: Array.from({ length: 100 }, () => 7) }));
    expect(refusal.paths).toHaveLength(50);
    expect(refusal.message).toContain('and 97 more');
  });

  test('refuses another ABI by its own code, whatever else the manifest holds', () => {
    expect(refusalOf(sample({ abi: '0.2.0' })).code).toBe('BUNDLE_ABI_UNSUPPORTED');
    expect(refusalOf({ format: 7, abi: '1.0.0', unheardOf: true }).code).toBe('BUNDLE_ABI_UNSUPPORTED');
  });

  test('refuses imports that no token grants, and types that nobody grants are free', () => {
    const imports = ['aria:host/kv@0.1.0', 'aria:host/log@0.1.0', 'aria:host/timer@0.1.0', 'aria:host/types@0.1.0'];
    expect(refusalOf(withTool({ tokens: ['kv:orders:r'], imports })).code).toBe('accepted');
    expect(refusalOf(withTool({ tokens: ['fs:orders:r'], imports })).code).toBe('COMPONENT_IMPORTS_EXCEEDED');
    expect(refusalOf(withTool({ imports: ['aria:host/kv@0.2.0'] })).code).toBe('COMPONENT_IMPORTS_EXCEEDED');
  });
});

describe('the published JSON Schema', () => {
  const published = readFileSync(new URL('../../wit/manifest/manifest.schema.json', import.meta.url), 'utf8');
  test('is what the generator makes', () => {
    expect(published).toBe(manifestJsonSchema());
  });
  test('takes the sample and refuses what has another shape', () => {
    const validate = new Ajv2020({ strict: true }).compile(JSON.parse(published));
    expect(validate(sample())).toBe(true);
    for (const value of [7, sample({ extra: 1 }), withTool({ timeoutMs: 0 }), sample({ tools: [null] })])
      expect(validate(value)).toBe(false);
  });
});

/** Puts something else at a random place. */
function spoil(random: Random, value: unknown): unknown {
  const other = () =>
    random.pick<unknown>([
      null,
      true,
      -1,
      0.5,
      1e300,
      '',
      '\0',
      'a'.repeat(300),
      [],
      {},
      [[]],
      { __proto__: null },
      undefined,
    ]);
  if (typeof value !== 'object' || value === null || random.oneIn(6)) return other();
  if (Array.isArray(value)) {
    const at = random.below(value.length);
    return value.length === 0 || random.oneIn(4) ? [...value, value[0]] : value.with(at, spoil(random, value[at]));
  }
  const entries = Object.entries(value);
  const at = random.below(entries.length);
  const [key = '', inner] = entries[at] ?? [];
  const spoiled = spoil(random, inner);
  const fate = random.below(8);
  if (fate === 0) entries.splice(at, 1);
  else if (fate === 1) entries.push([random.pick(['__proto__', 'constructor', 'extra', '']), spoiled]);
  else entries[at] = [key, spoiled];
  return Object.fromEntries(entries);
}

test('any manifest is taken as it stands or refused with a code', { timeout: fuzzTimeoutMs }, () => {
  const codes = ['BUNDLE_MANIFEST_INVALID', 'BUNDLE_ABI_UNSUPPORTED', 'COMPONENT_IMPORTS_EXCEEDED'];
  const { manifest } = sampleContent();
  return fuzz((random) => {
    let value: unknown = manifest;
    for (let left = 1 + random.below(3); left > 0; left -= 1) value = spoil(random, value);
    let parsed: Manifest;
    try {
      parsed = parseManifest(value);
    } catch (thrown) {
      expect(thrown).toMatchObject({ name: 'CodedError', code: expect.toBeOneOf(codes) });
      return;
    }
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(JSON.parse(JSON.stringify(value)));
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
