/** A hundred tools: installing one more, what each costs while nobody calls it, and calling all of them in turn. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, BenchmarkGroup, Unit } from './harness.ts';
import { writeManyTools } from './many-tools.ts';
import { libraryBytes, requireNative } from './native.ts';
import { runProgram } from './run-program.ts';
import { buildSample } from './workload.ts';

const program = join(import.meta.dirname, 'programs/many-engine-tools.ts');
/** One more than are measured: the first brings what all share. */
const tools = 101;

type Form = 'shared' | 'v8';

interface Reading {
  readonly key: string;
  readonly name: string;
  readonly unit: Unit;
  readonly bounds: string;
}

const readings: readonly Reading[] = [
  {
    key: 'compileMs',
    name: 'compile a tool at install',
    unit: 'ms',
    bounds: 'Engine.compile of a tool that is new, beside others',
  },
  { key: 'loadMs', name: 'load a tool', unit: 'ms', bounds: 'Engine.load of one that is compiled' },
  { key: 'idleKiB', name: 'idle tool', unit: 'KiB', bounds: 'Private memory that a loaded tool adds' },
  { key: 'usedKiB', name: 'tool that has been called', unit: 'KiB', bounds: 'The same after calls, slots included' },
  {
    key: 'roundRobinUs',
    name: 'fresh call, 100 tools in turn',
    unit: 'us',
    bounds: 'No tool is called twice in a row',
  },
];

/** Components of tools that differ, one in each file. */
async function writeComponents(): Promise<string> {
  const project = await writeManyTools(tools);
  try {
    const { components } = await buildSample(project.directory);
    const directory = await mkdtemp(join(tmpdir(), 'aria-components-'));
    for (const [name, { component }] of components) await writeFile(join(directory, `${name}.wasm`), component);
    return directory;
  } finally {
    await project.dispose();
  }
}

let written: Promise<string> | undefined;
let holders = 0;

/** One process gives all the readings of a round. */
function ofForm(form: Form, label: string): readonly Benchmark[] {
  let latest: Readonly<Record<string, unknown>> = {};
  return readings.map(({ key, name, unit, bounds }, index) => ({
    name: `${label}: ${name}`,
    unit,
    bounds,
    warmUpRounds: 0,
    async setUp() {
      if (form !== 'v8') requireNative();
      written ??= writeComponents();
      holders += 1;
      const directory = await written;
      return {
        run: async () => {
          if (index === 0) latest = await runProgram(['--expose-gc', program, form, directory]);
          return latest[key];
        },
        dispose: async () => {
          holders -= 1;
          if (holders > 0) return;
          written = undefined;
          await rm(directory, { recursive: true, force: true });
        },
      };
    },
  }));
}

const library: Benchmark = {
  name: 'library that the host loads',
  unit: 'bytes',
  bounds: 'Size of the addon without a compiler',
  warmUpRounds: 0,
  setUp: () => {
    const bytes = libraryBytes();
    return { run: () => bytes };
  },
};

/** Each sample, or each list of samples, is a process of its own. */
export const group: BenchmarkGroup = {
  name: 'many-engine-tools',
  rounds: 3,
  benchmarks: [...ofForm('shared', 'native, shared'), ...ofForm('v8', 'v8'), library],
};
