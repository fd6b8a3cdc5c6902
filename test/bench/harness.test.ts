import { expect, test } from 'vitest';
import { type Benchmark, measureGroup, percentile } from '../../bench/harness.ts';

function benchmark(name: string, log: string[], facts: Partial<Benchmark> = {}): Benchmark {
  const measured = {
    before: () => log.push(`before ${name}`),
    run: () => log.push(name),
    dispose: () => log.push(`dispose ${name}`),
  };
  return { name, bounds: '', setUp: () => measured, ...facts };
}

test('the benchmarks of a group take turns, and all are disposed of', async () => {
  const log: string[] = [];
  await measureGroup(
    {
      name: 'g',
      rounds: 2,
      benchmarks: [benchmark('a', log, { warmUpRounds: 0 }), benchmark('b', log, { warmUpRounds: 0 })],
    },
    () => {},
  );
  const round = ['before a', 'a', 'before b', 'b'];
  expect(log).toEqual([...round, ...round, 'dispose a', 'dispose b']);
});

test('a benchmark that fails disposes of all that were set up', async () => {
  const log: string[] = [];
  const fails = { name: 'b', bounds: '', setUp: () => Promise.reject(new Error('no set-up')) };
  await expect(
    measureGroup({ name: 'g', rounds: 1, benchmarks: [benchmark('a', log), fails] }, () => {}),
  ).rejects.toThrow('no set-up');
  expect(log).toEqual(['dispose a']);
});

test('warm-up rounds leave no samples, and a number that run returns is the sample', async () => {
  let value = 0;
  const counting: Benchmark = {
    name: 'c',
    bounds: '',
    unit: 'KiB',
    warmUpRounds: 2,
    perRound: 2,
    setUp: () => ({ run: () => (value += 1) }),
  };
  const [samples] = await measureGroup({ name: 'g', rounds: 3, benchmarks: [counting] }, () => {});
  expect(samples?.values).toEqual([5, 6, 7, 8, 9, 10]);
});

test('a percentile is the value of the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 95, 99, 100]);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});
