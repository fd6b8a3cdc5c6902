/**
 * Measures groups of benchmarks. The benchmarks of a group run interleaved, round by round, in one process, so that what else the
 * machine does falls on all of them alike; the ratio to the group's baseline is what may be compared between machines.
 * Nothing here asserts a time.
 */

/** A benchmark that is set up. Its owner is the harness, which disposes of it. */
export interface Measured {
  /** One sample: its wall time, or what it returns where that is a number (of the benchmark's unit). */
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
  readonly unit?: 'ms' | 'KiB';
  /** Samples per round; 1 where absent. */
  readonly perRound?: number;
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
  try {
    for (const benchmark of group.benchmarks) lanes.push({ benchmark, measured: await benchmark.setUp(), values: [] });
    const warmUps = Math.max(...group.benchmarks.map(({ warmUpRounds = 1 }) => warmUpRounds));
    for (let round = -warmUps; round < group.rounds; round += 1) {
      progress(round);
      for (const lane of lanes) await runRound(lane, round);
    }
  } finally {
    for (const { measured } of lanes) await measured.dispose?.();
  }
  return lanes.map(({ benchmark, values }) => ({ benchmark, values: values.toSorted((a, b) => a - b) }));
}

async function runRound({ benchmark, measured, values }: Lane, round: number): Promise<void> {
  const { perRound = 1, warmUpRounds = 1 } = benchmark;
  if (round < -warmUpRounds) return;
  for (let sample = 0; sample < perRound; sample += 1) {
    await measured.before?.();
    const started = performance.now();
    const result = await measured.run();
    const value = typeof result === 'number' ? result : performance.now() - started;
    if (round >= 0) values.push(value);
  }
}

/** The value below which `share` of the ascending values lie (nearest rank). */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? Number.NaN;
}
