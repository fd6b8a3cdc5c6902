/** What 1,000 calls cost that wait at the same time. */
import { join } from 'node:path';
import type { Benchmark, BenchmarkGroup } from './harness.ts';
import { runProgram } from './run-program.ts';

const program = join(import.meta.dirname, 'programs/suspended.ts');

function reading(name: string, key: string, facts: Pick<Benchmark, 'bounds' | 'unit'>): Benchmark {
  return {
    name,
    ...facts,
    warmUpRounds: 0,
    setUp: () => ({ run: async () => Number((await runProgram([program]))[key]) }),
  };
}

/** Each sample is a process of its own. */
export const group: BenchmarkGroup = {
  name: 'suspended',
  rounds: 3,
  benchmarks: [
    reading('1,000 suspended calls: memory each', 'kibEach', {
      unit: 'KiB',
      bounds: 'Resident memory that one waiting call adds',
    }),
    reading('1,000 suspended calls: start all', 'startMs', {
      bounds: 'From the first open to the last call that waits',
    }),
    reading('1,000 suspended calls: finish all', 'finishMs', { bounds: 'From the first resume to the last outcome' }),
  ],
};
