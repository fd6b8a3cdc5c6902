/** What goes on after a restart. A process that was killed is one whose scheduler is never closed. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseToken } from '#wit/tokens';
import type { AcquireRequest, Quota, SchedulerEvent } from '../../../quilt-adapter/sync/scheduler.ts';
import { type SyncStore, createMemorySyncStore } from '../../../quilt-adapter/sync/store.ts';
import { createTokenScheduler } from '../../../quilt-adapter/sync/token-scheduler.ts';
import { fuzzCases, fuzzSeed } from '../../fuzz.ts';
import { VirtualClock } from './virtual-clock.ts';

const rate = (max: number): Quota => ({
  name: 'llm',
  covers: parseToken('llm:*:*'),
  rule: { kind: 'rate', max, perMs: 1_000 },
});

function ask(holder: string, token: string, more: Partial<AcquireRequest> = {}): AcquireRequest {
  return { holder, label: holder, tokens: [parseToken(token)], ...more };
}

test('leases of the same boot go on, holds without a lease do not, and epochs grow', () => {
  const [store, clock] = [createMemorySyncStore(), new VirtualClock()];
  const before = createTokenScheduler({ store, clock, bootId: 'one' });
  const lease = before.tryAcquire(ask('outside', 'kv:a:x', { leaseMs: 500, path: ['job', 'outside'] }));
  const short = before.tryAcquire(ask('short', 'kv:c:x', { leaseMs: 100 }));
  before.tryAcquire(ask('inside', 'kv:b:x'));
  clock.sleep(200);
  const events: SchedulerEvent[] = [];
  const after = createTokenScheduler({ store, clock, bootId: 'one', onEvent: (event) => events.push(event) });
  expect(after.tryAcquire(ask('next', 'kv:a:r'))).toBeUndefined();
  expect(after.isCurrent(lease?.id ?? '', lease?.epoch ?? 0)).toBe(true);
  expect(after.view().holds).toMatchObject([
    { holder: 'outside', path: ['job', 'outside'], expiresInMs: 300, sinceMs: 200 },
  ]);
  expect(() => after.renew(short?.id ?? '', 100)).toThrow(expect.objectContaining({ code: 'LEASE_EXPIRED' }));
  expect(events).toMatchObject([{ kind: 'expired', holder: 'short' }]);
  expect(after.tryAcquire(ask('free', 'kv:b:x'))?.epoch).toBeGreaterThan(3);
  expect(after.renew(lease?.id ?? '', 1_000).expiresAtMs).toBe(clock.nowMs() + 1_000);
  clock.advance(1_000);
  expect(after.tryAcquire(ask('next', 'kv:a:r'))).toBeDefined();
});

test('another boot drops leases, whatever its clock says, and their holders learn of it', () => {
  const [store, clock] = [createMemorySyncStore(), new VirtualClock()];
  const lease = createTokenScheduler({ store, clock, bootId: 'one' }).tryAcquire(ask('a', 'kv:a:x', { leaseMs: 500 }));
  const after = createTokenScheduler({ store, clock: new VirtualClock(5), bootId: 'two' });
  expect(after.isCurrent(lease?.id ?? '', lease?.epoch ?? 0)).toBe(false);
  expect(() => after.renew(lease?.id ?? '', 100)).toThrow(expect.objectContaining({ code: 'LEASE_EXPIRED' }));
  expect(after.tryAcquire(ask('b', 'kv:a:x'))?.epoch).toBeGreaterThan(lease?.epoch ?? Infinity);
});

test('a grant without a lease costs no write but one for many', () => {
  const store = createMemorySyncStore();
  let writes = 0;
  const counting: SyncStore = {
    ...store,
    reserveEpochs(upTo) {
      writes += 1;
      store.reserveEpochs(upTo);
    },
    putLease() {
      writes += 1;
    },
    deleteLeases() {
      writes += 1;
    },
  };
  const scheduler = createTokenScheduler({ store: counting, clock: new VirtualClock() });
  for (let grant = 0; grant < 1_000; grant += 1) scheduler.release(scheduler.tryAcquire(ask('a', 'kv:a:x'))?.id ?? '');
  expect(writes).toBe(1);
});

test('a store that fails refuses the lease and holds nothing; who waits behind it goes on', async () => {
  const store = createMemorySyncStore();
  const failing: SyncStore = {
    ...store,
    putLease() {
      throw new Error('disk full');
    },
  };
  const scheduler = createTokenScheduler({ store: failing, clock: new VirtualClock() });
  expect(() => scheduler.tryAcquire(ask('a', 'kv:a:x', { leaseMs: 100 }))).toThrow('disk full');
  expect(scheduler.view().totals).toEqual({ holds: 0, waits: 0 });
  scheduler.tryAcquire(ask('b', 'kv:a:x'));
  const leased = scheduler.acquire(ask('c', 'kv:a:x', { leaseMs: 100 }));
  const plain = scheduler.acquire(ask('d', 'kv:a:x'));
  scheduler.releaseHolder('b');
  await expect(leased).rejects.toThrow('disk full');
  expect((await plain).holder).toBe('d');
});

test('restarts at any moment never let a rate burst: no period holds more than its maximum', () => {
  let checked = 0;
  const step = fc.record({ restart: fc.boolean(), passMs: fc.nat(400), asks: fc.nat(12), reboot: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 12 }), (max, steps) => {
      const [store, clock] = [createMemorySyncStore(), new VirtualClock()];
      let boot = 0;
      const open = () => createTokenScheduler({ store, clock, bootId: `${boot}`, quotas: [rate(max)] });
      let scheduler = open();
      const granted: number[] = [];
      for (const { restart, passMs, asks, reboot } of steps) {
        if (restart) {
          if (reboot) boot += 1;
          scheduler = open();
        }
        for (let at = 0; at < asks; at += 1)
          if (scheduler.tryAcquire(ask(`${at}`, 'llm:a:b')) !== undefined) granted.push(clock.nowMs());
        clock.sleep(passMs);
      }
      for (const [at, firstMs] of granted.entries()) {
        const beyond = granted[at + max];
        if (beyond === undefined) continue;
        checked += 1;
        expect(beyond - firstMs).toBeGreaterThanOrEqual(1_000);
      }
    }),
    { seed: fuzzSeed(), numRuns: Math.ceil(fuzzCases() / 20) },
  );
  expect(checked).toBeGreaterThan(0);
});

test('after another boot, whose clock says nothing of the last one, all that was used counts as used just now', () => {
  const [store, clock] = [createMemorySyncStore(), new VirtualClock(50_000)];
  const before = createTokenScheduler({ store, clock, bootId: 'one', quotas: [rate(2)] });
  for (const holder of ['a', 'b']) before.tryAcquire(ask(holder, 'llm:a:b'));
  for (const startMs of [5, 90_000]) {
    const later = new VirtualClock(startMs);
    const after = createTokenScheduler({ store, clock: later, bootId: `boot at ${startMs}`, quotas: [rate(2)] });
    later.sleep(999);
    expect(after.tryAcquire(ask('c', 'llm:a:b'))).toBeUndefined();
  }
});

test('a restart costs at most a sixteenth of a rate beyond what was used', () => {
  const [store, clock] = [createMemorySyncStore(), new VirtualClock()];
  const before = createTokenScheduler({ store, clock, bootId: 'one', quotas: [rate(160)] });
  for (let used = 0; used < 25; used += 1) before.tryAcquire(ask(`${used}`, 'llm:a:b'));
  const after = createTokenScheduler({ store, clock, bootId: 'one', quotas: [rate(160)] });
  expect(after.view().quotas[0]?.used).toBe(30);
});
