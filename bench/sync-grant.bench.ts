/** What a grant of tokens costs, alone and among thousands that hold and wait, and what a search for a cycle costs. */
import { type AcquireRequest, type TokenScheduler, createTokenScheduler } from '#quilt-adapter/sync';
import { parseToken } from '#wit/tokens';
import type { Benchmark, BenchmarkGroup, Measured } from './harness.ts';

const holders = 1_000;
const waiters = 10_000;
const cycleDepth = 100;

function ask(holder: string, token: string, more: Partial<AcquireRequest> = {}): AcquireRequest {
  return { holder, label: holder, tokens: [parseToken(token)], ...more };
}

/** A grant and its release; the calls have names of their own, as in a host. */
function grantAndRelease(scheduler: TokenScheduler, token: string, more: Partial<AcquireRequest> = {}): Measured {
  let call = 0;
  const request = ask('call', token, more);
  return {
    run() {
      call += 1;
      const grant = scheduler.tryAcquire({ ...request, holder: `c-${call}` });
      if (grant === undefined) throw new Error('Cannot measure: the token is taken');
      scheduler.release(grant.id);
    },
    dispose: () => scheduler[Symbol.dispose](),
  };
}

/** A thousand hold a scope each, and ten wait for each of these. */
function crowd(): TokenScheduler {
  const scheduler = createTokenScheduler({ limits: { agingMs: 3_600_000 } });
  for (let at = 0; at < holders; at += 1) scheduler.tryAcquire(ask(`h-${at}`, `kv:busy${at}:x`));
  // They end with the scheduler.
  for (let at = 0; at < waiters; at += 1)
    scheduler.acquire(ask(`w-${at}`, `kv:busy${at % holders}:rw`)).catch(() => undefined);
  return scheduler;
}

/** Ninety-nine calls wait for each other in a row; the hundredth, whose token is wanted, waits for a free end: the whole row is searched. */
function searchRow(): Measured {
  const scheduler = createTokenScheduler({ limits: { agingMs: 3_600_000 } });
  scheduler.tryAcquire(ask('end', 'kv:s0:x'));
  for (let at = 1; at <= cycleDepth; at += 1) {
    scheduler.tryAcquire(ask(`row-${at}`, `kv:s${at}:x`));
    if (at < cycleDepth) scheduler.acquire(ask(`row-${at}`, `kv:s${at - 1}:rw`)).catch(() => undefined);
  }
  scheduler.acquire(ask('behind', `kv:s${cycleDepth}:rw`)).catch(() => undefined);
  const request = ask(`row-${cycleDepth}`, `kv:s${cycleDepth - 1}:rw`);
  return {
    run() {
      const abort = new AbortController();
      scheduler.acquire(request, abort.signal).catch(() => undefined);
      abort.abort();
    },
    dispose: () => scheduler[Symbol.dispose](),
  };
}

/** A row that closes: the last one waits for the first, and is refused with the cycle of a hundred. */
function closeCycle(): Measured {
  const scheduler = createTokenScheduler({ limits: { agingMs: 3_600_000 } });
  for (let at = 0; at < cycleDepth; at += 1) scheduler.tryAcquire(ask(`ring-${at}`, `kv:s${at}:x`));
  for (let at = 0; at < cycleDepth - 1; at += 1)
    scheduler.acquire(ask(`ring-${at}`, `kv:s${at + 1}:rw`)).catch(() => undefined);
  const request = ask(`ring-${cycleDepth - 1}`, 'kv:s0:rw');
  return {
    run: () =>
      scheduler.acquire(request).then(
        () => Promise.reject(new Error('Cannot measure: there is no cycle')),
        () => undefined,
      ),
    dispose: () => scheduler[Symbol.dispose](),
  };
}

function benchmark(name: string, bounds: string, setUp: () => Measured, batch = 200): Benchmark {
  return { name, bounds, unit: 'us', batch, perRound: 20, warmUpRounds: 3, setUp };
}

/** Grants and their releases, and waits with their search. */
export const group: BenchmarkGroup = {
  name: 'sync-grant',
  baseline: 'uncontended',
  rounds: 20,
  benchmarks: [
    benchmark('uncontended', 'A grant of one kv token and its release: what every operation pays', () =>
      grantAndRelease(createTokenScheduler(), 'kv:orders.pending:rw'),
    ),
    benchmark('within a call that holds the namespace', 'The operation of a call that holds it exclusively', () => {
      const scheduler = createTokenScheduler();
      scheduler.tryAcquire(ask('call', 'kv:orders:x'));
      return grantAndRelease(scheduler, 'kv:orders.pending:rw', { parent: 'call' });
    }),
    benchmark(
      `beside ${holders} holders and ${waiters} waiters`,
      'The same while others hold and wait for other scopes',
      () => grantAndRelease(crowd(), 'kv:orders.pending:rw'),
    ),
    benchmark(
      `a wait that ends no cycle, ${cycleDepth} deep`,
      'A request that waits behind a row of others, the search through all of it, and its cancellation',
      searchRow,
      20,
    ),
    benchmark(
      `a cycle of ${cycleDepth}`,
      'A request that closes a cycle: the search, and the refusal with all of its edges in words',
      closeCycle,
      5,
    ),
  ],
};
