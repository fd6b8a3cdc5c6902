import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { type KeyValueStore, createOperations, createToolRunner } from '#host';
import type { Engine, ToolRunner } from '#wit/interfaces';
import { enginesUnderTest } from './engines-under-test.ts';
import { done, guestOf } from './hostile/hostile-guest.ts';
import { ReentrantStore, answered, reentrantBody } from './reentrant-store.ts';
import { type ToolBundle, makeBundle } from './tool-bundle.ts';

async function runnerOf(engine: Engine, bundle: ToolBundle, kv: KeyValueStore): Promise<ToolRunner> {
  return createToolRunner({
    manifest: bundle.manifest,
    files: bundle.files,
    components: Array.from(bundle.components, ([tool, component]) => ({ tool, component })),
    engine,
    operations: createOperations({ kv }),
    random: () => new Uint8Array(randomBytes(32)),
  });
}

async function reentrant(engine: Engine, endless = false): Promise<AsyncDisposable & { reentry: ReentrantStore }> {
  const reentry = new ReentrantStore();
  const some = { body: reentrantBody, tokens: ['kv:n:r'], computeMs: 200 };
  const bundle = await makeBundle([
    { name: 'even', ...some },
    { name: 'odd', ...some },
  ]);
  const runner = await runnerOf(engine, bundle, reentry.store(endless));
  reentry.runner = runner;
  return { reentry, [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose]() };
}

describe.each(enginesUnderTest)('on $name', ({ create }) => {
  const engine = create();
  afterAll(() => engine[Symbol.asyncDispose]());

  test('an operation whose answer is a call of another tool, whose operation is one again, forty deep, comes back', async () => {
    await using made = await reentrant(engine);
    expect(await made.reentry.call(40, 'x')).toMatchObject({ kind: 'done', output: answered(40, 'bottom') });
  });

  test('chains of calls through the host run beside each other without mixing', async () => {
    await using made = await reentrant(engine);
    const outcomes = await Promise.all([5, 9, 12, 3].map((depth) => made.reentry.call(depth, 'x')));
    expect(outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.output : outcome.error.code))).toEqual(
      [5, 9, 12, 3].map((depth) => answered(depth, 'bottom')),
    );
  });

  test.each([
    ['spin', 'DEADLINE_EXCEEDED'],
    ['throw', 'TOOL_FAILED'],
  ])('a call at the bottom of a chain that ends by a %s ends alone', async (bottom, code) => {
    await using made = await reentrant(engine);
    expect(await made.reentry.call(6, bottom)).toMatchObject({ kind: 'done', output: answered(6, code) });
  });

  test('a chain without an end ends where the engine has no room, and all of it comes back', async () => {
    await using narrow = create({ callsOpenMax: 30 });
    await using made = await reentrant(narrow, true);
    const outcome = await made.reentry.call(1, 'x');
    expect(outcome).toMatchObject({ kind: 'done', output: expect.stringMatching(/^UNAVAILABLE 30 29 .* 2 1$/) });
    expect(made.reentry.calls).toBe(31);
  });

  const lies: Readonly<Record<string, readonly [json: string, code: string]>> = {
    'a blob that is not there': ['{"$blob":0}', 'OUTPUT_INVALID'],
    'a blob before the first': ['{"$blob":-1}', 'OUTPUT_INVALID'],
    'a blob between two': ['{"$blob":0.5}', 'OUTPUT_INVALID'],
    'a blob beyond all numbers': ['{"$blob":1e999}', 'OUTPUT_INVALID'],
    'a blob by a name': ['{"$blob":"length"}', 'OUTPUT_INVALID'],
    'a blob of a list': ['{"$blob":[0]}', 'OUTPUT_INVALID'],
    'bytes of another form': ['{"$base64":"AAAA"}', 'OUTPUT_INVALID'],
    'a literal of nothing': ['{"$literal":7}', 'OUTPUT_INVALID'],
    'no JSON': ['{"a":', 'OUTPUT_INVALID'],
    'two values': ['1 2', 'OUTPUT_INVALID'],
    'no text at all': ['', 'OUTPUT_INVALID'],
    'a number that is none': ['NaN', 'OUTPUT_INVALID'],
    'a hundred thousand brackets': ['['.repeat(100_000), 'OUTPUT_INVALID'],
    'a list in a list, fifty thousand deep': [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'OUTPUT_INVALID'],
    'a prototype': ['{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}', 'OUTPUT_INVALID'],
  };

  test.each(Object.entries(lies))('an output that is %s is no harm to the host', async (_what, [json, code]) => {
    const bundle = await makeBundle([{ name: 'liar', body: '' }]);
    const component = await guestOf({
      memory: '(memory (export "memory") 4)',
      fields: `(data (i32.const 65536) ${JSON.stringify(json).replaceAll('\\"', '\\22')})`,
      begin: done(65_536, json.length),
    });
    await using runner = await createToolRunner({
      manifest: bundle.manifest,
      files: bundle.files,
      components: [{ tool: 'liar', component, otherTemplate: 'foreign' }],
      engine,
      operations: createOperations({}),
      random: () => new Uint8Array(32),
    });
    const outcome = await runner.run({ id: 'call-1', tool: 'liar', input: {} });
    expect(outcome.kind === 'done' ? 'done' : outcome.error.code).toBe(code);
    expect('polluted' in {}).toBe(false);
  });
});
