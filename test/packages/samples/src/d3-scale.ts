import { tool } from '@aria/sdk';
import { scaleBand, scaleLinear, scaleLog, scaleOrdinal, scaleQuantile, scaleSqrt, scaleThreshold, scaleUtc } from 'd3-scale';

export const d3Scale = tool({ description: 'Linear, logarithmic, band and time scales with ticks, formats and colours' }, ({ values }: { values: number[] }) => {
  const linear = scaleLinear([0, 100], ['#ff0000', 'steelblue']);
  const time = scaleUtc([new Date('2026-01-30T00:00:00Z'), new Date('2026-04-02T00:00:00Z')], [0, 960]);
  const band = scaleBand(['ä', 'b', 'c'], [0, 120]).padding(0.1);
  return {
    colors: values.map((value) => linear(value)),
    ticks: scaleLinear([0, 1.23]).nice().ticks(5).map(scaleLinear([0, 1.23]).tickFormat(5, '+%')),
    log: scaleLog([1, 1000], [0, 3])(50).toFixed(9),
    root: scaleSqrt([0, 100], [0, 10]).invert(3),
    time: time.ticks(4).map((at) => `${time.tickFormat()(at)} ${time(at).toFixed(3)}`),
    bands: ['ä', 'b', 'c', 'd'].map((letter) => band(letter)?.toFixed(6) ?? 'none'),
    quantiles: scaleQuantile(values, ['low', 'middle', 'high']).quantiles(),
    others: [scaleThreshold<number, string>([0, 1], ['a', 'b', 'c'])(0.5), scaleOrdinal(['x', 'y'], ['1', '2'])('z')],
  };
});

export const inputs = [{ values: [0, 25, 50, 99, 150] }];
