/**
 * Items that are ready before anybody asks: a call takes one at once instead of waiting for its start. Knows kinds and never tenants, and
 * gives each item out once.
 *
 * - Takers of a kind are served in the order in which they came.
 * - What waits ready never has more bytes than the budget; all that is there, in use and ending included, is at most `itemsMax`.
 * - At most `startingMax` start at once; takers' starts come before those ahead of demand.
 * - After a failure the kind waits, with jitter, before its next start; takers for whom no start is under way then fail with it.
 */
import { Alarm } from './alarm.ts';
import { Demand } from './demand.ts';
import { poolClosed, startTimedOut, takeCancelled, tooManyKinds, tooManyWaiters } from './errors.ts';
import { type WarmPoolLimits, warmPoolDefaults } from './limits.ts';
import { planSizes } from './plan.ts';
import type { PoolFigures, PoolItem, WarmPool, WarmPoolOptions } from './ports.ts';
import { Shelf, type Waiter } from './shelf.ts';
import { startWithin } from './start-within.ts';

/** Makes a pool. Leaving its scope ends all items, those in use included. */
export function createWarmPool<Item extends PoolItem>(options: WarmPoolOptions<Item>): WarmPool<Item> {
  return new Pool({ ...warmPoolDefaults, ...options });
}

class Pool<Item extends PoolItem> implements WarmPool<Item> {
  readonly #options: WarmPoolOptions<Item> & Required<WarmPoolLimits>;
  readonly #shelves = new Map<string, Shelf<Item>>();
  readonly #inUse = new Map<Item, Shelf<Item>>();
  /** Items that are being ended. */
  readonly #ending = new Set<Item>();
  /** What closing waits for. */
  readonly #tasks = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #alarm: Alarm;
  #budgetBytes: number;
  #orders = 0;
  #starting = 0;
  #waiting = 0;
  #hits = 0;
  #misses = 0;
  #onEmpty: (() => void)[] = [];
  #closed: Promise<void> | undefined;

  constructor(options: WarmPoolOptions<Item> & Required<WarmPoolLimits>) {
    this.#options = options;
    this.#budgetBytes = options.budgetBytes;
    this.#alarm = new Alarm(options.clock, () => this.#balance());
  }

  async take(key: string, signal?: AbortSignal): Promise<Item> {
    if (this.#closing.signal.aborted) throw poolClosed();
    if (signal?.aborted) throw takeCancelled(signal);
    const shelf = this.#shelf(key);
    const item = shelf.ready.shift();
    if (item) {
      this.#hits += 1;
      shelf.hits += 1;
      shelf.demand.take(this.#options.clock.nowMs());
      this.#give(shelf, item);
      // What starts meanwhile would take the machine from the call that has just begun; whoever has to wait starts one at once.
      this.#alarm.setBy(this.#options.clock.nowMs() + this.#options.refillDelayMs);
      return item;
    }
    if (this.#waiting >= this.#options.waitersMax) throw tooManyWaiters(this.#options.waitersMax);
    this.#misses += 1;
    shelf.misses += 1;
    shelf.demand.take(this.#options.clock.nowMs());
    return this.#wait(shelf, signal);
  }

  expect(key: string): void {
    if (this.#closing.signal.aborted) throw poolClosed();
    this.#shelf(key).demand.expect(this.#options.clock.nowMs());
    this.#balance();
  }

  resize(budgetBytes: number): void {
    this.#budgetBytes = budgetBytes;
    this.#balance();
  }

  figures(): PoolFigures {
    const nowMs = this.#options.clock.nowMs();
    const shelves = [...this.#shelves.values()];
    return {
      budgetBytes: this.#budgetBytes,
      bytes: shelves.reduce((sum, { ready, bytes }) => sum + ready.length * bytes, 0),
      ready: shelves.reduce((sum, { ready }) => sum + ready.length, 0),
      starting: this.#starting,
      inUse: this.#inUse.size,
      ending: this.#ending.size,
      waiting: this.#waiting,
      hits: this.#hits,
      misses: this.#misses,
      keys: shelves.map((shelf) => shelf.figures(nowMs)),
    };
  }

  async drain(): Promise<void> {
    this.#close();
    await this.#settled();
    if (this.#inUse.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    await this.#settled();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#endAll());
  }

  async #endAll(): Promise<void> {
    this.#close();
    for (const [item, shelf] of this.#inUse) this.#retire(shelf, item);
    await this.#settled();
  }

  async #settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.allSettled(this.#tasks);
  }

  #close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(poolClosed());
    this.#alarm[Symbol.dispose]();
    for (const shelf of this.#shelves.values()) {
      for (const waiter of shelf.waiters.splice(0)) waiter.fail(poolClosed());
      for (const item of shelf.ready.splice(0)) this.#retire(shelf, item);
    }
    this.#waiting = 0;
  }

  #shelf(key: string): Shelf<Item> {
    const known = this.#shelves.get(key);
    if (known) return known;
    const nowMs = this.#options.clock.nowMs();
    if (this.#shelves.size >= this.#options.keysMax) this.#forgetUnused(nowMs);
    if (this.#shelves.size >= this.#options.keysMax) this.#forgetOldest(nowMs);
    if (this.#shelves.size >= this.#options.keysMax) throw tooManyKinds(this.#options.keysMax);
    const shelf = new Shelf<Item>(key, this.#options.bytesOf(key), new Demand(nowMs, this.#options.idleMs));
    this.#shelves.set(key, shelf);
    return shelf;
  }

  #forgetUnused(nowMs: number): void {
    for (const [key, shelf] of this.#shelves) if (shelf.isUnused(nowMs)) this.#shelves.delete(key);
  }

  /** Makes room for a kind that is wanted now: the one that was wanted longest ago goes, with what it has ready, unless somebody uses it. */
  #forgetOldest(nowMs: number): void {
    let oldest: Shelf<Item> | undefined;
    for (const shelf of this.#shelves.values())
      if (shelf.isFree(nowMs) && (!oldest || shelf.demand.seenAtMs < oldest.demand.seenAtMs)) oldest = shelf;
    if (!oldest) return;
    this.#shelves.delete(oldest.key);
    for (const item of oldest.ready.splice(0)) this.#retire(oldest, item);
  }

  #wait(shelf: Shelf<Item>, signal: AbortSignal | undefined): Promise<Item> {
    const { promise, resolve, reject } = Promise.withResolvers<Item>();
    const cancel = (): void => {
      const place = shelf.waiters.indexOf(waiter);
      if (place === -1 || !signal) return;
      shelf.waiters.splice(place, 1);
      this.#waiting -= 1;
      reject(takeCancelled(signal));
      this.#balance();
    };
    const waiter: Waiter<Item> = {
      order: (this.#orders += 1),
      give(item) {
        signal?.removeEventListener('abort', cancel);
        resolve(item);
      },
      fail(error) {
        signal?.removeEventListener('abort', cancel);
        reject(error);
      },
    };
    signal?.addEventListener('abort', cancel);
    shelf.waiters.push(waiter);
    this.#waiting += 1;
    this.#balance();
    return promise;
  }

  /** Counts an item as somebody's; it is their own from now on. */
  #give(shelf: Shelf<Item>, item: Item): void {
    shelf.failures = 0;
    shelf.retryAtMs = 0;
    shelf.inUse += 1;
    this.#inUse.set(item, shelf);
  }

  #total(): number {
    let ready = 0;
    for (const shelf of this.#shelves.values()) ready += shelf.ready.length;
    return ready + this.#starting + this.#inUse.size + this.#ending.size;
  }

  /** Brings what is there towards what should be: after every change, and at the alarm. */
  #balance(): void {
    if (this.#closing.signal.aborted) return;
    const nowMs = this.#options.clock.nowMs();
    const sizes = this.#sizes(nowMs);
    for (const shelf of this.#shelves.values()) {
      const tooMany = shelf.ready.length - (sizes.get(shelf.key) ?? 0);
      if (tooMany > 0) for (const item of shelf.ready.splice(0, tooMany)) this.#retire(shelf, item);
    }
    this.#startForTakers(nowMs);
    this.#startAhead(nowMs, sizes);
    this.#setAlarm(nowMs);
  }

  #sizes(nowMs: number): ReadonlyMap<string, number> {
    const wishes = [...this.#shelves.values()].map(({ key, bytes, demand }) => ({
      key,
      bytes,
      target: demand.target(nowMs),
      seenAtMs: demand.seenAtMs,
    }));
    return planSizes(wishes, { budgetBytes: this.#budgetBytes, itemsMax: this.#options.itemsMax });
  }

  #startForTakers(nowMs: number): void {
    while (this.#starting < this.#options.startingMax) {
      let next: { readonly shelf: Shelf<Item>; readonly order: number } | undefined;
      for (const shelf of this.#shelves.values()) {
        // As many takers as there are starts have theirs.
        const order = this.#mayStart(shelf, nowMs) ? shelf.waiters[shelf.starting]?.order : undefined;
        if (order !== undefined && (!next || order < next.order)) next = { shelf, order };
      }
      if (!next) return;
      if (this.#total() >= this.#options.itemsMax) {
        // What ends makes room, and balances again.
        if (this.#ending.size === 0) this.#evict();
        return;
      }
      this.#start(next.shelf, nowMs);
    }
  }

  /** Ends one that waits for nobody, of the kind that has the most. */
  #evict(): void {
    let most: Shelf<Item> | undefined;
    for (const shelf of this.#shelves.values()) if (shelf.ready.length > (most?.ready.length ?? 0)) most = shelf;
    const item = most?.ready.shift();
    if (most && item) this.#retire(most, item);
  }

  #startAhead(nowMs: number, sizes: ReadonlyMap<string, number>): void {
    if (this.#waiting > 0 && this.#total() >= this.#options.itemsMax) return;
    for (const [key, size] of sizes) {
      const shelf = this.#shelves.get(key);
      if (!shelf || !this.#mayStart(shelf, nowMs)) continue;
      const ahead = (): number => shelf.ready.length + Math.max(0, shelf.starting - shelf.waiters.length);
      while (ahead() < size && this.#starting < this.#options.startingMax && this.#total() < this.#options.itemsMax)
        this.#start(shelf, nowMs);
    }
  }

  /** A time too far away was set before the clock went back. */
  #mayStart({ retryAtMs }: Shelf<Item>, nowMs: number): boolean {
    return retryAtMs <= nowMs || retryAtMs > nowMs + this.#options.backoffMaxMs;
  }

  #start(shelf: Shelf<Item>, nowMs: number): void {
    shelf.starting += 1;
    this.#starting += 1;
    this.#track(
      this.#started(shelf).then(
        (item) => this.#arrived(shelf, item, nowMs),
        (error: unknown) => this.#startFailed(shelf, error),
      ),
    );
  }

  async #started(shelf: Shelf<Item>): Promise<Item> {
    const { clock, startTimeoutMs: timeoutMs } = this.#options;
    return startWithin((signal) => this.#options.start(shelf.key, signal), {
      timeoutMs,
      clock,
      signal: this.#closing.signal,
      timedOut: () => startTimedOut(shelf.key, timeoutMs),
      onLate: (item) => this.#retire(shelf, item),
    });
  }

  #arrived(shelf: Shelf<Item>, item: Item, begunAtMs: number): void {
    shelf.starting -= 1;
    this.#starting -= 1;
    shelf.demand.started(Math.max(0, this.#options.clock.nowMs() - begunAtMs));
    if (this.#closing.signal.aborted) return this.#retire(shelf, item);
    void item.died.then(
      (cause) => this.#died(shelf, item, cause),
      (error: unknown) => this.#died(shelf, item, error),
    );
    const waiter = shelf.waiters.shift();
    if (waiter) {
      this.#waiting -= 1;
      this.#give(shelf, item);
      waiter.give(item);
    } else shelf.ready.push(item);
    this.#balance();
  }

  #startFailed(shelf: Shelf<Item>, error: unknown): void {
    shelf.starting -= 1;
    this.#starting -= 1;
    if (this.#closing.signal.aborted) return;
    shelf.startsFailed += 1;
    const retryInMs = this.#backOff(shelf);
    // Whoever has no start of its own under way would wait for the next one, which is likely to fail as well.
    for (const waiter of shelf.waiters.splice(shelf.starting)) {
      this.#waiting -= 1;
      waiter.fail(error);
    }
    this.#options.onEvent?.({ kind: 'start-failed', key: shelf.key, error, failures: shelf.failures, retryInMs });
    this.#balance();
  }

  /** Milliseconds until the next start of this kind. */
  #backOff(shelf: Shelf<Item>): number {
    const { backoffMs, backoffMaxMs, clock } = this.#options;
    const fullMs = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(shelf.failures, 30));
    shelf.failures += 1;
    const ms = Math.ceil(fullMs * (0.5 + this.#options.random() / 2));
    shelf.retryAtMs = clock.nowMs() + ms;
    return ms;
  }

  #died(shelf: Shelf<Item>, item: Item, cause: unknown): void {
    this.#ending.delete(item);
    if (this.#inUse.delete(item)) {
      shelf.inUse -= 1;
      if (this.#inUse.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
    }
    const place = shelf.ready.indexOf(item);
    if (place !== -1) {
      shelf.ready.splice(place, 1);
      shelf.diedWaiting += 1;
      // Items that die as soon as they are up would be a storm of starts, too.
      this.#options.onEvent?.({ kind: 'died-waiting', key: shelf.key, cause, retryInMs: this.#backOff(shelf) });
      this.#retire(shelf, item);
    }
    this.#balance();
  }

  /** Ends an item that nobody has. What it holds on the machine counts until that is done. */
  #retire(shelf: Shelf<Item>, item: Item): void {
    this.#ending.add(item);
    this.#track(this.#end(shelf, item));
  }

  async #end(shelf: Shelf<Item>, item: Item): Promise<void> {
    try {
      await item[Symbol.asyncDispose]();
    } catch (error) {
      this.#options.onEvent?.({ kind: 'end-failed', key: shelf.key, error });
    }
    this.#ending.delete(item);
    this.#balance();
  }

  #track(task: Promise<unknown>): void {
    const tracked = task.finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }

  /** Wakes when a kind may start again, or to let go what has not been wanted for long. */
  #setAlarm(nowMs: number): void {
    this.#forgetUnused(nowMs);
    if (this.#shelves.size === 0) return;
    let atMs = nowMs + this.#options.reviewMs;
    for (const { retryAtMs } of this.#shelves.values()) if (retryAtMs > nowMs) atMs = Math.min(atMs, retryAtMs);
    this.#alarm.setBy(atMs);
  }
}
