import { describe, expect, test } from 'vitest';
import { type DiffedBundle, diffBundles } from '#wit/diff';
import type { Manifest, ManifestPipeline, ManifestTool } from '#wit/manifest';
import { sampleContent } from '../sample-bundle.ts';

const input = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const output = { type: 'object', properties: { b: { type: 'number' } }, required: ['b'] };

interface Changes {
  readonly manifest?: Partial<Manifest>;
  /** Of the first tool. */
  readonly tool?: Partial<ManifestTool>;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly archiveSize?: number;
}

function bundle(changes: Changes = {}): DiffedBundle {
  const { manifest } = sampleContent();
  const tools = manifest.tools.map((tool, index) => (index === 0 ? { ...tool, ...changes.tool } : tool));
  const schemas = new Map<string, unknown>(
    tools.flatMap((tool, index) => [
      [tool.inputSchema.path, index === 0 ? (changes.input ?? input) : {}],
      [tool.outputSchema.path, index === 0 ? (changes.output ?? output) : {}],
    ]),
  );
  return { manifest: { ...manifest, tools, ...changes.manifest }, schemas, archiveSize: changes.archiveSize ?? 1_000 };
}

const subject = { kind: 'tool', name: 'sumLines' } as const;

test('a bundle does not differ from itself', () => {
  expect(diffBundles(bundle(), bundle())).toEqual({
    same: true,
    breaking: 'no',
    bundle: [],
    tools: [],
    orchestration: [],
    tokens: [],
    newTokens: [],
    sizes: [],
  });
});

describe('tools', () => {
  test('another place, its reasons, trust and resources are told; only Bun may break who has no containers', () => {
    const later = bundle({
      tool: { substrate: 'container', placement: ['why'], trust: 'untrusted', resources: { cpus: 0.5, processes: 32 } },
    });
    const told = diffBundles(bundle(), later);
    expect(told.tools.map(({ kind, field, breaking }) => [kind, field, breaking])).toEqual([
      ['changed', 'substrate', 'no'],
      ['changed', 'placement', 'no'],
      ['changed', 'trust', 'no'],
      ['limit-changed', 'resources.cpus', 'no'],
      ['limit-changed', 'resources.processes', 'no'],
    ]);
    expect(told.tools.map(({ message }) => message)).toContain('substrate: "wasm" → "container"');
    const less = bundle({ tool: { resources: { cpus: 0.25, processes: 64 } } });
    expect(
      diffBundles(later, less)
        .tools.filter(({ kind }) => kind === 'limit-changed')
        .map(({ field, breaking }) => [field, breaking]),
    ).toEqual([
      ['resources.cpus', 'maybe'],
      ['resources.processes', 'no'],
    ]);
    const { component: _, ...rest } = bundle().manifest.tools[0] ?? {};
    const [, second] = bundle().manifest.tools;
    const inBun = { ...rest, engine: 'bun', substrate: 'container' } as ManifestTool;
    const moved = diffBundles(
      bundle(),
      bundle({ manifest: { tools: second === undefined ? [inBun] : [inBun, second] } }),
    );
    expect(moved).toMatchObject({
      breaking: 'maybe',
      tools: [{ field: 'engine', breaking: 'maybe' }, { field: 'substrate' }],
    });
    expect(moved.sizes).toMatchObject([{ subject, of: 'component', after: 0 }]);
    const compiled = [{ ...inBun, native: true as const }, ...(second === undefined ? [] : [second])];
    const brings = diffBundles(
      bundle({ manifest: { tools: second === undefined ? [inBun] : [inBun, second] } }),
      bundle({ manifest: { tools: compiled } }),
    );
    expect(brings.tools).toMatchObject([{ field: 'native', after: true, message: 'has native now: true' }]);
  });

  test('one that is gone breaks its callers; one that is new does not', () => {
    const [first, second] = bundle().manifest.tools;
    const less = bundle({ manifest: { tools: second === undefined ? [] : [second] } });
    const gone = diffBundles(bundle(), less);
    expect(gone).toMatchObject({
      same: false,
      breaking: 'yes',
      tools: [{ kind: 'removed', subject, breaking: 'yes' }],
    });
    expect(gone.tokens.map(({ kind, token }) => [kind, token])).toEqual(
      first?.tokens.map((token) => ['token-removed', token]),
    );
    const added = diffBundles(less, bundle());
    expect(added).toMatchObject({ tools: [{ kind: 'added', subject, breaking: 'no' }], newTokens: [] });
    expect(added.tokens.map(({ kind }) => kind)).toEqual(['token-added', 'token-added']);
  });
  test.each([
    ['description', { description: 'Other' }, 'no', 'changed'],
    ['nlp', { nlp: 'sum it' }, 'no', 'changed'],
    ['effect', { effect: 'pure' }, 'maybe', 'changed'],
    ['timeoutMs', { timeoutMs: 1 }, 'maybe', 'limit-changed'],
    ['timeoutMs', { timeoutMs: 60_000 }, 'no', 'limit-changed'],
    ['memoryBytes', { memoryBytes: 1024 * 1024 }, 'maybe', 'limit-changed'],
    ['retryCount', { retryCount: 3 }, 'no', 'limit-changed'],
  ] as const)('another %s: %j', (field, tool, breaking, kind) => {
    const { tools } = diffBundles(bundle(), bundle({ tool }));
    expect(tools).toMatchObject([{ kind, subject, field, breaking }]);
  });
  test('other imports and other code are told', () => {
    const [tool] = bundle().manifest.tools;
    const source = { path: 'source/sumLines.js', hash: 'f'.repeat(64), size: tool?.source.size ?? 0 };
    const { tools, sizes } = diffBundles(
      bundle(),
      bundle({ tool: { imports: ['aria:host/kv@0.1.0', 'aria:host/gpu@0.1.0'], source } }),
    );
    expect(tools.map(({ kind, message }) => [kind, message])).toEqual([
      ['import-added', 'imports "aria:host/gpu@0.1.0"'],
      ['import-removed', 'no longer imports "aria:host/log@0.1.0"'],
      ['import-removed', 'no longer imports "aria:host/net@0.1.0"'],
      ['import-removed', 'no longer imports "aria:host/timer@0.1.0"'],
      ['changed', 'runs other code'],
    ]);
    expect(sizes).toEqual([]);
  });
});

describe('schemas', () => {
  const more = { ...input, properties: { ...input.properties, c: { type: 'number' } } };
  test.each<[string, Changes, object]>([
    [
      'an input that takes more breaks nobody',
      { input: more },
      { breaking: 'no', message: 'input takes more than before, at "/c"' },
    ],
    [
      'an input that requires more breaks its callers',
      { input: { ...more, required: ['a', 'c'] } },
      { breaking: 'yes', findings: [{ kind: 'missing-property', pointer: '/c' }] },
    ],
    ['an input of which it cannot be told may break them', { input: { ...input, not: {} } }, { breaking: 'maybe' }],
    [
      'an input with other words is the same',
      { input: { ...input, description: 'x' } },
      { breaking: 'no', message: 'input is described in other words, and is the same' },
    ],
  ])('%s', (_name, changes, expected) => {
    const { tools, breaking } = diffBundles(bundle(), bundle(changes));
    expect(tools).toMatchObject([{ kind: 'input-changed', subject, ...expected }]);
    expect(breaking).toBe(tools[0]?.breaking);
  });
  test.each<[string, unknown, object]>([
    [
      'an output that promises more breaks nobody',
      { ...output, properties: { b: { type: 'integer' } } },
      { breaking: 'no', message: 'output promises more than before, at "/b"' },
    ],
    [
      'an output that promises less breaks those who rely on it',
      { ...output, required: [] },
      { breaking: 'yes', findings: [{ kind: 'missing-property', pointer: '/b' }] },
    ],
  ])('%s', (_name, after, expected) => {
    expect(diffBundles(bundle(), bundle({ output: after })).tools).toMatchObject([
      { kind: 'output-changed', subject, ...expected },
    ]);
  });
  test('one that is no JSON may break', () => {
    const broken = bundle();
    const schemas = new Map(broken.schemas);
    schemas.delete('schema/sumLines.input.json');
    expect(diffBundles(bundle(), { ...broken, schemas }).tools).toMatchObject([
      { kind: 'input-changed', breaking: 'maybe' },
    ]);
  });
});

describe('tokens', () => {
  test('say what has to be granted, and what was covered already', () => {
    const tokens = ['kv:orders:rw', 'kv:orders.pending:r', 'kv:bills:r'];
    const { tokens: found, newTokens, breaking } = diffBundles(bundle(), bundle({ tool: { tokens } }));
    expect(found).toMatchObject([
      { kind: 'token-added', subject, token: 'kv:orders.pending:r', coveredBy: 'kv:orders:rw', breaking: 'no' },
      { kind: 'token-added', subject, token: 'kv:bills:r', breaking: 'maybe' },
      { kind: 'token-removed', subject, token: 'net:api.example.com:443', breaking: 'no' },
    ]);
    expect(found[1]).not.toHaveProperty('coveredBy');
    expect(newTokens).toEqual(['kv:bills:r']);
    expect(breaking).toBe('maybe');
  });
});

describe('the bundle itself', () => {
  test('another version breaks nobody, another name everybody', () => {
    const version = diffBundles(bundle(), bundle({ manifest: { version: '0.3.0' }, archiveSize: 2_000 }));
    expect(version.bundle).toMatchObject([
      { field: 'version', breaking: 'no', message: 'version: "0.2.0" → "0.3.0"', before: '0.2.0', after: '0.3.0' },
    ]);
    expect(version.sizes).toMatchObject([{ of: 'archive', before: 1_000, after: 2_000 }]);
    expect(diffBundles(bundle(), bundle({ manifest: { name: 'other' } })).breaking).toBe('yes');
  });
});

describe('agents, teams and pipelines', () => {
  const pipeline: ManifestPipeline = {
    name: 'bill',
    description: 'Bills',
    variables: input as unknown as ManifestPipeline['variables'],
    steps: [{ type: 'tool', id: 'sum', name: 'Sum', dependencies: [], tool: 'sumLines', inputs: {} }],
    errorStrategy: { type: 'stop', maxAttempts: 1, backoffMs: 0 },
    timeoutMs: 1_000,
    tokens: ['tool:sumLines:call'],
  };
  const pipelines = (change: Partial<ManifestPipeline>) =>
    bundle({ manifest: { pipelines: [{ ...pipeline, ...change }] } });

  test('come and go', () => {
    const added = diffBundles(bundle(), pipelines({}));
    expect(added.orchestration).toMatchObject([
      { kind: 'added', subject: { kind: 'pipeline', name: 'bill' }, breaking: 'no' },
    ]);
    expect(added.newTokens).toEqual(['tool:sumLines:call']);
    expect(diffBundles(pipelines({}), bundle())).toMatchObject({
      breaking: 'yes',
      orchestration: [{ kind: 'removed' }],
    });
  });
  test('the variables of a pipeline are its input', () => {
    const variables = {
      ...input,
      required: ['a', 'c'],
      properties: { a: {}, c: {} },
    } as unknown as ManifestPipeline['variables'];
    expect(diffBundles(pipelines({}), pipelines({ variables })).orchestration).toMatchObject([
      { kind: 'input-changed', field: 'variables', breaking: 'yes', findings: [{ pointer: '/c' }] },
    ]);
  });
  test('fields are told by name', () => {
    const after = pipelines({ description: 'Other', timeoutMs: 500, steps: [] });
    expect(
      diffBundles(pipelines({}), after).orchestration.map(({ kind, field, breaking }) => [kind, field, breaking]),
    ).toEqual([
      ['changed', 'description', 'no'],
      ['changed', 'steps', 'maybe'],
      ['limit-changed', 'timeoutMs', 'maybe'],
    ]);
  });
});
