/** What operations add to a call, and that those of one turn overlap. */
import type { Benchmark, BenchmarkGroup } from './harness.ts';
import { buildSample, callTool, openSample, sampleText } from './workload.ts';

function operations(name: string, bounds: string, tool: string, input: unknown): Benchmark {
  return {
    name,
    bounds,
    perRound: 10,
    warmUpRounds: 4,
    async setUp() {
      const { host, runner } = await openSample(await buildSample());
      return { run: () => callTool(runner, tool, input), dispose: () => host[Symbol.asyncDispose]() };
    },
  };
}

/** Calls with no, one and three operations. */
export const group: BenchmarkGroup = {
  name: 'operations',
  baseline: 'call without an operation',
  rounds: 20,
  benchmarks: [
    operations('call without an operation', 'The floor under the others', 'keep', { keys: [], text: sampleText }),
    operations('call with one operation', 'A kv.set that is answered at once: a turn more', 'keep', {
      keys: ['a'],
      text: sampleText,
    }),
    operations('call with three overlapping operations', 'Three kv.set in one turn', 'keep', {
      keys: ['a', 'b', 'c'],
      text: sampleText,
    }),
    operations('call with three overlapping waits of 50 ms', 'Waits of one turn run at the same time', 'waits', {
      times: 3,
      ms: 50,
      text: sampleText,
    }),
  ],
};
