/** What a pool knows of one kind. */
import type { Demand } from './demand.ts';
import type { KeyFigures, PoolItem } from './ports.ts';

/** Somebody who waits for an item. */
export interface Waiter<Item> {
  /** Order of arrival over all kinds. */
  readonly order: number;
  give(item: Item): void;
  fail(error: unknown): void;
}

/** The items, takers and figures of one kind. */
export class Shelf<Item extends PoolItem> {
  readonly key: string;
  readonly bytes: number;
  readonly demand: Demand;
  /** Oldest first; none of them is known to have died. */
  readonly ready: Item[] = [];
  readonly waiters: Waiter<Item>[] = [];
  starting = 0;
  inUse = 0;
  hits = 0;
  misses = 0;
  startsFailed = 0;
  diedWaiting = 0;
  /** Failures since somebody took a living item. */
  failures = 0;
  /** No start before this time. */
  retryAtMs = 0;

  constructor(key: string, bytes: number, demand: Demand) {
    this.key = key;
    this.bytes = bytes;
    this.demand = demand;
  }

  /** Whether forgetting it loses nothing but its figures. */
  isUnused(nowMs: number): boolean {
    return this.ready.length === 0 && this.demand.isIdle(nowMs) && this.isFree(nowMs);
  }

  /** Whether nobody has one of it, or will, and its next start is not put off. */
  isFree(nowMs: number): boolean {
    return this.waiters.length + this.starting + this.inUse === 0 && this.retryAtMs <= nowMs;
  }

  figures(nowMs: number): KeyFigures {
    const { starts } = this.demand;
    return {
      key: this.key,
      ready: this.ready.length,
      starting: this.starting,
      inUse: this.inUse,
      waiting: this.waiters.length,
      target: this.demand.target(nowMs),
      hits: this.hits,
      misses: this.misses,
      startsFailed: this.startsFailed,
      diedWaiting: this.diedWaiting,
      startMsP50: starts[Math.ceil(starts.length * 0.5) - 1],
      startMsP95: starts[Math.ceil(starts.length * 0.95) - 1],
    };
  }
}
