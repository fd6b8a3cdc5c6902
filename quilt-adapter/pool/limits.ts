/** Defaults and maxima of the pools. */

/** Of a warm pool. */
export const warmPoolDefaults = {
  /** Items of all kinds: waiting, starting, in use and ending. */
  itemsMax: 256,
  /** Starts at once: a start is compute, and more than a few only slow each other down. */
  startingMax: 4,
  /** Kinds: a profile and a class of memory each. */
  keysMax: 64,
  /** Takers of all kinds that wait. */
  waitersMax: 10_000,
  /** A start that takes longer counts as failed. */
  startTimeoutMs: 15_000,
  /** After this long without a taker a kind keeps nothing ready. */
  idleMs: 120_000,
  /** From a taker that found one ready to the start of the next one: a call from the pool takes some 6 ms. */
  refillDelayMs: 20,
  /** How often sizes are looked at while nobody takes. */
  reviewMs: 5_000,
  /** Of the first try after a failed start, doubled with each failure that follows. */
  backoffMs: 100,
  backoffMaxMs: 5_000,
} as const;

/** Of a session pool. */
export const sessionPoolDefaults = {
  /** An item that its session does not use for so long is ended. */
  idleMs: 60_000,
  /** Sessions that have an item. */
  sessionsMax: 128,
  /** Calls of one session that wait for its item. */
  waitersMax: 256,
  /** Calls that one item serves before it is replaced, so that what a tool leaves in it has an end. */
  usesMax: 1_000,
} as const;

/** Numbers that take the place of the defaults. */
export type WarmPoolLimits = Partial<Record<keyof typeof warmPoolDefaults, number>>;
export type SessionPoolLimits = Partial<Record<keyof typeof sessionPoolDefaults, number>>;
