/** Small random programs: what the proof says of them, and what trying every order finds. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseToken } from '#wit/tokens';
import { checkDeadlocks } from '../../../../quilt-adapter/sync/proof/check-deadlocks.ts';
import type { CalledManifest } from '../../../../quilt-adapter/sync/proof/call-tree.ts';
import type { Quota } from '../../../../quilt-adapter/sync/scheduler.ts';
import { fuzzCases, fuzzSeed, fuzzTimeoutMs } from '../../../fuzz.ts';
import { type SmallProgram, type SmallTool, canDeadlock } from './explorer.ts';

const framesMax = 5;
const statesMax = 4_000;

const tool: fc.Arbitrary<SmallTool> = fc.record({
  holds: fc.uniqueArray(fc.constantFrom('kv:a:x', 'kv:b:x', 'kv:a.p:x', 'kv:a.q:x', 'gpu:any:compute'), {
    maxLength: 2,
  }),
  uses: fc.uniqueArray(fc.constantFrom('kv:a:rw', 'kv:b:r', 'kv:a.p:append'), { maxLength: 1 }),
  calls: fc.uniqueArray(fc.nat(2), { maxLength: 2, size: 'max' }),
});
const program: fc.Arbitrary<SmallProgram> = fc.record({
  tools: fc.array(tool, { minLength: 2, maxLength: 3, size: 'max' }),
  units: fc.constantFrom(0, 1, 2),
});

function manifestOf({ tools }: SmallProgram): CalledManifest {
  const named = tools.map(({ holds, uses, calls }, at) => ({
    name: `t${at}`,
    tokens: [...holds, ...uses, ...calls.filter((call) => call < tools.length).map((call) => `tool:t${call}:call`)],
  }));
  return { name: 'small', tools: named };
}

function quotasOf({ units }: SmallProgram): readonly Quota[] {
  if (units === 0) return [];
  return [{ name: 'gpu', covers: parseToken('gpu:any:compute'), rule: { kind: 'concurrency', max: units } }];
}

/** The tools as the plan lets them begin. */
function serialised(small: SmallProgram, plan: ReadonlyMap<string, readonly string[]>): SmallProgram {
  return { ...small, tools: small.tools.map((one, at) => ({ ...one, holds: plan.get(`small/t${at}`) ?? one.holds })) };
}

test(
  'whatever deadlock trying every order finds, the proof names, and its plan rules it out',
  () => {
    const count = { possible: 0, alarms: 0, none: 0, untold: 0 };
    fc.assert(
      fc.property(program, (random) => {
        const small = {
          ...random,
          tools: random.tools.map((one) => ({ ...one, calls: one.calls.filter((call) => call < random.tools.length) })),
        };
        const check = checkDeadlocks([], manifestOf(small), { quotas: quotasOf(small) });
        expect(check.tooLarge).toBeUndefined();
        let found = canDeadlock(small, framesMax, statesMax);
        if (check.deadlocks.length > 0 && found !== true) found = canDeadlock(small, framesMax + 2, 20 * statesMax);
        if (found === true) expect(check.deadlocks.length).toBeGreaterThan(0);
        if (check.deadlocks.length === 0) count.none += 1;
        else if (found === true) count.possible += 1;
        else if (found === false) count.alarms += 1;
        else count.untold += 1;
        if (check.deadlocks.length === 0) return;
        expect(check.deadlocks.every(({ canSerialise }) => canSerialise)).toBe(true);
        expect(canDeadlock(serialised(small, check.serialised), framesMax, statesMax)).not.toBe(true);
      }),
      { seed: fuzzSeed(), numRuns: Math.ceil(fuzzCases() / 40) },
    );
    console.log(`proof: ${JSON.stringify(count)}`);
    expect(count.possible).toBeGreaterThan(0);
    expect(count.none).toBeGreaterThan(0);
    expect(count.alarms, 'false alarms').toBeLessThanOrEqual(count.possible / 10);
  },
  fuzzTimeoutMs,
);
