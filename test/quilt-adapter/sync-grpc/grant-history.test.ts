import { expect, test } from 'vitest';
import { type SeenGrant, contradictions } from './grant-history.ts';

function grant(
  epoch: number,
  [askedMs, answeredMs]: readonly [number, number],
  more: Partial<SeenGrant> = {},
): SeenGrant {
  return {
    id: `g${epoch}`,
    epoch,
    holder: String(epoch),
    tokens: ['kv:a:rw'],
    askedMs,
    answeredMs,
    leaseMs: 1_000,
    ...more,
  };
}

test('a history of grants one after the other has an order', () => {
  const first = grant(1, [0, 1], { releasedMs: 5 });
  expect(contradictions([grant(2, [2, 6]), first])).toEqual([]);
  expect(contradictions([first, grant(2, [2, 5])])).toEqual([]);
});

test('a grant that was answered before the one that excludes it was given back is found', () => {
  const late = grant(2, [2, 4]);
  expect(contradictions([grant(1, [0, 1], { releasedMs: 5 }), late])).toEqual([
    'epoch 2 was answered 1.000 ms before epoch 1, which excludes it, could end',
  ]);
  expect(contradictions([grant(1, [0, 1], { releasedMs: 5, tokens: ['kv:b:rw'] }), late])).toEqual([]);
  expect(contradictions([grant(1, [0, 1], { releasedMs: 5, holder: '2' }), late])).toEqual([]);
});

test('a lease ends a grant, and a renewal puts its end off', () => {
  const next = grant(2, [2, 1_001]);
  expect(contradictions([grant(1, [0, 1]), next])).toEqual([]);
  expect(contradictions([grant(1, [0, 1], { renewedMs: 500 }), next])).toHaveLength(1);
  expect(contradictions([grant(1, [0, 1]), grant(2, [2, 999])])).toHaveLength(1);
});

test('epochs against the order of time, and two of the same, are found', () => {
  const apart = { tokens: ['kv:b:rw'] };
  expect(contradictions([grant(2, [0, 1]), grant(1, [2, 3], apart)])).toEqual([
    'epoch 2 was answered 1.000 ms before an earlier epoch was asked for',
  ]);
  expect(contradictions([grant(1, [0, 3]), grant(1, [0, 3], apart)])).toEqual(['two grants have the epoch 1']);
});
