/**
 * Measures groups of benchmarks. The benchmarks of a group run interleaved, round by round, in one process, so that what else the
 * machine does falls on all of them alike; the ratio to the group's baseline is what may be compared between machines.
 * Nothing here asserts a time.
 */

/** What samples are in. Times of the harness are `ms` or `us`. */
export type Unit = 'ms' | 'us' | 'KiB' | 'bytes' | '1/s' | 'MB/s';

/** A benchmark that is set up. Its owner is the harness, which disposes of it. */
export interface Measured {
  /**
   * One sample: its wall time, or what it returns where that is a number (of the benchmark's unit), or each of the numbers of an array. It is
   * awaited only where it is a promise: what is done at once would otherwise be charged with a turn of the queue.
   */
  readonly run: () => unknown;
  /** Runs before each sample, outside of its time. */
  readonly before?: (() => unknown) | undefined;
  readonly dispose?: (() => unknown) | undefined;
}

/** One line of a group's results. */
export interface Benchmark {
  readonly name: string;
  /** A sentence on what it bounds. */
  readonly bounds: string;
  readonly unit?: Unit;
  /** Samples per round; 1 where absent. */
  readonly perRound?: number;
  /** Runs per sample, which is then the mean of their wall times; 1 where absent. Collections of garbage are in it, spread evenly. */
  readonly batch?: number;
  /** Rounds whose samples are dropped; 1 where absent. */
  readonly warmUpRounds?: number;
  readonly setUp: () => Promise<Measured> | Measured;
}

/** Benchmarks that are compared with each other. */
export interface BenchmarkGroup {
  /** Names the file of the results. */
  readonly name: string;
  /** The benchmark that the others are compared with. */
  readonly baseline?: string;
  readonly rounds: number;
  readonly benchmarks: readonly Benchmark[];
}

/** Samples of one benchmark, ascending. */
export interface Samples {
  readonly benchmark: Benchmark;
  readonly values: readonly number[];
  /** Why there are none: what is measured is not on this machine. */
  readonly leftOut?: string;
}

/** Raised by `setUp` where what is measured is not on this machine: the others are measured without it, and the results say why. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut';
}

interface Lane {
  readonly benchmark: Benchmark;
  readonly measured: Measured;
  readonly values: number[];
}

/** Measures a group. `progress` is told of each round. */
export async function measureGroup(
  group: BenchmarkGroup,
  progress: (round: number) => void,
): Promise<readonly Samples[]> {
  const lanes: Lane[] = [];
  const leftOut: Samples[] = [];
  try {
    for (const benchmark of group.benchmarks) {
      try {
        lanes.push({ benchmark, measured: await benchmark.setUp(), values: [] });
      } catch (error) {
        if (!(error instanceof LeftOut)) throw error;
        leftOut.push({ benchmark, values: [], leftOut: error.message });
      }
    }
    const warmUps = Math.max(...group.benchmarks.map(({ warmUpRounds = 1 }) => warmUpRounds));
    for (let round = -warmUps; round < group.rounds; round += 1) {
      progress(round);
      for (const lane of lanes) await runRound(lane, round);
    }
  } finally {
    for (const { measured } of lanes) await measured.dispose?.();
  }
  const measured = lanes.map(({ benchmark, values }) => ({ benchmark, values: values.toSorted((a, b) => a - b) }));
  const place = ({ benchmark }: Samples): number => group.benchmarks.indexOf(benchmark);
  return [...measured, ...leftOut].toSorted((left, right) => place(left) - place(right));
}

async function runRound({ benchmark, measured, values }: Lane, round: number): Promise<void> {
  const { perRound = 1, warmUpRounds = 1, batch = 1, unit = 'ms' } = benchmark;
  if (round < -warmUpRounds) return;
  for (let sample = 0; sample < perRound; sample += 1) {
    const before = measured.before?.();
    if (before instanceof Promise) await before;
    const started = performance.now();
    let result: unknown;
    for (let run = 0; run < batch; run += 1) {
      result = measured.run();
      if (result instanceof Promise) result = await result;
    }
    const elapsedMs = (performance.now() - started) / batch;
    if (round < 0) continue;
    if (typeof result === 'number') values.push(result);
    else if (Array.isArray(result)) for (const value of result as readonly number[]) values.push(value);
    else values.push(unit === 'us' ? elapsedMs * 1_000 : elapsedMs);
  }
}

/** The value below which `share` of the ascending values lie (nearest rank). */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? Number.NaN;
}
