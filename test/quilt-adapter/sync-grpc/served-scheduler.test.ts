import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import type { CodedError } from '#wit/errors';
import { codeOf, openServed, plainClient, until } from './served-scheduler.ts';

const orders = ['kv:orders:rw'];

test('a second client waits until the first one gives back, and its epoch is greater', async () => {
  await using served = await openServed();
  const [one, two] = [served.connect(), served.connect()];
  const first = await one.acquire({ holder: 'a', tokens: orders });
  expect(await two.tryAcquire({ holder: 'b', tokens: ['kv:orders.pending:r'] })).toBeUndefined();
  const waiting = two.acquire({ holder: 'b', tokens: ['kv:orders.pending:r'] });
  await until(async () => (await one.state()).waits.length === 1);
  expect(await two.reasons('b')).toEqual([expect.stringContaining('kv:orders:rw')]);
  await one.release(first.id);
  const second = await waiting;
  expect(second.epoch).toBeGreaterThan(first.epoch);
  expect(second.remainingMs).toBeGreaterThan(29_000);
  expect(second.remainingMs).toBeLessThanOrEqual(30_000);
  expect(await two.reasons('b')).toEqual([]);
  expect([await two.isCurrent(first), await one.isCurrent(second)]).toEqual([false, true]);
});

test('two that wait for each other: one gets DEADLOCK with both sides of the cycle, the other goes on', async () => {
  await using served = await openServed();
  const [one, two] = [served.connect(), served.connect()];
  await one.acquire({ holder: 'a', label: 'first', path: ['team', 'first'], tokens: ['kv:x:x'] });
  await two.acquire({ holder: 'b', label: 'second', tokens: ['kv:y:x'] });
  const waits = [
    one.acquire({ holder: 'a', label: 'first', path: ['team', 'first'], tokens: ['kv:y:x'] }),
    two.acquire({ holder: 'b', label: 'second', tokens: ['kv:x:x'] }),
  ];
  const lost = await Promise.race(
    waits.map((wait) =>
      wait.then(
        () => undefined,
        (error: unknown) => error,
      ),
    ),
  );
  expect(lost).toMatchObject({
    code: 'DEADLOCK',
    wire: { retryable: true, message: expect.stringContaining('second') },
  });
  const text = JSON.stringify((lost as { wire: { details: unknown } }).wire.details);
  for (const part of ['first', 'second', 'team', 'kv:x:x', 'kv:y:x']) expect(text).toContain(part);
  await two.releaseHolder('b');
  const ends = await Promise.allSettled(waits);
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('a wait ends with its timeout, and says whom it was for', async () => {
  await using served = await openServed();
  const [one, two] = [served.connect(), served.connect()];
  await one.acquire({ holder: 'a', label: 'the one before', tokens: orders });
  const waiting = two.acquire({ holder: 'b', tokens: orders, timeoutMs: 20 });
  await expect(waiting).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', wire: { category: 'Execution' } });
  expect(await one.state()).toMatchObject({ holds: [{ label: 'the one before' }], waits: [] });
});

test('a wait ends with the deadline of its request, with its cancellation, and with its connection', async () => {
  await using served = await openServed();
  const one = served.connect();
  const held = await one.acquire({ holder: 'a', tokens: orders });
  const waitsAre = (count: number) => until(async () => (await one.state()).waits.length === count);

  const plain = plainClient(served.path);
  const message = { clientKey: 'k'.repeat(22), holder: 'b', tokens: orders };
  await expect(plain.ask('Acquire', message, { deadline: Date.now() + 50 })).rejects.toMatchObject({
    code: grpc.status.DEADLINE_EXCEEDED,
  });
  await waitsAre(0);

  const two = served.connect();
  const abort = new AbortController();
  const cancelled = codeOf(two.acquire({ holder: 'b', tokens: orders }, abort.signal));
  await waitsAre(1);
  abort.abort();
  expect(await cancelled).toBe('CANCELLED');
  await waitsAre(0);
  expect(await codeOf(two.acquire({ holder: 'b', tokens: orders }, abort.signal))).toBe('CANCELLED');

  const left = plain.ask('Acquire', message).catch(() => 'left');
  await waitsAre(1);
  plain.cut();
  expect(await left).toBe('left');
  await waitsAre(0);
  expect(await one.isCurrent(held)).toBe(true);
});

test('a client whose connection ends keeps what it has, and goes on over another one by its key', async () => {
  await using served = await openServed();
  const first = served.connect();
  const held = await first.acquire({ holder: 'a', tokens: orders });
  first[Symbol.dispose]();
  expect(await codeOf(first.state())).toBe('CONNECTION_FAILED');
  const other = served.connect();
  await until(async () => (await other.state()).holds.length === 1);
  expect(await other.tryAcquire({ holder: 'b', tokens: orders })).toBeUndefined();
  const again = served.connect(first.key);
  expect(await again.isCurrent(held)).toBe(true);
  expect((await again.renew(held.id, 60_000)).remainingMs).toBeGreaterThan(31_000);
  expect(await again.tryAcquire({ holder: 'c', parent: 'a', tokens: orders })).toBeDefined();
  await again.releaseHolder('c');
  await again.releaseHolder('a');
  expect(await again.isCurrent(held)).toBe(false);
  expect(await other.tryAcquire({ holder: 'b', tokens: orders })).toBeDefined();
});

test('a client cannot act for the holders of another one, nor for a call of the host', async () => {
  await using served = await openServed();
  served.scheduler.tryAcquire({ holder: 'call-1', label: 'b@1.0.0/tool', tokens: served.tokens('kv:host:rw') });
  const [one, two] = [served.connect(), served.connect()];
  const held = await one.acquire({ holder: 'a', tokens: orders });
  await two.releaseHolder('a');
  await two.releaseHolder('call-1');
  for (const parent of ['a', 'call-1'])
    expect(await codeOf(two.tryAcquire({ holder: 'b', parent, tokens: orders }))).toBe('REQUEST_INVALID');
  // As the state shows it, which is no name that a client may give.
  const [shown = ''] = (await two.state()).holds.map(({ holder }) => holder).filter((name) => name.endsWith(':a'));
  expect(shown).toMatch(/^external:[\w-]{16}:a$/);
  await two.releaseHolder(shown);
  expect(await codeOf(two.tryAcquire({ holder: 'b', parent: shown, tokens: orders }))).toBe('REQUEST_INVALID');
  expect(await one.isCurrent(held)).toBe(true);
  expect(served.scheduler.view().holds).toHaveLength(2);
});

test('nothing but the answer to who acquired holds the id of a grant or the key of a client', async () => {
  await using served = await openServed();
  const [one, two] = [served.connect(), served.connect()];
  const events: unknown[] = [];
  const { promise: standing, resolve: started } = Promise.withResolvers<void>();
  const watching = (async () => {
    for await (const event of two.watch(started)) events.push(event);
  })();
  await standing;
  const held = await one.acquire({ holder: 'a', tokens: orders });
  const refusal: unknown = await two
    .acquire({ holder: 'b', tokens: orders, timeoutMs: 20 })
    .catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'DEADLINE_EXCEEDED', wire: { details: { reasons: [expect.any(String)] } } });
  const abort = new AbortController();
  const waiting = codeOf(two.acquire({ holder: 'c', tokens: orders }, abort.signal));
  await until(async () => (await two.state()).waits.length === 1);
  const state = await two.state();
  abort.abort();
  expect(await waiting).toBe('CANCELLED');
  await until(() => events.length >= 2);
  const said = JSON.stringify([state, events, (refusal as CodedError).wire]);
  expect(state.holds).toHaveLength(1);
  expect(state.waits[0]?.waitsFor).toEqual([expect.objectContaining({ held: 'kv:orders:rw', wanted: 'kv:orders:rw' })]);
  for (const secret of [held.id, one.key, two.key]) expect(said).not.toContain(secret);
  await served.server[Symbol.asyncDispose]();
  await watching;
});

test('whoever watches hears of grants, waits, releases and expiries, and of the end of the host', async () => {
  await using served = await openServed();
  const [one, two] = [served.connect(), served.connect()];
  const kinds: string[] = [];
  const { promise: standing, resolve: started } = Promise.withResolvers<void>();
  const watching = (async () => {
    for await (const event of two.watch(started)) kinds.push(...Object.keys(event));
  })();
  await standing;
  const held = await one.acquire({ holder: 'a', tokens: orders });
  const waiting = one.acquire({ holder: 'b', tokens: orders, leaseMs: 1_000 });
  await until(() => kinds.includes('waiting'));
  await one.release(held.id);
  await waiting;
  await until(() => kinds.includes('expired'));
  expect(kinds).toEqual(['granted', 'waiting', 'released', 'granted', 'expired']);
  await served.server[Symbol.asyncDispose]();
  await watching;
});

test('a watcher that leaves ends its subscription', async () => {
  await using served = await openServed();
  const client = served.connect();
  const { promise: standing, resolve: started } = Promise.withResolvers<void>();
  const leaving = (async () => {
    for await (const event of client.watch(started)) return event;
  })();
  await standing;
  expect(served.listeners()).toBe(1);
  await client.acquire({ holder: 'a', tokens: orders });
  expect(await leaving).toMatchObject({ granted: { label: 'a' } });
  await until(() => served.listeners() === 0);
});

test('a writer that slept past its lease is told so, and another one has the tokens', async () => {
  await using served = await openServed();
  const [sleeper, next] = [served.connect(), served.connect()];
  const held = await sleeper.acquire({ holder: 'a', tokens: orders, leaseMs: 1_000 });
  const taken = await next.acquire({ holder: 'b', tokens: orders });
  expect(taken.epoch).toBeGreaterThan(held.epoch);
  expect(await sleeper.isCurrent(held)).toBe(false);
  expect(await codeOf(sleeper.renew(held.id))).toMatch(/^LEASE_EXPIRED$|^NOT_FOUND$/);
  await sleeper.release(held.id);
  expect(await next.isCurrent(taken)).toBe(true);
  // The right grant with the wrong epoch is none.
  expect(await next.isCurrent({ id: taken.id, epoch: held.epoch })).toBe(false);
});

test('a host that stops ends waits with UNAVAILABLE or the connection, twice as once', async () => {
  await using served = await openServed();
  const [one, two] = [served.connect(), served.connect()];
  await one.acquire({ holder: 'a', tokens: orders });
  const waiting = codeOf(two.acquire({ holder: 'b', tokens: orders }));
  await until(async () => (await one.state()).waits.length === 1);
  await Promise.all([served.server[Symbol.asyncDispose](), served.server[Symbol.asyncDispose]()]);
  await served.server[Symbol.asyncDispose]();
  expect(['UNAVAILABLE', 'CONNECTION_FAILED']).toContain(await waiting);
  expect(served.scheduler.view()).toMatchObject({ holds: [{ label: 'a' }], waits: [] });
  expect(await codeOf(one.state())).toBe('CONNECTION_FAILED');
});
