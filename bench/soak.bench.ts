/** Whether a host that runs calls all day grows. */
import { join } from 'node:path';
import type { Benchmark, BenchmarkGroup } from './harness.ts';
import { requireNative } from './native.ts';
import { runProgram } from './run-program.ts';

const program = join(import.meta.dirname, 'programs/soak.ts');
const slopeProgram = join(import.meta.dirname, 'programs/slope.ts');

/** Half a minute of calls of the native engine for each form. */
function slope(form: 'native, whole' | 'native, shared'): Benchmark {
  return {
    name: `${form}: slope of RSS over 1,000,000 fresh calls`,
    bounds: 'By a line through 160 readings after the first 200,000; a leak of 1 byte a call shows as 977 KiB',
    unit: 'KiB',
    warmUpRounds: 0,
    setUp() {
      requireNative();
      return { run: async () => Number((await runProgram([slopeProgram, form]))['growthKiB']) };
    },
  };
}

/** Each a process of its own. */
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
    slope('native, whole'),
    slope('native, shared'),
  ],
};
