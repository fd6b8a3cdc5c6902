/** Several figures of one measurement, each a line of the results. */
import type { Benchmark, Unit } from './harness.ts';

/** What is measured; its owner is the first of the benchmarks. */
export interface Source<Figures> {
  /** One measurement, which takes as long as it does: nobody times it. */
  readonly take: () => Promise<Figures>;
  readonly dispose?: () => PromiseLike<void>;
}

/** One of its figures. */
export interface Reading<Figures> {
  readonly name: string;
  readonly unit: Unit;
  readonly bounds: string;
  readonly of: (figures: Figures) => number | readonly number[];
}

/** The benchmarks: in each round the first one measures, and those behind it tell what it found. */
export function readings<Figures>(
  open: () => Promise<Source<Figures>>,
  list: readonly Reading<Figures>[],
  { warmUpRounds = 1 }: { readonly warmUpRounds?: number } = {},
): readonly Benchmark[] {
  let opened: Promise<Source<Figures>> | undefined;
  let latest: Figures | undefined;
  return list.map(({ name, unit, bounds, of }, index) => ({
    name,
    unit,
    bounds,
    warmUpRounds,
    async setUp() {
      // Where it is left out, all of its figures are.
      const source = await (opened ??= open());
      return {
        run: async () => {
          if (index === 0) latest = await source.take();
          return latest === undefined ? undefined : of(latest);
        },
        dispose: async () => {
          if (index > 0) return;
          opened = undefined;
          await source.dispose?.();
        },
      };
    },
  }));
}
