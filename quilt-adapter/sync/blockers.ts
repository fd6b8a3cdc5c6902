/**
 * What stands against a request: holds of others, requests that came before it, and quotas that are used up.
 *
 * A request is behind another one that ranks before it and wants what excludes its own, unless
 * - one of the two calls the other: the one that is called is awaited by the one that calls, and must not wait for it;
 * - the other waits for what the request's own line holds: it cannot go before the line is done, and this request is a part of that;
 * - the other was found to wait for it by way of third ones (`passes`).
 */
import {
  type Demand,
  type Hold,
  type Holder,
  type Lock,
  type QuotaState,
  type ScopeNode,
  type Share,
  areRelated,
  excludes,
  isInLine,
  waitsBelow,
} from './records.ts';
import { type QueueEntry, type RankedQueue, ranksBefore } from './ranked-queue.ts';
import { heldAgainst, holdsAgainst, isWaitedAround, isWithin, waitedAround } from './scope-tree.ts';

/** Whether a request has to wait. */
export function isBlocked(demand: Demand, nowMs: number): boolean {
  for (const lock of demand.locks) if (isLockBlocked(demand, lock)) return true;
  for (const share of demand.shares) if (isShareBlocked(demand, share, nowMs)) return true;
  return false;
}

/** Whether a request has to wait because of this lock. */
export function isLockBlocked(demand: Demand, lock: Lock): boolean {
  const against = heldAgainst(lock);
  if (against > 0 && against > ownHeldAgainst(demand.holder, lock)) return true;
  return isWaitedAround(lock.node) && isBehindSomebody(demand, lock);
}

/** Whether a request has to wait because of this quota. */
export function isShareBlocked(demand: Demand, share: Share, nowMs: number): boolean {
  const needed = unitsNeeded(demand.holder, share);
  if (needed === 0) return false;
  let left = freeUnits(share.state, nowMs) - needed;
  if (left < 0) return true;
  for (const before of sharesBefore(demand, share.state)) {
    left -= unitsNeeded(before.holder, shareOf(before, share.state));
    if (left < 0) return true;
  }
  return false;
}

/** Units that are neither held nor, of a rate, used up. */
export function freeUnits({ window, max, used }: Pick<QuotaState, 'window' | 'max' | 'used'>, nowMs: number): number {
  return window === undefined ? max - used : window.free(nowMs);
}

/** Units that a request takes beyond those that its line holds; of a rate always one. */
export function unitsNeeded(holder: Holder, { state, amount }: Share): number {
  if (state.window !== undefined) return amount;
  let needed = amount;
  for (let at: Holder | undefined = holder; at !== undefined && needed > 0; at = at.parent)
    if (at.held > 0) needed -= state.holders.get(at) ?? 0;
  return Math.max(0, needed);
}

/** What a request wants of a quota. */
export function shareOf(demand: Demand, state: QuotaState): Share {
  return demand.shares.find((share) => share.state === state) ?? { state, amount: 0 };
}

/** Requests for a quota before which this one must not go, first ones first. */
export function* sharesBefore(demand: Demand, state: QuotaState): Generator<Demand> {
  for (const before of rankedBefore(state.queue, demand)) {
    if (!areRelated(demand.holder, before.holder) && demand.passes?.has(before) !== true) yield before;
  }
}

/** Holds that stand against a lock; those of its own line do not. */
export function* blockingHolds({ holder }: Demand, lock: Lock): Generator<Hold> {
  for (const hold of holdsAgainst(lock)) if (!isInLine(hold.grant.holder, holder)) yield hold;
}

/** Requests that a request is behind because of a lock. */
export function* blockingWaits(demand: Demand, lock: Lock): Generator<Demand> {
  const covering = ownLockAround(demand.holder, lock);
  if (covering !== undefined) {
    // All others who want anything of it wait for the line itself; only those whom the line calls do not.
    for (const before of waitsBelow(covering.grant.holder)) {
      if (ranksBefore(before, demand) && before.locks.some((other) => excludes(other, lock)))
        if (!isExempt(demand, before)) yield before;
    }
    return;
  }
  for (const node of waitedAround(lock.node)) {
    yield* unlessExempt(demand, node.aloneQueue);
    if (lock.alone) yield* unlessExempt(demand, node.sharedQueue);
  }
}

function isBehindSomebody(demand: Demand, lock: Lock): boolean {
  return blockingWaits(demand, lock).next().done !== true;
}

function* unlessExempt(demand: Demand, queue: RankedQueue<Demand> | undefined): Generator<Demand> {
  for (const before of rankedBefore(queue, demand)) if (!isExempt(demand, before)) yield before;
}

function* rankedBefore(queue: RankedQueue<Demand> | undefined, demand: Demand): Generator<Demand> {
  let entry: QueueEntry<Demand> | undefined = queue?.first();
  while (entry !== undefined && ranksBefore(entry, demand)) {
    yield entry.item;
    entry = queue?.after(entry);
  }
}

/** Whether a request need not wait for one that ranks before it. */
export function isExempt(demand: Demand, before: Demand): boolean {
  if (areRelated(demand.holder, before.holder) || demand.passes?.has(before) === true) return true;
  return waitsForLine(before, demand.holder);
}

/** Whether a request waits for what a holder's line holds. */
function waitsForLine(waiting: Demand, holder: Holder): boolean {
  for (const hold of lineHolds(holder)) {
    if (isInLine(hold.grant.holder, waiting.holder)) continue;
    if (waiting.locks.some((lock) => excludes(lock, hold))) return true;
  }
  return false;
}

function ownHeldAgainst(holder: Holder, lock: Lock): number {
  let own = 0;
  for (const hold of lineHolds(holder)) if (excludes(hold, lock)) own += 1;
  return own;
}

/** What a line holds so that all others who want anything of the lock wait for the line. */
export function ownLockAround(holder: Holder, lock: Lock): Hold | undefined {
  for (const hold of lineHolds(holder)) if (isWithin(lock, hold)) return hold;
  return undefined;
}

function* lineHolds(holder: Holder): Generator<Hold> {
  for (let at: Holder | undefined = holder; at !== undefined; at = at.parent) {
    if (at.held === 0) continue;
    for (const { holds } of at.grants) yield* holds;
  }
}

/** Whether anybody may wait for a request: behind it in a queue, or for what its line holds. */
export function isLineAwaited(demand: Demand): boolean {
  if (!isLastEverywhere(demand)) return true;
  for (let at: Holder | undefined = demand.holder; at !== undefined; at = at.parent) {
    if (at.held === 0) continue;
    for (const { holds, units } of at.grants) {
      if (holds.some(({ node }) => isWaitedAround(node))) return true;
      if (units.some(({ state }) => state.queue.size > 0)) return true;
    }
  }
  return false;
}

/** Whether nobody can be behind a request. */
function isLastEverywhere({ locks, shares, waiting }: Demand): boolean {
  const entries = waiting?.entries ?? [];
  const isLast = (queue: RankedQueue<Demand> | undefined, entry: QueueEntry<Demand> | undefined): boolean =>
    queue !== undefined && entry !== undefined && queue.after(entry) === undefined;
  return (
    locks.every(({ node, alone }, at) => isLastAround(node, alone) && isLast(queueOf(node, alone), entries[at])) &&
    shares.every(({ state }, at) => isLast(state.queue, entries[locks.length + at]))
  );
}

/** Whether all who wait around a scope wait in one queue. */
function isLastAround(node: ScopeNode, alone: boolean): boolean {
  if (node.waitingBelow > 0) return false;
  if (((alone ? node.sharedQueue : node.aloneQueue)?.size ?? 0) > 0) return false;
  return node.chain.every((above) => above === node || above.waitingHere === 0);
}

/** The queue of a scope for those who want it alone, or shared. */
export function queueOf(node: ScopeNode, alone: boolean): RankedQueue<Demand> | undefined {
  return alone ? node.aloneQueue : node.sharedQueue;
}
