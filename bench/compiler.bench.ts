/** Checking and building projects of 1, 10 and 100 tools, beside TypeScript alone and beside another compiler of components. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createBuilder } from '#compiler';
import { yardstickSource } from './baselines/componentize.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';
import { writeManyTools } from './many-tools.ts';
import { runFile, runProgram } from './run-program.ts';

const root = join(import.meta.dirname, '..');
const arcFile = join(root, 'compiler/cli/bin.js');
const tscFile = join(root, 'node_modules/typescript-6/lib/tsc.js');
const nativeTscFile = join(root, 'node_modules/typescript/bin/tsc');
/** The yardstick, outside of the checkout: the jco of the project cannot componentize without packages that it does not name. */
const jcoFolder = join(homedir(), '.cache/aria/jco');
const jcoFile = join(jcoFolder, 'node_modules/@bytecodealliance/jco/src/jco.js');
const jcoPackages = '@bytecodealliance/jco@1.17.5 @bytecodealliance/componentize-js@0.19.3';
const componentizeSamples = join(import.meta.dirname, 'samples/componentize');

/** One command of a line in a fresh process. */
interface CommandLine {
  readonly name: string;
  readonly bounds: string;
  readonly file: string;
  readonly args: readonly string[];
  /** What each sample begins with: nothing cached, a change of one tool, or all as it was. */
  readonly state: 'cold' | 'changed' | 'same';
}

function commandLine({ name, bounds, file, args, state }: CommandLine, count: number): Benchmark {
  return {
    name,
    bounds,
    async setUp() {
      const project = await writeManyTools(count);
      const before = {
        cold: () => rm(project.home, { recursive: true, force: true }),
        changed: project.change,
        same: undefined,
      }[state];
      return {
        before,
        run: async () => {
          await runFile(process.execPath, [file, ...args, project.directory], { ARIA_HOME: project.home });
        },
        dispose: project.dispose,
      };
    },
  };
}

function edit(count: number): Benchmark {
  return {
    name: 'an edit of one tool under --watch',
    bounds: 'From the written file to the bundle in memory, in the process that watches',
    async setUp() {
      const project = await writeManyTools(count);
      const builder = createBuilder({
        directory: project.directory,
        cacheDirectory: join(project.home, 'cache'),
        components: 'hashes',
      });
      return {
        before: project.change,
        run: async () => {
          const outcome = await builder.build();
          if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.diagnostics));
        },
        dispose: async () => {
          await builder[Symbol.asyncDispose]();
          await project.dispose();
        },
      };
    },
  };
}

/** The other compiler makes one component of one source in a call of its command. */
const componentize: Benchmark = {
  name: 'jco componentize, one tool',
  bounds: 'JavaScript to a component with StarlingMonkey, in a fresh process; no types are checked',
  async setUp() {
    const directory = await mkdtemp(join(tmpdir(), 'aria-jco-'));
    const [source, component] = [join(directory, 'tool.js'), join(directory, 'tool.wasm')];
    await writeFile(source, await yardstickSource());
    const world = ['--wit', join(componentizeSamples, 'tool.wit'), '--world-name', 'tool', '--disable', 'all'];
    return {
      run: async () => {
        await runFile(process.execPath, [jcoFile, 'componentize', source, ...world, '--out', component]);
      },
      dispose: () => rm(directory, { recursive: true, force: true }),
    };
  },
};

function memory(count: number): Benchmark {
  return {
    name: 'most memory under --watch, 20 edits',
    bounds: 'Resident memory of the process and of its bundler, at their highest',
    unit: 'KiB',
    warmUpRounds: 0,
    setUp: () => ({
      run: async () =>
        Number(
          (await runProgram([join(import.meta.dirname, 'programs/watch-memory.ts'), String(count)], arcEnvironment))[
            'total'
          ],
        ),
    }),
  };
}

/** What `arc` gives the Node that it starts. */
const arcEnvironment = { MALLOC_ARENA_MAX: '2' };

const tsc = 'tsc --noEmit (TypeScript 6)';

function sized(count: number, rounds: number, more: readonly Benchmark[]): BenchmarkGroup {
  return {
    name: `compiler-${count}`,
    baseline: tsc,
    rounds,
    benchmarks: [
      commandLine(
        {
          name: tsc,
          bounds: 'The types alone, by the same checker',
          file: tscFile,
          args: ['--noEmit', '-p'],
          state: 'same',
        },
        count,
      ),
      commandLine(
        {
          name: 'tsc --noEmit (TypeScript 7)',
          bounds: 'The types alone, by native code',
          file: nativeTscFile,
          args: ['--noEmit', '-p'],
          state: 'same',
        },
        count,
      ),
      commandLine(
        {
          name: 'arc check, nothing cached',
          bounds: 'The first check on a machine',
          file: arcFile,
          args: ['check'],
          state: 'cold',
        },
        count,
      ),
      commandLine(
        { name: 'arc check', bounds: 'Each later one', file: arcFile, args: ['check'], state: 'changed' },
        count,
      ),
      commandLine(
        {
          name: 'arc build, nothing cached',
          bounds: 'The first build on a machine',
          file: arcFile,
          args: ['build'],
          state: 'cold',
        },
        count,
      ),
      commandLine(
        {
          name: 'arc build after a change of one tool',
          bounds: 'Each later one',
          file: arcFile,
          args: ['build'],
          state: 'changed',
        },
        count,
      ),
      edit(count),
      ...more,
    ],
  };
}

if (!existsSync(jcoFile))
  console.error(`without jco componentize: npm install --prefix ${jcoFolder} --no-save ${jcoPackages}`);

/** One group for each size, since their rounds take as different a time as their projects. */
export const groups: readonly BenchmarkGroup[] = [
  sized(1, 5, existsSync(jcoFile) ? [componentize] : []),
  sized(10, 8, []),
  sized(100, 3, [memory(100)]),
];
