/**
 * The fuzz and soak tests at their full length, and `test/long/last-result.json` with what came of them.
 * The gate runs the same tests with a small, seeded share; a failing seed found here becomes a named test there.
 *
 *     npm run check:long                 a new seed
 *     npm run check:long -- --seed 1234  that seed again
 */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runTests } from './check/run-tests.ts';

/** Lengths of a long run; the tests read them and have small defaults for the gate. */
const lengths = {
  /** Generated cases per fuzz or property test. */
  ARIA_FUZZ_CASES: '200000',
  /** Calls per soak test. */
  ARIA_SOAK_CALLS: '40000',
  /** Interleavings per engine. */
  ARIA_INTERLEAVINGS: '3000',
  /** Random programs that are replayed. */
  ARIA_REPLAY_PROGRAMS: '1500',
  /** 1: kill -9 at every write of an operation of a host, instead of 50. */
  ARIA_CRASH_ALL: '1',
} as const;
const resultPath = 'test/long/last-result.json';

const { values } = parseArgs({ options: { seed: { type: 'string', default: String(randomInt(2 ** 31)) } } });
/** A test has a long form where it reads one of the lengths, or fuzzes, which does. */
const names = new RegExp(`\\b(${Object.keys(lengths).join('|')})\\b|/fuzz\\.ts'`);
const files = globSync('test/**/*.test.ts').filter((path) => names.test(readFileSync(path, 'utf8')));

const started = Date.now();
const counts = await runTests(files, { ...lengths, ARIA_FUZZ_SEED: values.seed });
const result = {
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
  finished: new Date().toISOString(),
  minutes: Math.round((Date.now() - started) / 6_000) / 10,
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
  seed: Number(values.seed),
  lengths: Object.fromEntries(Object.entries(lengths).map(([name, text]) => [name, Number(text)])),
  files: files.toSorted(),
  ...counts,
};
mkdirSync('test/long', { recursive: true });
writeFileSync(resultPath, `${JSON.stringify(result, undefined, 2)}\n`);
console.log(`${resultPath}: seed ${values.seed}, ${result.minutes} minutes`);
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exitCode = counts.failed > 0 ? 1 : 0;
