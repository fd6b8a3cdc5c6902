/** What 1,000 calls cost an engine that wait at the same time. `suspended.bench.ts` has them through the whole of V8's side. */
import { join } from 'node:path';
import { type EngineForm, engineForms } from './engines.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';
import { requireNative } from './native.ts';
import { runProgram } from './run-program.ts';

const program = join(import.meta.dirname, 'programs/suspended-engine.ts');

const readings = {
  kibEach: {
    text: 'private memory each',
    unit: 'KiB',
    bounds: 'Memory of this process alone that one waiting call adds',
  },
  startMs: { text: 'start all', unit: 'ms', bounds: 'From the first open to the last call that waits, slots cold' },
  cancelMs: { text: 'cancel all', unit: 'ms', bounds: 'Disposing of all of them' },
  warmStartMs: { text: 'start all again', unit: 'ms', bounds: 'The same in slots that have served' },
  finishMs: { text: 'finish all', unit: 'ms', bounds: 'From the first resume to the last outcome' },
} as const;

/** One process gives all the readings of a round. */
function ofForm(form: EngineForm): readonly Benchmark[] {
  let latest: Readonly<Record<string, unknown>> = {};
  return Object.entries(readings).map(([key, { text, unit, bounds }], index) => ({
    name: `${form}: ${text}`,
    unit,
    bounds,
    warmUpRounds: 0,
    setUp() {
      if (form.startsWith('native')) requireNative();
      return {
        run: async () => {
          if (index === 0) latest = await runProgram([program, form]);
          return Number(latest[key]);
        },
      };
    },
  }));
}

/** Each sample is a process of its own. */
export const group: BenchmarkGroup = {
  name: 'suspended-engine',
  rounds: 3,
  benchmarks: engineForms.flatMap(ofForm),
};
