/** Named cases of the scheduler. */
import { expect, test } from 'vitest';
import { parseToken } from '#wit/tokens';
import type { AcquireRequest, Quota } from '../../../quilt-adapter/sync/scheduler.ts';
import { createTokenScheduler } from '../../../quilt-adapter/sync/token-scheduler.ts';
import { ask, open, refused, ticks } from './open-scheduler.ts';

test('a request takes all of its tokens or none', async () => {
  const { scheduler, wait } = open();
  scheduler.tryAcquire(ask('a', ['kv:one:x']));
  expect(scheduler.tryAcquire(ask('b', ['kv:two:x', 'kv:one:rw']))).toBeUndefined();
  expect(scheduler.tryAcquire(ask('c', ['kv:two:x']))?.epoch).toBe(2);
  const both = wait(ask('d', ['kv:one:r', 'kv:two:r']));
  scheduler.releaseHolder('a');
  expect(scheduler.view().waits.map(({ holder }) => holder)).toEqual(['d']);
  scheduler.releaseHolder('c');
  expect((await both).tokens).toHaveLength(2);
});

test('the same priority is served in the order of arrival, a higher one first, and nobody slips by', async () => {
  const { scheduler, order, wait } = open();
  const first = scheduler.tryAcquire(ask('holder', ['kv:orders:r']));
  for (const name of ['w1', 'w2']) void wait(ask(name, ['kv:orders.pending:rw']));
  void wait(ask('urgent', ['kv:orders:x'], { priority: 9 }));
  expect(scheduler.tryAcquire(ask('reader', ['kv:orders.pending:r'])), 'a reader behind writers').toBeUndefined();
  scheduler.release(first?.id ?? '');
  for (const name of ['urgent', 'w1', 'w2']) {
    await ticks();
    expect(order.at(-1)).toBe(name);
    scheduler.releaseHolder(name);
  }
});

test('after agingMs nothing that came later goes first: not one of a hundred requests of the highest priority', async () => {
  const { scheduler, order, wait, clock } = open({ limits: { agingMs: 1_000 } });
  scheduler.tryAcquire(ask('u0', ['kv:a:x']));
  void wait(ask('patient', ['kv:a:x'], { priority: 0 }));
  for (let round = 1; round <= 100 && !order.includes('patient'); round += 1) {
    void wait(ask(`u${round}`, ['kv:a:x'], { priority: 9 }));
    clock.advance(90);
    scheduler.releaseHolder(`u${round - 1}`);
    await ticks();
  }
  // 11 rounds of 90 ms are within the second; the next release is the patient one's.
  expect(order.filter((holder) => holder.startsWith('u'))).toHaveLength(11);
  expect(order.at(-1)).toBe('patient');
});

test('a nested call counts what its callers hold as its own; its sibling does not', async () => {
  const { scheduler, wait } = open();
  scheduler.tryAcquire(ask('outer', ['kv:a:x']));
  expect(scheduler.tryAcquire(ask('inner', ['kv:a.b:rw'], { parent: 'outer' }))).toBeDefined();
  expect(scheduler.tryAcquire(ask('leaf', ['kv:a.b.c:x'], { parent: 'inner' }))).toBeDefined();
  expect(scheduler.tryAcquire(ask('sibling', ['kv:a.b:r'], { parent: 'outer' }))).toBeUndefined();
  expect(scheduler.tryAcquire(ask('stranger', ['kv:a.z:r']))).toBeUndefined();
  const sibling = wait(ask('sibling', ['kv:a.b:r'], { parent: 'outer' }));
  scheduler.releaseHolder('inner');
  expect(scheduler.reasons('sibling')[0]).toContain('held as kv:a.b.c:x by shop/leaf');
  scheduler.releaseHolder('leaf');
  expect((await sibling).holder).toBe('sibling');
});

test('a parent that is not there is refused, since nobody would see that the two wait for each other', () => {
  const { scheduler } = open();
  expect(() => scheduler.tryAcquire(ask('inner', [], { parent: 'outer' }))).toThrow(
    expect.objectContaining({ code: 'REQUEST_INVALID' }),
  );
  scheduler.tryAcquire(ask('outer', []));
  expect(scheduler.tryAcquire(ask('inner', [], { parent: 'outer' }))).toBeDefined();
  scheduler.releaseHolder('outer');
  scheduler.tryAcquire(ask('leaf', ['kv:a:r'], { parent: 'inner' }));
  expect(scheduler.view().holds.at(-1)?.path).toEqual(['shop/outer', 'shop/inner', 'shop/leaf']);
});

test('whoever ages goes at once where only the order was in its way', async () => {
  const { scheduler, order, wait, clock } = open({ limits: { agingMs: 1_000 } });
  scheduler.tryAcquire(ask('long', ['kv:b:x']));
  scheduler.tryAcquire(ask('short', ['kv:a:x']));
  void wait(ask('patient', ['kv:a:rw'], { priority: 0 }));
  void wait(ask('urgent', ['kv:a:rw', 'kv:b:rw'], { priority: 9 }));
  scheduler.releaseHolder('short');
  clock.advance(999);
  await ticks();
  expect(order).toEqual([]);
  clock.advance(1);
  await ticks();
  expect(order).toEqual(['patient']);
});

test('a lease that ended cannot be renewed, and its epoch is not current', () => {
  const { scheduler, clock, events } = open();
  const grant = scheduler.tryAcquire(ask('worker', ['kv:a:x'], { leaseMs: 100 }));
  const id = grant?.id ?? '';
  clock.sleep(60);
  expect(scheduler.renew(id, 100).expiresAtMs).toBe(clock.nowMs() + 100);
  expect(scheduler.renew(id, 10).expiresAtMs, 'never shorter').toBe(clock.nowMs() + 100);
  clock.sleep(99.5);
  expect(scheduler.isCurrent(id, 1)).toBe(true);
  clock.sleep(0.5);
  expect(scheduler.isCurrent(id, 1)).toBe(false);
  expect(() => scheduler.renew(id, 100)).toThrow(expect.objectContaining({ code: 'LEASE_EXPIRED' }));
  expect(() => scheduler.renew('g99', 100)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  const next = scheduler.tryAcquire(ask('next', ['kv:a:x']));
  expect(next?.epoch).toBe(2);
  expect(() => scheduler.renew(next?.id ?? '', 100)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  expect(events).toContainEqual({ kind: 'expired', holder: 'worker', label: 'shop/worker', tokens: ['kv:a:x'] });
});

test('a rate never lets more through in any period than it says, and says when the next one may', async () => {
  const llm: Quota = {
    name: 'llm:openai:*',
    covers: parseToken('llm:openai:*'),
    rule: { kind: 'rate', max: 2, perMs: 60_000 },
  };
  const { scheduler, clock, order, wait } = open({ quotas: [llm], limits: { agingMs: 1e6 } });
  const request = (name: string): AcquireRequest => ask(name, ['llm:openai:m', 'llm:openai:n']);
  scheduler.tryAcquire(request('r1'));
  clock.advance(50_000);
  scheduler.tryAcquire(request('r2'));
  for (const name of ['r3', 'r4']) void wait(request(name));
  expect(scheduler.reasons('r3')).toEqual([
    'the quota llm:openai:* allows 2 requests in 60 s; the next is free in 10 s',
  ]);
  expect(scheduler.tryAcquire(ask('else', ['llm:other:m']))).toBeDefined();
  clock.advance(9_999);
  await ticks();
  expect(order).toEqual([]);
  clock.advance(1);
  await ticks();
  expect(order).toEqual(['r3']);
  clock.advance(50_000);
  await ticks();
  expect(order).toEqual(['r3', 'r4']);
});

test('a capacity is taken in amounts, and what nobody can ever have is refused', async () => {
  const room: Quota = { name: 'room', covers: parseToken('net:*:*'), rule: { kind: 'capacity', max: 10 } };
  const { scheduler, wait } = open({ quotas: [room] });
  scheduler.tryAcquire(ask('a', ['net:h:1'], { amount: 7 }));
  void wait(ask('b', ['net:h:1'], { amount: 4 }));
  expect(scheduler.reasons('b')).toEqual(['the quota room has 3 of 10 free, 4 are wanted; shop/a (a) has it']);
  expect(scheduler.tryAcquire(ask('c', ['net:h:1'], { amount: 1 })), 'small ones do not slip by').toBeUndefined();
  expect(() => scheduler.tryAcquire(ask('d', ['net:h:1'], { amount: 11 }))).toThrow(
    expect.objectContaining({ code: 'REQUEST_INVALID' }),
  );
});

test('reasons say who holds, since when, by which path, and how many are before', () => {
  const { scheduler, clock, wait } = open();
  scheduler.tryAcquire(
    ask('c-12', ['kv:orders:x'], { label: 'billing@1.0.0/close', path: ['day', 'billing@1.0.0/close'] }),
  );
  clock.advance(3_200);
  for (const priority of [9, 9, 5])
    void wait(ask(`w${clock.nowMs()}`, ['kv:orders:rw'], { priority })).catch(() => undefined);
  void wait(ask('late', ['kv:orders:x'])).catch(() => undefined);
  expect(scheduler.reasons('late')).toEqual([
    'waits for kv:orders:x, held by billing@1.0.0/close (c-12, by way of day → billing@1.0.0/close) since 3.2 s',
    'waits behind 2 requests of higher priority for kv:orders:x, the first of shop/w4200 (w4200)',
    'waits behind 1 request that came earlier for kv:orders:x, that of shop/w4200 (w4200)',
  ]);
  expect(scheduler.view().waits.at(-1)).toMatchObject({ holder: 'late', position: 3, waitsFor: [{ holder: 'c-12' }] });
  expect(scheduler.reasons('c-12')).toEqual([]);
});

test('waits end by their timeout, by their signal, and with their holder; those behind move up', async () => {
  const { scheduler, clock, wait } = open();
  const blocker = scheduler.tryAcquire(ask('a', ['kv:a:r']));
  const late = refused(wait(ask('late', ['kv:a:rw'], { timeoutMs: 50 })));
  const abort = new AbortController();
  const cancelled = refused(scheduler.acquire(ask('cancelled', ['kv:a:rw']), abort.signal));
  const released = refused(wait(ask('released', ['kv:a:rw'])));
  const reader = wait(ask('reader', ['kv:a:r']));
  expect((await refused(scheduler.acquire(ask('now', ['kv:a:rw'], { timeoutMs: 0 })))).code).toBe('DEADLINE_EXCEEDED');
  clock.advance(50);
  expect((await late).message).toContain('50 ms have passed; it waits for kv:a:rw, held as kv:a:r by shop/a (a)');
  abort.abort();
  expect((await cancelled).code).toBe('CANCELLED');
  scheduler.releaseHolder('released');
  expect((await released).code).toBe('CANCELLED');
  expect((await reader).holder).toBe('reader');
  expect(blocker).toBeDefined();
});

test('every maximum holds: at it, and one past it', async () => {
  const { scheduler, wait } = open({
    limits: { holders: 4, waiters: 2, waitersPerScope: 1, tokens: 2, depth: 2, grants: 5 },
  });
  const over = (request: AcquireRequest, code: string): void =>
    expect(() => scheduler.tryAcquire(request)).toThrow(expect.objectContaining({ code }));
  over(ask('a', ['kv:a:r', 'kv:b:r', 'kv:c:r']), 'REQUEST_INVALID');
  scheduler.tryAcquire(ask('a', ['kv:a:x', 'kv:b:x']));
  scheduler.tryAcquire(ask('a1', [], { parent: 'a' }));
  over(ask('a2', [], { parent: 'a1' }), 'CALL_DEPTH_EXCEEDED');
  void wait(ask('w1', ['kv:a:rw'])).catch(() => undefined);
  expect((await refused(wait(ask('w2', ['kv:a:rw'])))).code).toBe('OVERLOADED');
  void wait(ask('w1', ['kv:b:rw'])).catch(() => undefined);
  expect((await refused(wait(ask('w1', ['kv:a:r'])))).code).toBe('OVERLOADED');
  scheduler.tryAcquire(ask('b', []));
  over(ask('c', []), 'OVERLOADED');
  for (let more = 0; more < 2; more += 1) scheduler.tryAcquire(ask('b', []));
  over(ask('b', []), 'OVERLOADED');
});

test('a quota that makes no sense is refused by name', () => {
  const quota = (rule: Quota['rule']): Quota => ({ name: 'q', covers: parseToken('llm:*:*'), rule });
  for (const quotas of [
    [quota({ kind: 'concurrency', max: 0 })],
    [quota({ kind: 'rate', max: 1, perMs: 0 })],
    [quota({ kind: 'capacity', max: 1 }), quota({ kind: 'capacity', max: 2 })],
  ])
    expect(() => createTokenScheduler({ quotas })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

test('a closed scheduler ends its waits, keeps its leases in the store, and takes no more requests', async () => {
  const { scheduler, wait, store, clock } = open();
  scheduler.tryAcquire(ask('worker', ['kv:a:x'], { leaseMs: 100 }));
  const waiting = refused(wait(ask('b', ['kv:a:x'])));
  scheduler[Symbol.dispose]();
  scheduler[Symbol.dispose]();
  expect((await waiting).code).toBe('CANCELLED');
  expect(() => scheduler.tryAcquire(ask('c', []))).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  expect(store.load().leases).toHaveLength(1);
  expect(clock.alarms).toBe(0);
});

test('ten thousand waiters in one queue are served in order', async () => {
  const { scheduler, order, wait } = open();
  scheduler.tryAcquire(ask('holder', ['kv:hot:x']));
  for (let at = 0; at < 10_000; at += 1)
    void wait(ask(`w${at}`, ['kv:hot:rw'])).then(({ id }) => scheduler.release(id));
  scheduler.releaseHolder('holder');
  for (let round = 0; round < 100_000 && order.length < 10_000; round += 1) await undefined;
  expect(order).toEqual(Array.from({ length: 10_000 }, (_, at) => `w${at}`));
  expect(scheduler.view().totals).toEqual({ holds: 0, waits: 0 });
});
