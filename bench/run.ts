/**
 * Runs the benchmarks and writes `bench/results/*.jsonl`.
 *
 *     npm run bench                 all groups
 *     npm run bench -- call         groups whose name has one of these texts
 *     npm run bench -- --targets    runs nothing: which targets the results reach
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { type BenchmarkGroup, measureGroup } from './harness.ts';
import { readResults, writeResults } from './report.ts';
import { targetTable } from './targets.ts';

async function groups(): Promise<BenchmarkGroup[]> {
  const files = globSync('*.bench.ts', { cwd: import.meta.dirname }).toSorted();
  const loaded = files.map(
    async (file) =>
      (await import(pathToFileURL(join(import.meta.dirname, file)).href)) as {
        readonly group?: BenchmarkGroup;
        readonly groups?: readonly BenchmarkGroup[];
      },
  );
  return (await Promise.all(loaded)).flatMap(({ group, groups: several = [] }) => [
    ...(group ? [group] : []),
    ...several,
  ]);
}

async function runGroups(wanted: readonly string[]): Promise<void> {
  const chosen = (await groups()).filter(
    ({ name }) => wanted.length === 0 || wanted.some((text) => name.includes(text)),
  );
  if (chosen.length === 0) throw new Error(`Cannot run "${wanted.join('", "')}": there is no such group`);
  for (const group of chosen) {
    const results = await measureGroup(group, (round) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${group.name}: round ${round + 1} of ${group.rounds} `);
    });
    if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
    console.log(writeResults(group, results));
  }
}

const wanted = process.argv.slice(2);
if (wanted.includes('--targets')) console.log(targetTable(readResults()));
else await runGroups(wanted);
// Engines leave worker threads that are idle; nothing is left to wait for.
process.exit(0);
