/** Whether a host that runs calls all day grows. */
import { join } from 'node:path';
import type { BenchmarkGroup } from './harness.ts';
import { runProgram } from './run-program.ts';

const program = join(import.meta.dirname, 'programs/soak.ts');

/** A process of its own. */
export const group: BenchmarkGroup = {
  name: 'soak',
  rounds: 1,
  benchmarks: [
    {
      name: '20,000 calls: growth of RSS',
      bounds:
        'Median of the readings after call 13,000 less that of calls 6,000 to 12,000; a leak of 1 KiB a call shows as 7 MiB',
      unit: 'KiB',
      warmUpRounds: 0,
      setUp: () => ({ run: async () => Number((await runProgram([program]))['growthKib']) }),
    },
  ],
};
