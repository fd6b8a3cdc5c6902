/** Writes results: JSON lines with commit and machine for the repository, a table for the terminal. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type BenchmarkGroup, type Samples, percentile } from './harness.ts';

const resultsDirectory = join(import.meta.dirname, 'results');

/** One line of a results file. */
export interface ResultLine {
  readonly group: string;
  readonly name: string;
  readonly bounds: string;
  readonly unit: string;
  readonly samples: number;
  /** Why it was not measured; the numbers below are then absent. */
  readonly leftOut?: string;
  readonly min?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  /** How many times the baseline's p50 this p50 is. */
  readonly ratio?: { readonly to: string; readonly p50: number };
  readonly commit: string;
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly platform: string;
    readonly node: string;
  };
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

/** The commit, with `+` where the tree has changes beside results. */
function commit(): string {
  const changed = git('status', '--porcelain', '--', ':!bench/results') !== '';
  return git('rev-parse', '--short=12', 'HEAD') + (changed ? '+' : '');
}

function machine(): ResultLine['machine'] {
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const cpu = cpus()[0]?.model ?? 'unknown';
  return {
    cpu,
    cores: cpus().length,
    memoryGiB,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** A unit's part of a millisecond; others cannot be compared with times. */
const timeUnits = new Map<string, number>([
  ['ms', 1],
  ['us', 0.001],
]);

function ratioTo(base: Samples, { benchmark, values }: Samples): ResultLine['ratio'] {
  const [from, to] = [benchmark.unit ?? 'ms', base.benchmark.unit ?? 'ms'];
  const scale = from === to ? 1 : (timeUnits.get(from) ?? Number.NaN) / (timeUnits.get(to) ?? Number.NaN);
  const p50 = rounded((scale * percentile(values, 0.5)) / percentile(base.values, 0.5));
  return Number.isFinite(p50) ? { to: base.benchmark.name, p50 } : undefined;
}

function numbers(values: readonly number[]): Pick<ResultLine, 'min' | 'p50' | 'p95' | 'p99'> {
  return {
    min: rounded(values[0] ?? Number.NaN),
    p50: rounded(percentile(values, 0.5)),
    p95: rounded(percentile(values, 0.95)),
    p99: rounded(percentile(values, 0.99)),
  };
}

function lines(group: BenchmarkGroup, results: readonly Samples[]): ResultLine[] {
  const base = results.find(({ benchmark, leftOut }) => benchmark.name === group.baseline && leftOut === undefined);
  const about = { commit: commit(), date: new Date().toISOString(), machine: machine() };
  return results.map((result) => {
    const { benchmark, values, leftOut } = result;
    const ratio = base && leftOut === undefined ? ratioTo(base, result) : undefined;
    return {
      group: group.name,
      name: benchmark.name,
      bounds: benchmark.bounds,
      unit: benchmark.unit ?? 'ms',
      samples: values.length,
      ...(leftOut === undefined ? numbers(values) : { leftOut }),
      ...(ratio ? { ratio } : {}),
      ...about,
    };
  });
}

function row({ name, unit, samples, leftOut, ratio, ...figures }: ResultLine): string {
  if (leftOut !== undefined) return `  ${name.padEnd(52)} left out: ${leftOut}`;
  const columns = [figures.p50, figures.p95, figures.p99].map((value) => String(value).padStart(10)).join('');
  const compared = ratio ? `  ${ratio.p50} x ${ratio.to}` : '';
  return `  ${name.padEnd(52)}${columns} ${unit.padEnd(6)}${String(samples).padStart(6)}${compared}`;
}

/** Writes `results/<group>.jsonl` and returns the table of it. */
export function writeResults(group: BenchmarkGroup, results: readonly Samples[]): string {
  const found = lines(group, results);
  mkdirSync(resultsDirectory, { recursive: true });
  writeFileSync(
    join(resultsDirectory, `${group.name}.jsonl`),
    found.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  const head = `${group.name}${' '.repeat(Math.max(1, 54 - group.name.length))}       p50       p95       p99       samples`;
  return [head, ...found.map(row)].join('\n');
}

/** All results that the repository holds. */
export function readResults(): ResultLine[] {
  return readdirSync(resultsDirectory)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(resultsDirectory, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as ResultLine);
}
