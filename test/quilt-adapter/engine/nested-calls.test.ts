import { describe, expect, test } from 'vitest';
import { ReentrantStore, answered, reentrantBody } from '../../conformance/reentrant-store.ts';
import { bunProgram, containerRunner, openEngine } from './engine-under-test.ts';

async function reentrant(
  callsOpenMax: number,
  endless = false,
): Promise<AsyncDisposable & { readonly reentry: ReentrantStore }> {
  await using opened = new AsyncDisposableStack();
  const { engine } = opened.use(await openEngine({ limits: { callsOpenMax } }));
  const reentry = new ReentrantStore();
  const some = { body: reentrantBody, tokens: ['kv:n:r'], computeMs: 1_000 };
  const samples = [
    { name: 'even', ...some },
    { name: 'odd', ...some },
  ];
  reentry.runner = opened.use(await containerRunner(engine, samples, { kv: reentry.store(endless) }));
  const stack = opened.move();
  return { reentry, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe.skipIf(bunProgram() === undefined)('calls that call others, each in its container', () => {
  test('come back from ten levels, beside each other without mixing', async () => {
    await using made = await reentrant(64);
    const outcomes = await Promise.all([10, 3, 6].map((depth) => made.reentry.call(depth, 'x')));
    expect(outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.output : outcome.error.code))).toEqual(
      [10, 3, 6].map((depth) => answered(depth, 'bottom')),
    );
  });

  test.each([
    ['spin', 'DEADLINE_EXCEEDED'],
    ['throw', 'TOOL_FAILED'],
  ])('of which the last one ends by a %s end it alone', async (bottom, code) => {
    await using made = await reentrant(64);
    expect(await made.reentry.call(4, bottom)).toMatchObject({ kind: 'done', output: answered(4, code) });
  });

  test('without an end find no room at last, and all of them come back', async () => {
    await using made = await reentrant(8, true);
    expect(await made.reentry.call(1, 'x')).toMatchObject({
      kind: 'done',
      output: expect.stringMatching(/^UNAVAILABLE 8 7 .* 2 1$/),
    });
    expect(made.reentry.calls).toBe(9);
  });
});
