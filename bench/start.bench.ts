/** From the start of a process to its first result: what a person waits for at a command line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { openYardstick } from './baselines/componentize.ts';
import type { Benchmark, BenchmarkGroup, Measured } from './harness.ts';
import { runFile } from './run-program.ts';
import { buildSample, projectDirectory, sampleText } from './workload.ts';

const input = JSON.stringify({ text: sampleText });
const toolFile = join(import.meta.dirname, 'samples/programs/tool.ts');
const arcFile = join(import.meta.dirname, '../compiler/cli/bin.js');
const bunFile = join(
  import.meta.dirname,
  `../node_modules/@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}/bin/bun`,
);

function command(
  name: string,
  bounds: string,
  setUp: (directory: string) => Promise<Measured['run']> | Measured['run'],
): Benchmark {
  return {
    name,
    bounds,
    perRound: 2,
    warmUpRounds: 2,
    async setUp() {
      const directory = await mkdtemp(join(tmpdir(), 'aria-start-'));
      return { run: await setUp(directory), dispose: () => rm(directory, { recursive: true, force: true }) };
    },
  };
}

async function bundledTool(directory: string): Promise<Measured['run']> {
  const file = join(directory, 'tool.mjs');
  await build({
    entryPoints: [toolFile],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: file,
    logLevel: 'error',
  });
  return () => runFile(process.execPath, [file, input]);
}

function arcRun(
  source: (directory: string) => Promise<readonly string[]>,
): (directory: string) => Promise<Measured['run']> {
  return async (directory) => {
    const args = [arcFile, 'run', ...(await source(directory)), 'stats', '--input', input];
    return () => runFile(process.execPath, args, { ARIA_HOME: join(directory, 'home') });
  };
}

async function bundleFile(directory: string): Promise<readonly string[]> {
  const file = join(directory, 'text-kit.aria');
  await writeFile(file, (await buildSample()).archive);
  return [file, '--allow-unsigned'];
}

/** Whole processes, interleaved; caches are warm, as they are from the second start on. */
export const group: BenchmarkGroup = {
  name: 'start',
  baseline: 'node tool.mjs',
  rounds: 10,
  benchmarks: [
    command('node tool.mjs', 'The floor of anything that starts a Node', bundledTool),
    command(
      'bun run tool.ts',
      'The same tool, not sandboxed, in the quickest start of a runtime',
      () => () => runFile(bunFile, ['run', toolFile, input]),
    ),
    command('node, componentize-qjs component', 'The yardstick, transpiled beforehand', async (parent) => {
      const { directory } = await openYardstick(parent);
      const program = join(import.meta.dirname, 'programs/run-yardstick.ts');
      return () => runFile(process.execPath, [program, directory, input]);
    }),
    command('arc run BUNDLE', 'Verify a bundle, rebuild or take the component, call', arcRun(bundleFile)),
    command(
      'arc run DIRECTORY',
      'Call a tool of an unchanged project',
      arcRun(() => Promise.resolve([projectDirectory])),
    ),
  ],
};
