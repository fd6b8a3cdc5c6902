/** What a person waits for after a change of the source. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createBuilder } from '#compiler';
import { buildYardstick } from './baselines/componentize.ts';
import type { BenchmarkGroup } from './harness.ts';
import { runFile } from './run-program.ts';
import { projectDirectory } from './workload.ts';

const arcFile = join(import.meta.dirname, '../compiler/cli/bin.js');

/** A copy of the sample project that can be changed, and a home for the caches. */
interface Project {
  readonly directory: string;
  readonly home: string;
  /** Changes what all three tools do. */
  readonly change: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

async function copyProject(): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'aria-build-'));
  const directory = join(root, 'project');
  await cp(projectDirectory, directory, { recursive: true });
  const file = join(directory, 'text-stats.ts');
  const text = await readFile(file, 'utf8');
  let changes = 0;
  const change = async (): Promise<void> => {
    changes += 1;
    await writeFile(file, text.replace('characters: text.length', `characters: text.length + ${changes} - ${changes}`));
  };
  return { directory, home: join(root, 'home'), change, dispose: () => rm(root, { recursive: true, force: true }) };
}

function arcBuild({ directory, home }: Project): Promise<string> {
  return runFile(process.execPath, [arcFile, 'build', directory], { ARIA_HOME: home });
}

/** The yardstick builds one tool, ours all three of the project. */
export const group: BenchmarkGroup = {
  name: 'build',
  baseline: 'componentize-qjs and jco transpile, one tool',
  rounds: 8,
  benchmarks: [
    {
      name: 'componentize-qjs and jco transpile, one tool',
      bounds: 'The yardstick: from source to files that a program imports, in a process that has it loaded',
      setUp: () => ({ run: buildYardstick }),
    },
    {
      name: 'arc build, nothing cached, own process',
      bounds: 'The first build on a machine, process start included',
      async setUp() {
        const project = await copyProject();
        return {
          before: () => rm(project.home, { recursive: true, force: true }),
          run: () => arcBuild(project),
          dispose: project.dispose,
        };
      },
    },
    {
      name: 'arc build after a change, own process',
      bounds: 'Every later build from a command line, process start included',
      async setUp() {
        const project = await copyProject();
        return { before: project.change, run: () => arcBuild(project), dispose: project.dispose };
      },
    },
    {
      name: 'build after a change, same process',
      bounds: 'What a watching command does',
      async setUp() {
        const project = await copyProject();
        const builder = createBuilder({ directory: project.directory, cacheDirectory: join(project.home, 'cache') });
        const dispose = async (): Promise<void> => {
          await builder[Symbol.asyncDispose]();
          await project.dispose();
        };
        return { before: project.change, run: () => builder.build(), dispose };
      },
    },
  ],
};
