/** The session pool: whose item a call gets, for how long, and never another tenant's. */
import { describe, expect, test } from 'vitest';
import { SessionPool, type SessionPoolOptions } from '../../../quilt-adapter/pool/session-pool.ts';
import { FakeClock } from '../../conformance/fake-clock.ts';
import { TestItem, settle } from './pool-subject.ts';

const code = (name: string): unknown => expect.objectContaining({ code: name });
const alice = { key: 'a', session: 's', tenant: 'alice' };

interface Subject extends AsyncDisposable {
  readonly pool: SessionPool<TestItem>;
  readonly made: TestItem[];
  readonly clock: FakeClock;
}

function open(options: Partial<SessionPoolOptions<TestItem>> = {}): Subject {
  const clock = new FakeClock();
  const made: TestItem[] = [];
  const source = {
    take: async (key: string) => {
      const item = new TestItem(key);
      made.push(item);
      return item;
    },
  };
  const pool = new SessionPool<TestItem>({ source, clock, ...options });
  return { pool, made, clock, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

describe('leases', () => {
  test('calls of a session get the same item, one after the other, in the order in which they came', async () => {
    await using subject = open();
    const order: number[] = [];
    let inside = 0;
    const items = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        using lease = await subject.pool.take(alice);
        inside += 1;
        expect(inside).toBe(1);
        order.push(index);
        await settle();
        inside -= 1;
        return lease.item;
      }),
    );
    expect(new Set(items).size).toBe(1);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(subject.pool.figures()).toMatchObject({ leases: 8, reused: 7, sessions: 1, inUse: 0, waiting: 0 });
  });

  test('the same session of another tenant, another session and another kind get items of their own', async () => {
    await using subject = open();
    const wanted = [
      alice,
      { ...alice, tenant: 'bob' },
      { ...alice, session: 't' },
      { ...alice, key: 'b' },
      // Names that would be one if they were put together carelessly.
      { key: 'a', session: 's"]', tenant: 'alice' },
      { key: 'a', session: '', tenant: 'alices' },
    ];
    for (const key of wanted) (await subject.pool.take(key))[Symbol.dispose]();
    for (const [index, key] of wanted.entries()) {
      using lease = await subject.pool.take(key);
      expect(lease.item).toBe(subject.made[index]);
      expect(lease.reused).toBe(true);
    }
    expect(subject.made).toHaveLength(wanted.length);
  });

  test('a lease that is given back twice does not let two calls in', async () => {
    await using subject = open();
    const first = await subject.pool.take(alice);
    const second = subject.pool.take(alice);
    const third = subject.pool.take(alice);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    const lease = await second;
    await settle();
    expect(subject.pool.figures()).toMatchObject({ inUse: 1, waiting: 1 });
    lease[Symbol.dispose]();
    (await third)[Symbol.dispose]();
  });

  test('an item that was spoiled is ended, and the next call gets a new one', async () => {
    await using subject = open();
    const first = await subject.pool.take(alice);
    const second = subject.pool.take(alice);
    first.spoil();
    first[Symbol.dispose]();
    using lease = await second;
    expect(lease.item).not.toBe(first.item);
    expect(lease.reused).toBe(false);
    await settle();
    expect(first.item.ended).toBe(1);
  });

  test('an item that died while it was idle, or in use, is not given again', async () => {
    await using subject = open();
    const first = await subject.pool.take(alice);
    first[Symbol.dispose]();
    first.item.die();
    await settle();
    const second = await subject.pool.take(alice);
    expect(second.item).toBe(subject.made[1]);
    second.item.die();
    await settle();
    second[Symbol.dispose]();
    using third = await subject.pool.take(alice);
    expect(third.item).toBe(subject.made[2]);
  });

  test('an item serves as many calls as it may', async () => {
    await using subject = open({ usesMax: 2 });
    for (let call = 0; call < 4; call += 1) (await subject.pool.take(alice))[Symbol.dispose]();
    expect(subject.made).toHaveLength(2);
    await settle();
    expect(subject.made.every(({ ended }) => ended === 1)).toBe(true);
  });

  test('a call that gives up while it waits does not take the turn of another', async () => {
    await using subject = open();
    const first = await subject.pool.take(alice);
    const cancel = new AbortController();
    const second = subject.pool.take(alice, cancel.signal);
    const third = subject.pool.take(alice);
    cancel.abort();
    await expect(second).rejects.toThrow(code('CANCELLED'));
    first[Symbol.dispose]();
    using lease = await third;
    expect(lease.item).toBe(first.item);
  });

  test('a source that fails fails one call, and the next one tries again', async () => {
    let failures = 1;
    await using subject = open({
      source: {
        take: async (key) => {
          failures -= 1;
          if (failures >= 0) throw new Error('no');
          return new TestItem(key);
        },
      },
    });
    const [first, second] = await Promise.allSettled([subject.pool.take(alice), subject.pool.take(alice)]);
    expect(first.status).toBe('rejected');
    expect(second.status).toBe('fulfilled');
    expect(subject.pool.figures()).toMatchObject({ sessions: 1, inUse: 1 });
  });
});

describe('ends', () => {
  test('an item that nobody uses for the idle time is ended, one that is used is not', async () => {
    await using subject = open({ idleMs: 1_000 });
    (await subject.pool.take(alice))[Symbol.dispose]();
    const bob = await subject.pool.take({ ...alice, tenant: 'bob' });
    subject.clock.advance(999);
    await settle();
    expect(subject.made[0]?.ended).toBe(0);
    subject.clock.advance(1);
    await settle();
    expect(subject.made[0]?.ended).toBe(1);
    subject.clock.advance(60_000);
    await settle();
    expect(bob.item.ended).toBe(0);
    bob[Symbol.dispose]();
    subject.clock.advance(1_000);
    await settle();
    expect(bob.item.ended).toBe(1);
    expect(subject.pool.figures().sessions).toBe(0);
  });

  test('one session more than may have items ends the one that was idle for longest, and is refused if none is', async () => {
    await using subject = open({ sessionsMax: 2 });
    (await subject.pool.take({ ...alice, session: '1' }))[Symbol.dispose]();
    subject.clock.advance(1);
    const second = await subject.pool.take({ ...alice, session: '2' });
    const third = await subject.pool.take({ ...alice, session: '3' });
    await settle();
    expect(subject.made.map(({ ended }) => ended)).toEqual([1, 0, 0]);
    await expect(subject.pool.take({ ...alice, session: '4' })).rejects.toThrow(code('OVERLOADED'));
    second[Symbol.dispose]();
    third[Symbol.dispose]();
  });

  test('a session that is over gives its items up, those in use when they are given back', async () => {
    await using subject = open();
    const used = await subject.pool.take(alice);
    (await subject.pool.take({ ...alice, key: 'b' }))[Symbol.dispose]();
    (await subject.pool.take({ ...alice, tenant: 'bob' }))[Symbol.dispose]();
    subject.pool.endSession(alice);
    await settle();
    expect(subject.made.map(({ ended }) => ended)).toEqual([0, 1, 0]);
    used[Symbol.dispose]();
    await settle();
    expect(subject.made.map(({ ended }) => ended)).toEqual([1, 1, 0]);
  });

  test('closing ends everything, fails those that wait, and leaves no timer', async () => {
    const subject = open();
    const used = await subject.pool.take(alice);
    const waiting = subject.pool.take(alice).catch((error: unknown) => error);
    (await subject.pool.take({ ...alice, session: 't' }))[Symbol.dispose]();
    await subject.pool[Symbol.asyncDispose]();
    await subject.pool[Symbol.asyncDispose]();
    expect(await waiting).toEqual(code('UNAVAILABLE'));
    used[Symbol.dispose]();
    expect(subject.made.map(({ ended }) => ended)).toEqual([1, 1]);
    expect(subject.clock.sleepers).toBe(0);
    await expect(subject.pool.take(alice)).rejects.toThrow(code('UNAVAILABLE'));
  });

  test('closing while the source brings an item ends that one, too', async () => {
    const { promise, resolve } = Promise.withResolvers<TestItem>();
    const subject = open({ source: { take: () => promise } });
    const taking = subject.pool.take(alice).catch((error: unknown) => error);
    await settle();
    const closing = subject.pool[Symbol.asyncDispose]();
    const item = new TestItem('a');
    resolve(item);
    expect(await taking).toEqual(code('UNAVAILABLE'));
    await closing;
    await settle();
    expect(item.ended).toBe(1);
  });
});
