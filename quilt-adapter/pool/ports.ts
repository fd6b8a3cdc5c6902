/** What a pool is, and what it needs of others. */
import type { Clock } from '#wit/interfaces';
import type { WarmPoolLimits } from './limits.ts';

export type { Clock };

/** What a pool keeps. Leaving its scope ends it; `died` resolves whenever and however it has ended. */
export interface PoolItem extends AsyncDisposable {
  readonly died: Promise<unknown>;
}

/** Something that went wrong without a taker, or beside one. */
export type PoolEvent =
  | {
      readonly kind: 'start-failed';
      readonly key: string;
      readonly error: unknown;
      readonly failures: number;
      readonly retryInMs: number;
    }
  | { readonly kind: 'died-waiting'; readonly key: string; readonly cause: unknown; readonly retryInMs: number }
  | { readonly kind: 'end-failed'; readonly key: string; readonly error: unknown };

/** How a pool is made. */
export interface WarmPoolOptions<Item extends PoolItem> extends WarmPoolLimits {
  /** Makes an item; what it has begun ends when the signal is aborted. */
  start(key: string, signal: AbortSignal): Promise<Item>;
  /** What an item of this kind has while it waits. */
  bytesOf(key: string): number;
  /** Of all items that wait. */
  readonly budgetBytes: number;
  readonly clock: Clock;
  /** From 0 up to 1. */
  random(): number;
  /** Never throws. */
  onEvent?(event: PoolEvent): void;
}

/** How a kind is doing. Times of starts are milliseconds; absent where none is known. */
export interface KeyFigures {
  readonly key: string;
  readonly ready: number;
  readonly starting: number;
  readonly inUse: number;
  readonly waiting: number;
  /** How many it would like to have ready, whatever the budget says. */
  readonly target: number;
  /** Takers that found one ready. */
  readonly hits: number;
  /** Takers that waited for a start. */
  readonly misses: number;
  readonly startsFailed: number;
  /** Items that died before anybody took them. */
  readonly diedWaiting: number;
  readonly startMsP50: number | undefined;
  readonly startMsP95: number | undefined;
}

/** How a pool is doing. */
export interface PoolFigures {
  readonly budgetBytes: number;
  /** Of what waits ready. */
  readonly bytes: number;
  readonly ready: number;
  readonly starting: number;
  readonly inUse: number;
  /** Items that have not yet ended. */
  readonly ending: number;
  readonly waiting: number;
  readonly hits: number;
  readonly misses: number;
  readonly keys: readonly KeyFigures[];
}

/** Items that are ready before anybody asks. */
export interface WarmPool<Item extends PoolItem> extends AsyncDisposable {
  /**
   * Gives an item, which belongs to the taker from then on: who takes it ends it. The pool counts it until it has died.
   * @throws {CodedError} `UNAVAILABLE`, `OVERLOADED`, `CANCELLED`, or whatever the start was rejected with.
   */
  take(key: string, signal?: AbortSignal): Promise<Item>;
  /** Says that this kind will be wanted, so that one is made ready. */
  expect(key: string): void;
  /** Changes the budget: under pressure what is too much ends at once. */
  resize(budgetBytes: number): void;
  figures(): PoolFigures;
  /** Gives out no more, ends what waits, and resolves when those who took items have ended theirs. */
  drain(): Promise<void>;
}
