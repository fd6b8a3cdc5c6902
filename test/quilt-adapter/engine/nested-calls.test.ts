import { describe, expect, test } from 'vitest';
import { type KeyValueStore, createMemoryStore } from '#host';
import type { CallOutcome, ToolRunner } from '#wit/interfaces';
import { bunProgram, containerRunner, openEngine } from './engine-under-test.ts';

const encoder = new TextEncoder();

/** Asks the store for the key `depth`; the store answers it by a call of the other tool, one less deep. */
const body = `
  if (input.depth === 0) { if (input.bottom === 'spin') for (;;); if (input.bottom === 'throw') throw new Error('bottom'); return 'bottom'; }
  return await sdk.kv('n').getText(input.depth + ':' + input.bottom) + ' ' + input.depth;`;

const answered = (depth: number, bottom: string): string =>
  [bottom, ...Array.from({ length: depth }, (_, index) => index + 1)].join(' ');

/** A store behind which the host enters the engine again. */
class ReentrantStore {
  runner: ToolRunner | undefined;
  calls = 0;

  store(endless: boolean): KeyValueStore {
    const get = async (_namespace: string, key: string): Promise<Uint8Array> => {
      const [depth, bottom] = key.split(':');
      const outcome = await this.call(endless ? Number(depth) + 1 : Number(depth) - 1, bottom ?? '');
      return encoder.encode(outcome.kind === 'done' ? String(outcome.output) : outcome.error.code);
    };
    return Object.assign(Object.create(createMemoryStore()) as KeyValueStore, { get });
  }

  call(depth: number, bottom: string): Promise<CallOutcome> {
    if (!this.runner) throw new Error('there is no runner yet');
    this.calls += 1;
    const tool = depth % 2 === 0 ? 'even' : 'odd';
    return this.runner.run({ id: `call-${this.calls}`, tool, input: { depth, bottom } });
  }
}

async function reentrant(
  callsOpenMax: number,
  endless = false,
): Promise<AsyncDisposable & { readonly reentry: ReentrantStore }> {
  await using opened = new AsyncDisposableStack();
  const { engine } = opened.use(await openEngine({ limits: { callsOpenMax } }));
  const reentry = new ReentrantStore();
  const some = { body, tokens: ['kv:n:r'], computeMs: 1_000 };
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
