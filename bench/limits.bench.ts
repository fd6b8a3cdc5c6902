/** What a guest that spins costs the others: how far past its deadline it runs, and how long the event loop stands still beside it. */
import { setImmediate } from 'node:timers/promises';
import type { LoadedComponent } from '#wit/interfaces';
import { beginCall, withTool } from './engine-calls.ts';
import { engineLimits } from './engine-limits.ts';
import { type EngineForm, engineForms } from './engines.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const deadlineMs = 20;
/** Long enough for a few slices and for the loop to go round a thousand times. */
const besideMs = 300;

async function spin(loaded: LoadedComponent, computeMsMax: number): Promise<number> {
  const started = performance.now();
  const call = loaded.open({ ...engineLimits, computeMsMax });
  const { outcome } = await beginCall(call, {});
  call[Symbol.dispose]();
  if (outcome.kind !== 'ended' || outcome.code !== 'DEADLINE_EXCEEDED')
    throw new Error(`Cannot measure: the spinning call ended as ${JSON.stringify(outcome)}`);
  return performance.now() - started - computeMsMax;
}

/** The longest time between two rounds of the event loop while a guest spins, the turn that begins it included. */
async function lag(loaded: LoadedComponent): Promise<number> {
  let [longest, spinning, last] = [0, true, performance.now()];
  const spun = spin(loaded, besideMs).finally(() => (spinning = false));
  while (spinning) {
    await setImmediate();
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await spun;
  return longest;
}

function ofForm(form: EngineForm): readonly Benchmark[] {
  return [
    {
      name: `${form}: past a deadline of ${deadlineMs} ms`,
      bounds: 'From the open of a call that never ends to its outcome, less its compute time',
      perRound: 5,
      setUp: () => withTool(form, 'spin', (loaded) => () => spin(loaded, deadlineMs)),
    },
    {
      name: `${form}: event loop beside a spinning guest`,
      bounds: `The longest time between two rounds of the loop within ${besideMs} ms`,
      setUp: () => withTool(form, 'spin', (loaded) => () => lag(loaded)),
    },
  ];
}

/** The engines that have deadlines. */
export const group: BenchmarkGroup = {
  name: 'limits',
  rounds: 20,
  benchmarks: engineForms.filter((form) => form !== 'jco').flatMap(ofForm),
};
