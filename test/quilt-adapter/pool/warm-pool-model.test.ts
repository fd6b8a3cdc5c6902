/** Histories of a warm pool against what must hold after each step of any of them. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { planSizes } from '../../../quilt-adapter/pool/plan.ts';
import { fuzzCases, fuzzSeed, fuzzTimeoutMs } from '../../fuzz.ts';
import { type PoolSubject, type TestItem, openPool, settle } from './pool-subject.ts';

type Step =
  | { readonly kind: 'take'; readonly key: string; readonly count: number }
  | { readonly kind: 'cancel' | 'succeed' | 'fail' | 'kill-ready' | 'end-used' | 'kill-used'; readonly pick: number }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'resize'; readonly bytes: number }
  | { readonly kind: 'expect'; readonly key: string };

const key = fc.constantFrom('a', 'b', 'c');
const pick = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('take' as const), key, count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('succeed' as const), pick }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'cancel' as const,
        'fail' as const,
        'kill-ready' as const,
        'end-used' as const,
        'kill-used' as const,
      ),
      pick,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 60, 700, 20_000, 200_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), bytes: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expect' as const), key }) },
);
const bytesOf: Readonly<Record<string, number>> = { a: 1, b: 5, c: 11 };
const limits = {
  itemsMax: 7,
  startingMax: 2,
  backoffMs: 50,
  backoffMaxMs: 400,
  idleMs: 60_000,
  startTimeoutMs: 10_000,
};

interface Taker {
  readonly key: string;
  readonly cancel: AbortController;
  state: 'waiting' | 'served' | 'failed';
}

/** What the test itself knows of a pool. */
class Model {
  readonly takers: Taker[] = [];
  readonly used: TestItem[] = [];
  readonly given = new Set<TestItem>();
  takes = 0;
  /** Takers of a kind in the order in which they were served. */
  readonly served: Taker[] = [];

  take(subject: PoolSubject, key: string): void {
    const taker: Taker = { key, cancel: new AbortController(), state: 'waiting' };
    this.takers.push(taker);
    this.takes += 1;
    subject.pool.take(key, taker.cancel.signal).then(
      (item) => {
        taker.state = 'served';
        this.served.push(taker);
        expect(item.key).toBe(key);
        expect(this.given.has(item)).toBe(false);
        this.given.add(item);
        this.used.push(item);
      },
      () => (taker.state = 'failed'),
    );
  }

  waiting(): Taker[] {
    return this.takers.filter(({ state }) => state === 'waiting');
  }
}

function perform(subject: PoolSubject, model: Model, step: Step): void {
  const one = <Item>(list: readonly Item[], pick: number): Item | undefined => list[pick % Math.max(1, list.length)];
  switch (step.kind) {
    case 'take':
      for (let count = 0; count < step.count; count += 1) model.take(subject, step.key);
      return;
    case 'cancel':
      return one(model.waiting(), step.pick)?.cancel.abort();
    case 'succeed':
      return void one(subject.starts, step.pick)?.succeed();
    case 'fail':
      return one(subject.starts, step.pick)?.fail(new Error('no'));
    case 'kill-ready':
      return one(
        subject.made.filter((item) => !item.isDead && !model.given.has(item)),
        step.pick,
      )?.die();
    case 'kill-used':
    case 'end-used': {
      const item = one(model.used, step.pick);
      if (!item) return;
      model.used.splice(model.used.indexOf(item), 1);
      if (step.kind === 'kill-used') item.die();
      else void item[Symbol.asyncDispose]();
      return;
    }
    case 'advance':
      return subject.clock.advance(step.ms);
    case 'resize':
      return subject.pool.resize(step.bytes);
    case 'expect':
      return subject.pool.expect(step.key);
  }
}

function check(subject: PoolSubject, model: Model): void {
  const figures = subject.pool.figures();
  const { ready, starting, inUse, ending } = figures;
  expect(figures.bytes).toBeLessThanOrEqual(figures.budgetBytes);
  expect(starting).toBeLessThanOrEqual(limits.startingMax);
  expect(ready + starting + inUse + ending).toBeLessThanOrEqual(limits.itemsMax);
  expect(inUse).toBe(model.used.length);
  expect(figures.waiting).toBe(model.waiting().length);
  expect(figures.hits + figures.misses).toBe(model.takes);
  expect(subject.made.filter(({ isDead }) => !isDead)).toHaveLength(ready + inUse);
  for (const shelf of figures.keys) if (shelf.waiting > 0) expect(shelf.ready).toBe(0);
  // Whoever came first of a kind was served first.
  for (const key of Object.keys(bytesOf)) {
    const order = model.served.filter((taker) => taker.key === key).map((taker) => model.takers.indexOf(taker));
    expect(order).toEqual(order.toSorted((left, right) => left - right));
  }
}

/** Lets every start succeed and every user finish, until nobody waits. */
async function finish(subject: PoolSubject, model: Model): Promise<void> {
  for (let round = 0; model.waiting().length > 0; round += 1) {
    expect(round).toBeLessThan(1_000);
    for (const start of [...subject.starts]) start.succeed();
    await settle();
    for (const item of model.used.splice(0)) void item[Symbol.asyncDispose]();
    await settle();
    subject.clock.advance(limits.backoffMaxMs);
    await settle();
  }
}

test(
  'any history keeps the limits, gives each item once and in order, and leaves nobody waiting',
  { timeout: fuzzTimeoutMs },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const subject = openPool({ ...limits, budgetBytes: 20, bytesOf: (key) => bytesOf[key] ?? 0 });
        const model = new Model();
        for (const step of steps) {
          perform(subject, model, step);
          await settle();
          check(subject, model);
        }
        await finish(subject, model);
        check(subject, model);
        await subject[Symbol.asyncDispose]();
        expect(subject.made.every(({ isDead }) => isDead)).toBe(true);
        expect(subject.clock.sleepers).toBe(0);
      }),
      { numRuns: Math.ceil(fuzzCases() / 40), seed: fuzzSeed() },
    );
  },
);

const wish = fc.record({
  key: fc.string({ minLength: 1, maxLength: 3 }),
  target: fc.nat(12),
  bytes: fc.integer({ min: 1, max: 50 }),
  seenAtMs: fc.nat(5),
});

test('a plan stays within the budget and the wishes, and leaves no room that a wish could have', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(wish, { selector: ({ key }) => key, maxLength: 8 }),
      fc.nat(300),
      fc.nat(30),
      (wishes, budgetBytes, itemsMax) => {
        const sizes = planSizes(wishes, { budgetBytes, itemsMax });
        const sizeOf = (key: string): number => sizes.get(key) ?? 0;
        const bytes = wishes.reduce((sum, { key, bytes: each }) => sum + sizeOf(key) * each, 0);
        const items = wishes.reduce((sum, { key }) => sum + sizeOf(key), 0);
        expect(bytes).toBeLessThanOrEqual(budgetBytes);
        expect(items).toBeLessThanOrEqual(itemsMax);
        for (const { key, target, bytes: each } of wishes) {
          expect(sizeOf(key)).toBeLessThanOrEqual(target);
          if (sizeOf(key) < target && items < itemsMax) expect(bytes + each).toBeGreaterThan(budgetBytes);
        }
        // The same wishes in another order are the same plan.
        expect([...planSizes(wishes.toReversed(), { budgetBytes, itemsMax })].toSorted()).toEqual(
          [...sizes].toSorted(),
        );
      },
    ),
    { numRuns: Math.ceil(fuzzCases() / 10), seed: fuzzSeed() },
  );
});
