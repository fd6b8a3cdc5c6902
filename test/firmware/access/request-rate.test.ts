import { expect, test } from 'vitest';
import { RequestRate } from '../../../firmware/access/request-rate.ts';
import { Random } from '../../fuzz.ts';

test('in any second at most burst and rate are taken, and whoever waits as told is taken', () => {
  const random = new Random(3);
  const rate = new RequestRate({ perSecond: 50, burst: 20, clientsMax: 10 });
  const taken: number[] = [];
  for (let nowMs = 0; nowMs < 20_000; nowMs += random.below(15)) {
    const waitMs = rate.take('a', nowMs);
    if (waitMs === 0) taken.push(nowMs);
    else if (random.oneIn(20)) {
      nowMs += waitMs;
      expect(rate.take('a', nowMs)).toBe(0);
      taken.push(nowMs);
    }
  }
  for (const [index, from] of taken.entries()) {
    const within = taken.slice(index).filter((at) => at < from + 1000).length;
    expect(within).toBeLessThanOrEqual(20 + 50);
  }
  expect(taken.length).toBeGreaterThan(900);
});

test('a day of one request at the rate is taken whole, without drift', () => {
  const rate = new RequestRate({ perSecond: 3, burst: 1, clientsMax: 10 });
  let refused = 0;
  for (let index = 0; index < 24 * 3600 * 3; index += 1) refused += rate.take('a', (index * 1000) / 3) === 0 ? 0 : 1;
  expect(refused).toBe(0);
});

test('clients have a maximum: those that rest are forgotten first, and a busy one never before them', () => {
  const rate = new RequestRate({ perSecond: 1, burst: 2, clientsMax: 100 });
  for (let index = 0; index < 100; index += 1) rate.take(`rests-${index}`, 0);
  // Busy until the 101st comes, when the others have their burst back.
  rate.take('rests-0', 2000);
  rate.take('rests-0', 2000);
  expect(rate.take('new', 2000)).toBe(0);
  expect(rate.clients).toBe(2);
  expect(rate.take('rests-0', 2000)).toBeGreaterThan(0);
  for (let index = 0; index < 1000; index += 1) rate.take(`flood-${index}`, 2000);
  expect(rate.clients).toBe(100);
});
