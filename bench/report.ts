/** Writes results: JSON lines with commit and machine for the repository, a table for the terminal. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type BenchmarkGroup, type Samples, percentile } from './harness.ts';

const resultsDirectory = join(import.meta.dirname, 'results');

/** One line of a results file. */
interface ResultLine {
  readonly group: string;
  readonly name: string;
  readonly bounds: string;
  readonly unit: string;
  readonly samples: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
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

function lines(group: BenchmarkGroup, results: readonly Samples[]): ResultLine[] {
  const base = results.find(({ benchmark }) => benchmark.name === group.baseline);
  const about = { commit: commit(), date: new Date().toISOString(), machine: machine() };
  return results.map(({ benchmark, values }) => {
    const comparable = base && (base.benchmark.unit ?? 'ms') === (benchmark.unit ?? 'ms');
    const ratio = comparable
      ? { to: base.benchmark.name, p50: rounded(percentile(values, 0.5) / percentile(base.values, 0.5)) }
      : undefined;
    return {
      group: group.name,
      name: benchmark.name,
      bounds: benchmark.bounds,
      unit: benchmark.unit ?? 'ms',
      samples: values.length,
      min: rounded(values[0] ?? Number.NaN),
      p50: rounded(percentile(values, 0.5)),
      p95: rounded(percentile(values, 0.95)),
      p99: rounded(percentile(values, 0.99)),
      ...(ratio ? { ratio } : {}),
      ...about,
    };
  });
}

/** Writes `results/<group>.jsonl` and returns the table of it. */
export function writeResults(group: BenchmarkGroup, results: readonly Samples[]): string {
  const found = lines(group, results);
  mkdirSync(resultsDirectory, { recursive: true });
  writeFileSync(
    join(resultsDirectory, `${group.name}.jsonl`),
    found.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  const rows = found.map(({ name, unit, p50, p95, p99, samples, ratio }) => {
    const numbers = [p50, p95, p99].map((value) => String(value).padStart(10)).join('');
    return `  ${name.padEnd(52)}${numbers} ${unit.padEnd(4)}${String(samples).padStart(6)}${ratio ? `  ${ratio.p50} x ${ratio.to}` : ''}`;
  });
  return [
    `${group.name}${' '.repeat(Math.max(1, 54 - group.name.length))}       p50       p95       p99     samples`,
    ...rows,
  ].join('\n');
}
