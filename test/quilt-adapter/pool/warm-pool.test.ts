/** The warm pool: what takers get, when items are started, and what remains. */
import { describe, expect, test } from 'vitest';
import { TestItem, openPool, settle } from './pool-subject.ts';

const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('takers', () => {
  test('the first taker waits for a start, and the next finds one ready', async () => {
    await using subject = openPool();
    const { pool, starts } = subject;
    const first = pool.take('a');
    await settle();
    starts[0]?.succeed();
    const item = await first;
    await settle();
    const ready = starts[0]?.succeed();
    await settle();
    expect(await pool.take('a')).toBe(ready);
    expect(ready).not.toBe(item);
    expect(pool.figures()).toMatchObject({ hits: 1, misses: 1, inUse: 2 });
  });

  test('an item is given out once, also to takers of one moment', async () => {
    await using subject = openPool({ automatic: true });
    const taken = await Promise.all(Array.from({ length: 40 }, () => subject.pool.take('a')));
    expect(new Set(taken).size).toBe(40);
  });

  test('kinds are kept apart', async () => {
    await using subject = openPool({ automatic: true });
    subject.pool.expect('a');
    await settle();
    const item = await subject.pool.take('b');
    expect(item.key).toBe('b');
    expect(subject.pool.figures().keys.find(({ key }) => key === 'a')?.ready).toBe(1);
  });

  test('a taker that gives up leaves the queue, and its item goes to the next one', async () => {
    await using subject = openPool({ startingMax: 1 });
    const cancel = new AbortController();
    const first = subject.pool.take('a', cancel.signal);
    const second = subject.pool.take('a');
    await settle();
    cancel.abort();
    await expect(first).rejects.toThrow(code('CANCELLED'));
    const item = subject.starts[0]?.succeed();
    expect(await second).toBe(item);
  });

  test('a signal that was aborted before takes nothing', async () => {
    await using subject = openPool({ automatic: true });
    subject.pool.expect('a');
    await settle();
    await expect(subject.pool.take('a', AbortSignal.abort())).rejects.toThrow(code('CANCELLED'));
    expect(subject.pool.figures()).toMatchObject({ ready: 1, inUse: 0 });
  });

  test('one taker more than may wait is refused', async () => {
    await using subject = openPool({ waitersMax: 2 });
    const waiting = [subject.pool.take('a'), subject.pool.take('b')];
    await expect(subject.pool.take('a')).rejects.toThrow(code('OVERLOADED'));
    await settle();
    for (const start of [...subject.starts]) start.succeed();
    await Promise.all(waiting);
  });

  test('one kind more than may be is refused, until one is idle', async () => {
    await using subject = openPool({ keysMax: 1, idleMs: 1_000, automatic: true });
    const item = await subject.pool.take('a');
    await expect(subject.pool.take('b')).rejects.toThrow(code('OVERLOADED'));
    item.die();
    await settle();
    subject.clock.advance(10_000);
    await settle();
    await expect(subject.pool.take('b')).resolves.toMatchObject({ key: 'b' });
  });
});

describe('more kinds than may be', () => {
  test('take the place of the one that was wanted longest ago and that nobody uses, with what it had ready', async () => {
    await using subject = openPool({ keysMax: 2, automatic: true });
    const { pool, clock } = subject;
    for (const key of ['a', 'b']) {
      const item = await pool.take(key);
      await settle();
      item.die();
      clock.advance(10);
    }
    await settle();
    expect(pool.figures()).toMatchObject({ ready: 2, inUse: 0 });
    await expect(pool.take('c')).resolves.toMatchObject({ key: 'c' });
    await settle();
    expect(pool.figures().keys.map(({ key, ready }) => [key, ready])).toEqual([
      ['b', 1],
      ['c', 1],
    ]);
    expect(pool.figures()).toMatchObject({ ready: 2, inUse: 1, ending: 0 });
  });
});

describe('size', () => {
  test('a burst of takers leaves as many ready for the next one, and the more time passes the fewer', async () => {
    await using subject = openPool({ automatic: true });
    await Promise.all(Array.from({ length: 10 }, () => subject.pool.take('a')));
    await settle();
    const { ready } = subject.pool.figures();
    expect(ready).toBe(10);
    const later: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      subject.clock.advance(30_000);
      await settle();
      later.push(subject.pool.figures().ready);
    }
    expect(later.every((count, index) => count <= (later[index - 1] ?? ready - 1))).toBe(true);
    expect(later.at(-1)).toBe(1);
  });

  test('a kind that nobody wants any more keeps nothing', async () => {
    await using subject = openPool({ automatic: true, idleMs: 1_000 });
    const item = await subject.pool.take('a');
    await item[Symbol.asyncDispose]();
    await settle();
    subject.clock.advance(60_000);
    await settle();
    expect(subject.pool.figures()).toMatchObject({ ready: 0, starting: 0, inUse: 0, ending: 0, keys: [] });
    expect(subject.made.every(({ isDead }) => isDead)).toBe(true);
  });

  test('the budget is never exceeded, and shrinking it ends what is too much', async () => {
    await using subject = openPool({ automatic: true, budgetBytes: 30, bytesOf: () => 10 });
    await Promise.all(Array.from({ length: 8 }, () => subject.pool.take('a')));
    await settle();
    expect(subject.pool.figures()).toMatchObject({ ready: 3, bytes: 30 });
    subject.pool.resize(10);
    await settle();
    expect(subject.pool.figures()).toMatchObject({ ready: 1, bytes: 10 });
    subject.pool.resize(0);
    await settle();
    expect(subject.pool.figures()).toMatchObject({ ready: 0 });
    await expect(subject.pool.take('a')).resolves.toMatchObject({ key: 'a' });
  });

  test('at the maximum of items a taker of another kind gets the place of one that waits', async () => {
    await using subject = openPool({ automatic: true, itemsMax: 2 });
    subject.pool.expect('a');
    subject.pool.expect('b');
    await settle();
    expect(subject.pool.figures()).toMatchObject({ ready: 2 });
    await expect(subject.pool.take('c')).resolves.toMatchObject({ key: 'c' });
    expect(subject.pool.figures().ready).toBeLessThanOrEqual(1);
  });

  test('at the maximum of items in use a taker waits until one has died', async () => {
    await using subject = openPool({ automatic: true, itemsMax: 1 });
    const first = await subject.pool.take('a');
    const second = subject.pool.take('a');
    await settle();
    expect(subject.pool.figures()).toMatchObject({ waiting: 1, inUse: 1, starting: 0 });
    await first[Symbol.asyncDispose]();
    expect(await second).not.toBe(first);
  });

  test('as many start at once as may, takers first', async () => {
    await using subject = openPool({ startingMax: 2 });
    subject.pool.expect('ahead');
    await settle();
    const takers = [subject.pool.take('a'), subject.pool.take('a'), subject.pool.take('a')];
    await settle();
    expect(subject.starts.map(({ key }) => key)).toEqual(['ahead', 'a']);
    subject.starts[0]?.succeed();
    await settle();
    expect(subject.starts.map(({ key }) => key)).toEqual(['a', 'a']);
    while (subject.starts.length > 0) {
      for (const start of [...subject.starts]) start.succeed();
      await settle();
    }
    expect(new Set(await Promise.all(takers)).size).toBe(3);
  });
});

describe('failures', () => {
  test('a failed start fails one taker with its error, is reported, and the next start waits longer each time', async () => {
    await using subject = openPool({ startingMax: 1, backoffMs: 100, backoffMaxMs: 400 });
    const delays: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const taker = subject.pool.take('a');
      await settle();
      if (subject.starts.length === 0) subject.clock.advance(delays.at(-1) ?? 0);
      await settle();
      subject.starts[0]?.fail(new Error(`no ${round}`));
      await expect(taker).rejects.toThrow(`no ${round}`);
      const event = subject.events.at(-1);
      if (event?.kind === 'start-failed') delays.push(event.retryInMs);
    }
    expect(delays).toEqual([100, 200, 400, 400]);
  });

  test('jitter takes up to half of the wait away', async () => {
    await using subject = openPool({ startingMax: 1, backoffMs: 100, random: () => 0 });
    const taker = subject.pool.take('a');
    await settle();
    subject.starts[0]?.fail(new Error('no'));
    await expect(taker).rejects.toThrow('no');
    expect(subject.events).toMatchObject([{ kind: 'start-failed', retryInMs: 50, failures: 1 }]);
  });

  test('a taker whose start fails gets what another one under way brings', async () => {
    await using subject = openPool();
    const taker = subject.pool.take('a');
    await settle();
    expect(subject.starts).toHaveLength(2);
    subject.starts[0]?.fail(new Error('no'));
    await settle();
    const item = subject.starts[0]?.succeed();
    expect(await taker).toBe(item);
  });

  test('takers during the wait get the outcome of one start, not of one each', async () => {
    await using subject = openPool({ startingMax: 1, backoffMs: 100 });
    const first = subject.pool.take('a');
    await settle();
    subject.starts[0]?.fail(new Error('one'));
    await expect(first).rejects.toThrow('one');
    const others = Promise.allSettled([subject.pool.take('a'), subject.pool.take('a')]);
    await settle();
    expect(subject.starts).toHaveLength(0);
    subject.clock.advance(100);
    await settle();
    expect(subject.starts).toHaveLength(1);
    subject.starts[0]?.fail(new Error('two'));
    expect((await others).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a failing kind does not hold back another one', async () => {
    await using subject = openPool({ startingMax: 1 });
    const taker = subject.pool.take('bad');
    await settle();
    subject.starts[0]?.fail(new Error('no'));
    await expect(taker).rejects.toThrow('no');
    const other = subject.pool.take('good');
    await settle();
    subject.starts.find(({ key }) => key === 'good')?.succeed();
    await expect(other).resolves.toMatchObject({ key: 'good' });
  });

  test('a start that throws before it gives a promise has failed like any other', async () => {
    await using subject = openPool({
      start: () => {
        throw new Error('at once');
      },
    });
    await expect(subject.pool.take('a')).rejects.toThrow('at once');
    expect(subject.pool.figures()).toMatchObject({ starting: 0, waiting: 0 });
  });

  test('a start that takes too long is aborted, fails its taker, and what comes late is ended', async () => {
    await using subject = openPool({ startTimeoutMs: 1_000 });
    const taker = subject.pool.take('a');
    await settle();
    const [start] = subject.starts;
    subject.clock.advance(1_000);
    await expect(taker).rejects.toThrow(code('CONTAINER_START_FAILED'));
    expect(start?.signal.aborted).toBe(true);
    const late = start?.succeed();
    await settle();
    expect(late).toMatchObject({ ended: 1, isDead: true });
    expect(subject.pool.figures()).toMatchObject({ ready: 0, ending: 0 });
  });

  test('an item that dies while it waits is replaced and never given out', async () => {
    await using subject = openPool({ automatic: true, backoffMs: 100 });
    subject.pool.expect('a');
    await settle();
    const [first] = subject.made;
    first?.die('gone');
    await settle();
    expect(subject.events).toMatchObject([{ kind: 'died-waiting', key: 'a', cause: 'gone' }]);
    expect(subject.pool.figures().ready).toBe(0);
    subject.clock.advance(100);
    await settle();
    expect(await subject.pool.take('a')).toBe(subject.made[1]);
  });

  test('items that die as soon as they are up do not become a storm of starts', async () => {
    await using subject = openPool({ backoffMs: 100, backoffMaxMs: 1_000 });
    subject.pool.expect('a');
    let starts = 0;
    for (let ms = 0; ms < 10_000; ms += 50) {
      await settle();
      for (const start of [...subject.starts]) {
        starts += 1;
        start.succeed().die();
      }
      subject.clock.advance(50);
    }
    // 100 + 200 + 400 + 800, and then one each second.
    expect(starts).toBeLessThan(16);
    expect(starts).toBeGreaterThan(8);
  });

  test('a clock that goes back does not stop starts', async () => {
    await using subject = openPool({ startingMax: 1, backoffMs: 100, backoffMaxMs: 1_000 });
    const taker = subject.pool.take('a');
    await settle();
    subject.starts[0]?.fail(new Error('no'));
    await expect(taker).rejects.toThrow('no');
    subject.clock.advance(-3_600_000);
    const other = subject.pool.take('a');
    await settle();
    subject.starts[0]?.succeed();
    await expect(other).resolves.toBeInstanceOf(TestItem);
  });
});

describe('closing', () => {
  test('ends what waits, what is starting and what is in use, and refuses takers', async () => {
    const subject = openPool();
    const taker = subject.pool.take('a');
    await settle();
    subject.starts[0]?.succeed();
    const item = await taker;
    const waiting = subject.pool.take('b');
    await settle();
    const refused = waiting.catch((error: unknown) => error);
    const [late] = subject.starts;
    const closing = subject.pool[Symbol.asyncDispose]();
    expect(late?.signal.aborted).toBe(true);
    const born = subject.starts.map((start) => start.succeed());
    for (const start of [...subject.starts]) born.push(start.succeed());
    await closing;
    expect(await refused).toEqual(code('UNAVAILABLE'));
    expect(item.ended).toBe(1);
    expect(born.every(({ ended }) => ended === 1)).toBe(true);
    await expect(subject.pool.take('a')).rejects.toThrow(code('UNAVAILABLE'));
    await subject.pool[Symbol.asyncDispose]();
    expect(item.ended).toBe(1);
  });

  test('waits for an item that takes its time to end', async () => {
    const subject = openPool({ automatic: true });
    subject.pool.expect('a');
    await settle();
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const item of subject.made) item.endsAfter = promise;
    let closed = false;
    const closing = subject.pool[Symbol.asyncDispose]().then(() => (closed = true));
    await settle();
    expect(closed).toBe(false);
    resolve();
    await closing;
    expect(subject.made.every(({ isDead }) => isDead)).toBe(true);
  });

  test('an end that fails is reported and does not keep the pool open', async () => {
    const subject = openPool({ automatic: true });
    subject.pool.expect('a');
    await settle();
    for (const item of subject.made) item.endsAfter = Promise.reject(new Error('stuck'));
    await subject.pool[Symbol.asyncDispose]();
    expect(subject.events).toMatchObject([{ kind: 'end-failed', key: 'a' }]);
  });

  test('draining lets those who took items finish', async () => {
    const subject = openPool({ automatic: true });
    const item = await subject.pool.take('a');
    let drained = false;
    const draining = subject.pool.drain().then(() => (drained = true));
    await settle();
    expect(drained).toBe(false);
    await expect(subject.pool.take('a')).rejects.toThrow(code('UNAVAILABLE'));
    expect(item.ended).toBe(0);
    await item[Symbol.asyncDispose]();
    await draining;
    expect(subject.made.filter((made) => made !== item).every(({ ended }) => ended === 1)).toBe(true);
  });

  test('no timer is left behind', async () => {
    const subject = openPool({ automatic: true });
    await subject.pool.take('a');
    await subject.pool[Symbol.asyncDispose]();
    expect(subject.clock.sleepers).toBe(0);
  });
});
