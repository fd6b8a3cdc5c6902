/** What an engine adds between the start of Node and the first result. Each sample is a process; processes with and without it alternate. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, sep } from 'node:path';
import process from 'node:process';
import { hashBytes } from '#wit/bundle';
import { callComponent } from './engine-calls.ts';
import { type Benchmark, type BenchmarkGroup, LeftOut } from './harness.ts';
import { requireNative } from './native.ts';
import { runFile, runProgram } from './run-program.ts';

type Mode = 'none' | 'v8' | 'command' | 'edge' | 'server';

const program = join(import.meta.dirname, 'programs/first-result.ts');
const starter = join(import.meta.dirname, '../bin/node.js');
const perRound = 1;
const warmUpRounds = 1;

/** A component and a home for its compiled code. */
async function openDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-first-'));
  await mkdir(join(directory, 'compiled'), { mode: 0o700 });
  await writeFile(join(directory, 'key'), randomBytes(32), { mode: 0o600 });
  const component = await callComponent('greet');
  await writeFile(join(directory, 'component.wasm'), component);
  await writeFile(join(directory, 'component.hash'), hashBytes(component));
  return directory;
}

interface Readings {
  readonly importedMs: number;
  readonly resultMs: number;
}

async function read(mode: Mode, directory: string): Promise<Readings> {
  // Compiled code of modules is kept, as every start of `arc` and `aria` has it, however this run was started.
  const environment = { NODE_COMPILE_CACHE: join(directory, 'modules') };
  return (await runProgram([program, mode, directory], environment)) as unknown as Readings;
}

function started(mode: Mode, name: string, bounds: string): Benchmark {
  return {
    name,
    bounds,
    perRound,
    warmUpRounds,
    async setUp() {
      if (mode !== 'none' && mode !== 'v8') requireNative();
      const directory = await openDirectory();
      return {
        run: async () => (await read(mode, directory)).resultMs,
        dispose: () => rm(directory, { recursive: true, force: true }),
      };
    },
  };
}

/**
 * The difference of two processes that ran one after the other, from their imports on: both import the same, and what that takes varies more than
 * what is looked for.
 */
function share(mode: Mode, name: string): Benchmark {
  return {
    name,
    bounds: 'What a process with the engine takes longer than the one before it without: library, engine, code, call',
    perRound,
    warmUpRounds,
    async setUp() {
      requireNative();
      const directory = await openDirectory();
      return {
        run: async () => {
          const [without, engine] = [await read('none', directory), await read(mode, directory)];
          return engine.resultMs - engine.importedMs - (without.resultMs - without.importedMs);
        },
        dispose: () => rm(directory, { recursive: true, force: true }),
      };
    },
  };
}

/** An older Node of the machine, and not what a script of npm puts before it. */
async function olderNode(): Promise<string> {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes(`${sep}node_modules${sep}`));
  for (const folder of folders) {
    const file = join(folder, 'node');
    if (!existsSync(file)) continue;
    const version = (await runFile(file, ['--version'])).trim();
    if (Number.parseInt(version.slice(1), 10) < Number.parseInt(process.versions.node, 10)) return file;
  }
  throw new LeftOut('there is no older Node on the PATH');
}

/** What whoever starts Aria with another Node waits for before anything else. */
const reExecution: Benchmark = {
  name: 're-execution from an older Node',
  bounds: 'What the older Node takes until it has replaced itself: the whole process less one of the bundled Node',
  perRound,
  warmUpRounds,
  async setUp() {
    const older = await olderNode();
    const directory = await openDirectory();
    const wall = async (node: string): Promise<number> => {
      const from = performance.now();
      await runFile(node, [starter, program, 'none', directory]);
      return performance.now() - from;
    };
    return {
      run: async () => {
        const direct = await wall(process.execPath);
        return (await wall(older)) - direct;
      },
      dispose: () => rm(directory, { recursive: true, force: true }),
    };
  },
};

/** Counted from Node's own start, but for the re-execution. */
export const group: BenchmarkGroup = {
  name: 'native-start',
  baseline: 'the same script without an engine',
  rounds: 15,
  benchmarks: [
    started('none', 'the same script without an engine', 'The floor: Node, and the modules of the host'),
    started(
      'command',
      'native on demand: to the first result',
      'Profile command, as `arc run` has it; compiled code is mapped',
    ),
    started('server', 'native with its pool: to the first result', 'Profile server, the pool of the daemon'),
    started('v8', 'v8: to the first result', 'A worker and a compilation'),
    share('command', "native on demand: the addon's share"),
    share('edge', "native on demand, little address space: the addon's share"),
    share('server', "native with its pool: the addon's share"),
    reExecution,
  ],
};
