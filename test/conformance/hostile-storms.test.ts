import { afterAll, describe, expect, test } from 'vitest';
import { CodedError } from '#wit/errors';
import type { Engine, EngineCall, Turn } from '#wit/interfaces';
import { Random, mutate } from '../fuzz.ts';
import { beginRaw, expectEnded, expectUnharmed, limits, loadRaw, nowMs, ok, start } from './engine-subject.ts';
import { enginesUnderTest } from './engines-under-test.ts';
import { run } from './hostile/hostile-guest.ts';
import { rawGuest } from './raw-guest.ts';

const codes = [
  'done',
  'failed',
  'waiting',
  'COMPONENT_INVALID',
  'TOOL_TRAPPED',
  'MEMORY_EXCEEDED',
  'VALUE_TOO_LARGE',
  'OPERATIONS_EXCEEDED',
  'DEADLINE_EXCEEDED',
];

async function beginOpen(engine: Engine, program: string): Promise<{ call: EngineCall; turn: Turn }> {
  using component = await loadRaw({ engine });
  const call = component.open(limits);
  return { call, turn: await call.begin(start(program)) };
}

describe.each(enginesUnderTest)('on $name', ({ create }) => {
  const engine = create();
  afterAll(() => engine[Symbol.asyncDispose]());

  test('a thousand traps in a row, of every kind, leave calls that were suspended and those that follow unharmed', async () => {
    const { call } = await beginOpen(engine, 'swxKd');
    using component = await loadRaw({ engine });
    for (let index = 0; index < 1_000; index += 1) {
      using trapping = component.open(limits);
      // Recursion takes milliseconds until it traps.
      const program = index % 400 === 0 ? 'ssr' : `ss${'tmvIZYJX'[index % 8]}`;
      expectEnded(await trapping.begin(start(program)), 'TOOL_TRAPPED');
    }
    expect((await call.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
    call[Symbol.dispose]();
    await expectUnharmed({ engine });
  });

  test('fifty calls that trap beside fifty that do not mix with none of them', async () => {
    using component = await loadRaw({ engine });
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        using call = component.open(limits);
        return (await call.begin(start(index % 2 === 0 ? 'Sst' : 'O'))).outcome;
      }),
    );
    for (const [index, outcome] of outcomes.entries())
      expect(outcome).toMatchObject(
        index % 2 === 0 ? { code: 'TOOL_TRAPPED' } : { kind: 'done', output: '\0'.repeat(65_536) },
      );
  });

  test('calls that compute to their deadline beside each other all end there', async () => {
    using component = await loadRaw({ engine });
    const spinners = Array.from({ length: 6 }, async () => {
      using call = component.open({ ...limits, computeMsMax: 60 });
      return await call.begin(start('sq'));
    });
    for (const turn of await Promise.all(spinners)) expectEnded(turn, 'DEADLINE_EXCEEDED');
    await expectUnharmed({ engine });
  });

  test('an operation of another call of the same component cannot be taken or given up', async () => {
    const owner = await beginOpen(engine, 'swxKd');
    const thief = await beginOpen(engine, 'gwxd');
    // Both know an operation 1; the thief takes it as the kind that only the owner started.
    expectEnded(await thief.call.resume([ok(1)], nowMs), 'TOOL_TRAPPED');
    expect((await beginRaw({ engine }, 'Ccsw')).abandoned).toEqual([]);
    expect((await owner.call.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
    owner.call[Symbol.dispose]();
  });

  test('a resume that nothing caused is a turn in which nothing can be taken', async () => {
    const { call } = await beginOpen(engine, 'swwwXd');
    for (const ready of [[], [ok(7)], [ok(-1), ok(Number.NaN), ok(2 ** 32 + 1)]])
      expect((await call.resume(ready, nowMs)).outcome.kind).toBe(ready.length === 3 ? 'ended' : 'waiting');
    await expectUnharmed({ engine });
  });

  test('an artifact of which some bytes were changed is refused, or is a component that ends with a code', async () => {
    const artifact = await engine.compile(await rawGuest());
    const random = new Random(11);
    for (let index = 0; index < 200; index += 1) {
      const bytes = mutate(random, artifact);
      const { end } = await run(engine, {
        tries: 'a changed artifact',
        component: () => bytes,
        ends: codes,
        limits: { computeMsMax: 100 },
        start: { input: 'sbgpwlOd' },
      });
      expect(codes).toContain(end);
    }
    await expectUnharmed({ engine });
  });

  test('an artifact that is cut anywhere, or goes on behind its end, is COMPONENT_INVALID', async () => {
    const artifact = await engine.compile(await rawGuest());
    const random = new Random(12);
    const cut = Array.from({ length: 30 }, () => artifact.subarray(0, random.below(artifact.length)));
    for (const bytes of [...cut, Buffer.concat([artifact, Buffer.from('more')])])
      await expect(engine.load(bytes)).rejects.toSatisfy(
        (error) => error instanceof CodedError && error.code === 'COMPONENT_INVALID',
      );
  });
});
