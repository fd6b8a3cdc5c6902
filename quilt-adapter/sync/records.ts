/**
 * What the scheduler keeps: scopes, quotas, holders, what they hold, and what they wait for.
 *
 * - A hold or a wait counts at its scope and, as "below", at every scope that covers it: whether anything stands against a request
 *   is answered by the scopes on its own way up, whatever else is held or waited for.
 * - `line` of a holder: itself and its callers. What the line holds never stands against it.
 */
import type { Token } from '#wit/tokens';
import type { Due } from './due-heap.ts';
import type { QueueEntry, RankedQueue } from './ranked-queue.ts';
import type { RateWindow } from './rate-window.ts';
import type { Grant, Quota } from './scheduler.ts';

/** A scope of one kind: a namespace, a collection or a root, and those who hold and wait for just this one. */
export interface ScopeNode {
  /** From the widest scope down to this one. */
  readonly chain: readonly ScopeNode[];
  /** Place in the chain. */
  readonly depth: number;
  /** The next narrower scopes that are known. */
  readonly children: Set<ScopeNode>;
  readonly holds: Hold[];
  heldAlone: number;
  heldShared: number;
  belowAlone: number;
  belowShared: number;
  waitingHere: number;
  waitingBelow: number;
  aloneQueue: RankedQueue<Demand> | undefined;
  sharedQueue: RankedQueue<Demand> | undefined;
  /** Those of the waiters that may go although one before them does not. */
  readonly specials: Set<Demand>;
}

/** A scope that is wanted or held, alone (`rw`, `x`) or shared (`r`, `append`). */
export interface Lock {
  readonly node: ScopeNode;
  readonly alone: boolean;
  readonly token: Token;
}

/** A scope that is held. */
export interface Hold extends Lock {
  readonly grant: GrantRecord;
  /** Place in the scope's list. */
  index: number;
}

/** A quota and how much of it is used. */
export interface QuotaState {
  readonly quota: Quota;
  /** As people read it. */
  readonly covers: string;
  readonly max: number;
  /** Of a rate. */
  readonly window: RateWindow | undefined;
  /** Units that are held; of a rate none ever are. */
  used: number;
  readonly holders: Map<Holder, number>;
  readonly queue: RankedQueue<Demand>;
  readonly specials: Set<Demand>;
  /** When a rate is looked at again for those who wait. */
  alarm: Alarm | undefined;
}

/** How much of a quota a request takes, holds of its line included. */
export interface Share {
  readonly state: QuotaState;
  readonly amount: number;
}

/** Whoever holds or waits, or calls one who does. */
export interface Holder {
  readonly id: string;
  readonly label: string;
  readonly path: readonly string[];
  readonly parent: Holder | undefined;
  readonly depth: number;
  /** Grows with each holder: the youngest has the greatest. */
  readonly seq: number;
  readonly grants: GrantRecord[];
  /** Scopes and units of quotas that it holds. */
  held: number;
  waits: Set<Demand> | undefined;
  children: Set<Holder> | undefined;
  /** Its own waits and those of all whom it calls. */
  waitsBelow: number;
  /** Whether it is in the books. */
  live: boolean;
}

/** What was granted, and what it holds. */
export interface GrantRecord {
  readonly holder: Holder;
  grant: Grant;
  readonly holds: readonly Hold[];
  readonly units: readonly Share[];
  readonly amount: number;
  readonly sinceMs: number;
  /** Place in the holder's list. */
  index: number;
  /** When it expires; absent where it does not. */
  alarm: Alarm | undefined;
}

/** What happens by the clock. */
export type Alarm = Due &
  (
    | { readonly kind: 'expiry'; readonly record: GrantRecord }
    | { readonly kind: 'timeout' | 'aging'; readonly demand: Demand }
    | { readonly kind: 'refill'; readonly state: QuotaState }
  );

/** A request, until it is granted or refused. */
export interface Demand {
  readonly holder: Holder;
  readonly tokens: readonly Token[];
  readonly locks: readonly Lock[];
  readonly shares: readonly Share[];
  readonly amount: number;
  readonly leaseMs: number | undefined;
  readonly seq: number;
  readonly priority: number;
  /** Its priority, or `agedLevel`. */
  level: number;
  readonly sinceMs: number;
  /** Absent where it does not wait. */
  waiting: Waiting | undefined;
  /** Those before it that wait for it, by way of others: it may go first. */
  passes: Set<Demand> | undefined;
  special: boolean;
}

/** What a request has while it waits. */
export interface Waiting {
  /** One for each lock, then one for each share. */
  entries: QueueEntry<Demand>[];
  readonly aging: Alarm;
  readonly timeout: Alarm;
  readonly timeoutMs: number | undefined;
  readonly granted: (grant: Grant) => void;
  readonly refused: (error: unknown) => void;
}

/** Whether a holder is another one or calls it, at any distance. */
export function isInLine(upper: Holder, lower: Holder): boolean {
  let at: Holder | undefined = lower;
  while (at !== undefined && at.depth > upper.depth) at = at.parent;
  return at === upper;
}

/** Whether two holders are one, or one calls the other. */
export function areRelated(left: Holder, right: Holder): boolean {
  return left.depth <= right.depth ? isInLine(left, right) : isInLine(right, left);
}

/** The waits of a holder and of all whom it calls. */
export function* waitsBelow(holder: Holder): Generator<Demand> {
  if (holder.waitsBelow === 0) return;
  if (holder.waits !== undefined) yield* holder.waits;
  if (holder.children !== undefined) for (const child of holder.children) yield* waitsBelow(child);
}

/** Whether two scopes of one kind have anything in common: they are nested or apart. */
export function overlaps(left: ScopeNode, right: ScopeNode): boolean {
  return left.depth <= right.depth ? right.chain[left.depth] === left : left.chain[right.depth] === right;
}

/** Whether two locks exclude each other, as `conflicts` of the token grammar says. */
export function excludes(left: Lock, right: Lock): boolean {
  return (left.alone || right.alone) && overlaps(left.node, right.node);
}
