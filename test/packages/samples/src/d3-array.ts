import { tool } from '@aria/sdk';
import { Adder, InternMap, bin, bisect, cross, cumsum, deviation, extent, group, index, median, quantile, rollups, sum, ticks, variance } from 'd3-array';

export const d3Array = tool({ description: 'Statistics, exact sums, bins, ticks, groups by key and by date' }, ({ values }: { values: number[] }) => ({
  statistics: [median(values), quantile(values, 0.9), variance(values), deviation(values), sum(values), ...extent(values)].map((value) => value ?? null),
  bins: bin<number, number>().thresholds(4)(values).map(({ x0, x1, length }) => [x0 ?? 0, x1 ?? 0, length]),
  ticks: [ticks(0, 1, 5), Array.from(cumsum(values))],
  groups: rollups(values, (part) => part.length, (value) => (value % 2 === 0 ? 'even' : 'odd')),
  byDate: [...group([{ at: new Date(0), n: 1 }, { at: new Date(0), n: 2 }], ({ at }) => at).values()].map((part) => part.length),
  interned: new InternMap([[new Date(5), 'a']]).get(new Date(5)) ?? '',
  exact: values.reduce((adder, value) => adder.add(value / 10), new Adder()).valueOf(),
  places: [bisect([1, 2, 3, 5], 3), cross(['ä', 'b'], [1, 2]).length, index(['a', 'b'], (letter) => letter).size],
}));

export const inputs = [{ values: [3, 1, 4, 1, 5, 9, 2, 6, 5, 3.5] }];
