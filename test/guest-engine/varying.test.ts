import { afterAll, describe, expect, test } from 'vitest';
import { type Rebuilt, importsOf, loadTemplate, rebuild } from '#guest-engine';
import { createV8Engine } from '#host';
import type { TurnOutcome } from '#wit/interfaces';

const memoryBytesMax = 64 * 1024 * 1024;
const limits = {
  memoryBytesMax,
  computeMsMax: 20_000,
  outputBytesMax: 1024 * 1024,
  logBytesMax: 1024,
  operationsOpenMax: 10,
};
const engine = createV8Engine();
afterAll(() => engine[Symbol.asyncDispose]());

/** A tool that gives what its top level left in `kept`. */
async function built(topLevel: string): Promise<Rebuilt> {
  return rebuild({
    template: await loadTemplate(),
    source: `${topLevel}\nexports.tool = { run: () => kept };`,
    name: 'sample',
    imports: importsOf([]),
    memoryBytesMax,
  });
}

async function called({ component }: Rebuilt, nowMs: number, seed: number): Promise<TurnOutcome> {
  using loaded = await engine.load(await engine.compile(component));
  using call = loaded.open(limits);
  const { outcome } = await call.begin({ input: '{}', blobs: [], nowMs, seed: new Uint8Array(32).fill(seed) });
  return outcome;
}

/** What two calls give that begin at other times with other seeds. */
async function twice(tool: Rebuilt): Promise<readonly unknown[]> {
  return Promise.all([called(tool, 1_800_000_000_000, 1), called(tool, 1_900_000_000_000, 2)]).then((outcomes) =>
    outcomes.map((outcome) => (outcome.kind === 'done' ? (JSON.parse(outcome.output) as unknown) : outcome)),
  );
}

const done = [1_800_000_000_000, 1_900_000_000_000];

describe('a time that is kept as it was read is that of the call, without loading the tool anew', () => {
  test.each([
    ['Date.now', 'const kept = Date.now();', done],
    ['a Date', 'const date = new Date(); const kept = { toJSON: () => date.getTime() };', done],
    ['performance.timeOrigin', 'const kept = [performance.timeOrigin];', done.map((ms) => [ms])],
    ['a variable of a function', 'const kept = ((now) => ({ toJSON: () => now }))(Date.now());', done],
  ])('%s', async (_, topLevel, expected) => {
    const tool = await built(`globalThis.loads = (globalThis.loads ?? 0) + 1;\n${topLevel}`);
    expect(tool.readings).toEqual([]);
    expect(await twice(tool)).toEqual(expected);
  });
});

test('what is read and not kept leaves the snapshot as it is', async () => {
  const topLevel = 'const kept = Object.prototype.toString.call(new Date()) + typeof Math.random();';
  const tool = await built(topLevel);
  expect(tool.readings).toEqual([]);
  expect(await twice(tool)).toEqual(['[object Date]number', '[object Date]number']);
});

test('what was random and has been freed is not in the snapshot', async () => {
  const topLevel =
    'const kept = 1;\nvoid [Math.random(), { at: Date.now() }];\nvoid crypto.getRandomValues(new Uint8Array(16));';
  expect((await built(topLevel)).readings).toEqual([]);
});

test.each([
  ['randomness', 'Math.random', 'const kept = Math.random();'],
  ['randomness', 'crypto.getRandomValues', 'const kept = [...crypto.getRandomValues(new Uint8Array(8))];'],
  ['randomness', 'crypto.randomUUID', 'const kept = [crypto.randomUUID()];'],
  ['clock', 'what is computed of a time', 'const kept = [`at ${Date.now()}`];'],
])('of %s that is kept, as %s, each call has its own, and the place is known', async (varying, _, topLevel) => {
  const tool = await built(`\n${topLevel}`);
  expect(tool.readings).toEqual([{ varying, stack: expect.stringMatching(/ \(source\/sample\.js:2:\d+\)/) }]);
  const [one, other] = await twice(tool);
  expect(one).not.toEqual(other);
  expect(JSON.stringify([one, other])).not.toContain('"kind"');
  expect((await called(tool, 1_800_000_000_000, 1)).kind).toBe('done');
  expect(await twice(tool)).toEqual([one, other]);
});

test('the component does not depend on when it was built', async () => {
  const topLevel = 'const kept = [Math.random(), Date.now()];';
  expect((await built(topLevel)).hash).toBe((await built(topLevel)).hash);
});

test('every place that reads is named once, those in a loop too', async () => {
  const { readings } = await built(
    'const kept = [];\nfor (let n = 0; n < 1e4; n += 1) kept[0] = Math.random();\nkept[1] = Math.random();',
  );
  expect(readings.map(({ stack }) => /js:(\d+):/.exec(stack)?.[1])).toEqual(['2', '3']);
});

test('a tool that makes its own stacks is loaded in each call all the same', async () => {
  const tool = await built('Error.prepareStackTrace = () => ({});\nconst kept = Math.random();');
  expect(tool.readings).toEqual([{ varying: 'randomness', stack: '' }]);
  const [one, other] = await twice(tool);
  expect(one).not.toEqual(other);
});

test('a top level that runs in a call starts no operations, as while it is built', async () => {
  const refused = `const id = Math.random();
let kept;
try { setTimeout(() => undefined, 1); } catch (error) { kept = error.message; }`;
  const messages = await twice(await built(`${refused}\nvoid [id, globalThis.id = id];`));
  for (const message of messages) expect(message).toMatch(/the top level of a module runs when the tool is built/);
});

test('what a top level throws only in a call is the failure of the call', async () => {
  const tool = await built(
    'const kept = Math.random();\nif (Date.now() === 1_900_000_000_000) throw new Error(`late`);',
  );
  expect((await called(tool, 1_800_000_000_000, 1)).kind).toBe('done');
  expect(await called(tool, 1_900_000_000_000, 1)).toMatchObject({ kind: 'failed', error: { code: 'TOOL_FAILED' } });
});
