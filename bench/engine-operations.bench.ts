/** What operations cost in the engine alone: they are answered at once. `operations.bench.ts` has them through the whole host. */
import { callToEnd, withTool } from './engine-calls.ts';
import { type EngineForm, engineForms } from './engines.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const warmUpRounds = 4;
const operations = 200;

function overlapping(form: EngineForm): Benchmark {
  return {
    name: `${form}: fresh call with three overlapping`,
    bounds: 'A fresh instance, a turn that starts three timers, and one that takes all three',
    unit: 'us',
    perRound: 50,
    warmUpRounds,
    setUp: () => withTool(form, 'overlap', (loaded) => () => callToEnd(loaded, { operations: 3 })),
  };
}

/** The cost of one: what a call with 200 of them takes longer than one with none, divided by 200. */
function each(form: EngineForm, tool: 'sequence' | 'read', operation: string): Benchmark {
  return {
    name: `${form}: one ${operation} of ${operations}`,
    bounds: `What a call of ${operations}, one after the other, takes longer than a call without, divided: a turn each`,
    unit: 'us',
    perRound: 5,
    warmUpRounds,
    setUp: () =>
      withTool(form, tool, (loaded) => async () => {
        const none = await timed(() => callToEnd(loaded, { operations: 0 }));
        const all = await timed(() => callToEnd(loaded, { operations }));
        return ((all - none) / operations) * 1_000;
      }),
  };
}

async function timed(run: () => unknown): Promise<number> {
  const started = performance.now();
  const result = run();
  if (result instanceof Promise) await result;
  return performance.now() - started;
}

/** Every form, interleaved. */
export const group: BenchmarkGroup = {
  name: 'engine-operations',
  baseline: 'jco: fresh call with three overlapping',
  rounds: 20,
  benchmarks: engineForms.flatMap((form) => [
    overlapping(form),
    each(form, 'sequence', 'timer'),
    each(form, 'read', 'kv.get'),
  ]),
};
