/**
 * Who waits for whom, looked at when a request begins to wait: whether it waits, by way of others, for itself.
 *
 * - A request waits for those that hold what it wants (all of them), for the requests before it in a queue (all of them), and for some
 *   of those that hold units of a quota (`either`, where there are several). A holder waits for all of its requests, and for those
 *   whom it calls, if they wait.
 * - A cycle has one request in it that begins to wait, since without that one it was there before. So only cycles through it are looked for.
 * - A search takes time linear in the requests and holds that it meets: a queue is read once, however many wait in it.
 */
import { blockingHolds, freeUnits, isExempt, ownLockAround, sharesBefore, unitsNeeded } from './blockers.ts';
import {
  type Demand,
  type Hold,
  type Holder,
  type Lock,
  type Share,
  excludes,
  isInLine,
  waitsBelow,
} from './records.ts';
import { type QueueEntry, type RankedQueue, ranksBefore } from './ranked-queue.ts';
import { waitedAround } from './scope-tree.ts';

/** One reason why a request waits. */
export interface Blocker {
  readonly demand: Demand;
  /** What it wants. */
  readonly wanted: Lock | Share;
  /** For whom it waits. */
  readonly holder: Holder;
  /** What that one holds; absent for units of a quota and for places in a queue. */
  readonly hold?: Hold;
  /** The request before it; absent where something is held. */
  readonly before?: Demand;
  /** Others may free a unit instead. */
  readonly either: boolean;
}

/** Which cycles a search looks for. */
interface SearchFor {
  /** Also by way of quotas with several units. */
  readonly either: boolean;
  /** Only those in which somebody waits in a queue. */
  readonly queued: boolean;
  /** Only by way of these, and of what is held. */
  readonly within?: ReadonlySet<Holder>;
}

/** How a search came to a holder, or to one of its requests: by a wait, or (`blocker` absent) from the holder that calls it. */
interface Visit {
  readonly at: Holder | Demand;
  readonly from: Visit | undefined;
  readonly blocker: Blocker | undefined;
  readonly queued: boolean;
}

/** What was read of a queue: up to where, and what did not count for those that read it. */
interface Mark {
  next: QueueEntry<Demand> | undefined;
  readonly skipped: Demand[];
}

/** What a search found. */
export interface Found {
  /** The waits of a cycle through the request, this request first. */
  readonly cycle: readonly Blocker[] | undefined;
  /** Whether there are waits for one of several, which it left out. */
  readonly leftOut: boolean;
}

/** Looks for a cycle through a request. */
export function findCycle(demand: Demand, wanted: SearchFor, nowMs: number): Found {
  const search = new Search(demand, wanted, nowMs);
  const cycle = search.run();
  return { cycle, leftOut: search.leftOut };
}

class Search {
  readonly #demand: Demand;
  readonly #wanted: SearchFor;
  readonly #nowMs: number;
  leftOut = false;
  readonly #visited: readonly [Set<Visit['at']>, Set<Visit['at']>] = [new Set(), new Set()];
  readonly #marks: readonly [Map<RankedQueue<Demand>, Mark>, Map<RankedQueue<Demand>, Mark>] = [new Map(), new Map()];

  constructor(demand: Demand, wanted: SearchFor, nowMs: number) {
    this.#demand = demand;
    this.#wanted = wanted;
    this.#nowMs = nowMs;
  }

  /** Breadth first, so that the cycle that is reported is a shortest one. */
  run(): readonly Blocker[] | undefined {
    const open: Visit[] = [{ at: this.#demand, from: undefined, blocker: undefined, queued: false }];
    for (const visit of open) {
      const { at, queued } = visit;
      // Whoever is before somebody in a queue is in its way until it is granted; what else its holder waits for matters from then on.
      for (const wait of 'locks' in at ? [at] : (at.waits ?? [])) {
        const cycle = this.#expandWait(visit, wait, open);
        if (cycle !== undefined) return cycle;
      }
      if ('locks' in at) continue;
      for (const child of at.children ?? [])
        if (child.waitsBelow > 0) this.#visit({ at: child, from: visit, blocker: undefined, queued }, open);
    }
    return undefined;
  }

  #expandWait(from: Visit, wait: Demand, open: Visit[]): readonly Blocker[] | undefined {
    for (const blocker of this.#blockers(wait, from.queued)) {
      const { before, holder } = blocker;
      const visit = { at: before ?? holder, from, blocker, queued: from.queued || before !== undefined };
      const closes = before === undefined ? isInLine(holder, this.#demand.holder) : before === this.#demand;
      if (closes && (visit.queued || !this.#wanted.queued)) return waysOf(visit);
      this.#visit(visit, open);
    }
    return undefined;
  }

  #visit(visit: Visit, open: Visit[]): void {
    const visited = this.#visited[visit.queued && this.#wanted.queued ? 1 : 0];
    if (visited.has(visit.at)) return;
    if (!('locks' in visit.at) && this.#wanted.within?.has(visit.at) === false) return;
    visited.add(visit.at);
    open.push(visit);
  }

  *#blockers(demand: Demand, queued: boolean): Generator<Blocker> {
    for (const lock of demand.locks) {
      yield* heldBlockers(demand, lock);
      if (this.#wanted.within !== undefined) continue;
      for (const before of this.#before(demand, lock, queued))
        yield { demand, wanted: lock, holder: before.holder, before, either: false };
    }
    for (const share of demand.shares) yield* this.#shareBlockers(demand, share);
  }

  *#shareBlockers(demand: Demand, share: Share): Generator<Blocker> {
    for (const blocker of unitBlockers(demand, share, this.#nowMs))
      if (this.#wanted.either || !blocker.either) yield blocker;
      else this.leftOut = true;
    if (this.#wanted.within !== undefined || unitsNeeded(demand.holder, share) === 0) return;
    // Those before it on a quota that is not scarce now may be in its way once it is; that they wait for it makes them let it pass.
    for (const before of sharesBefore(demand, share.state))
      yield { demand, wanted: share, holder: before.holder, before, either: false };
  }

  /** As `blockingWaits`, but reads each queue once for all requests of the search. */
  *#before(demand: Demand, lock: Lock, queued: boolean): Generator<Demand> {
    const covering = ownLockAround(demand.holder, lock);
    if (covering !== undefined) {
      for (const before of waitsBelow(covering.grant.holder)) {
        if (!ranksBefore(before, demand) || isExempt(demand, before)) continue;
        if (before.locks.some((other) => excludes(other, lock))) yield before;
      }
      return;
    }
    for (const node of waitedAround(lock.node)) {
      if (node.aloneQueue !== undefined) yield* this.#read(demand, node.aloneQueue, queued);
      if (lock.alone && node.sharedQueue !== undefined) yield* this.#read(demand, node.sharedQueue, queued);
    }
  }

  *#read(demand: Demand, queue: RankedQueue<Demand>, queued: boolean): Generator<Demand> {
    const marks = this.#marks[queued ? 1 : 0];
    let mark = marks.get(queue);
    if (mark === undefined) marks.set(queue, (mark = { next: queue.first(), skipped: [] }));
    for (const before of mark.skipped) if (ranksBefore(before, demand) && !isExempt(demand, before)) yield before;
    while (mark.next !== undefined && ranksBefore(mark.next, demand)) {
      const { item } = mark.next;
      mark.next = queue.after(mark.next);
      if (isExempt(demand, item)) mark.skipped.push(item);
      else yield item;
    }
  }
}

function* heldBlockers(demand: Demand, lock: Lock): Generator<Blocker> {
  for (const hold of blockingHolds(demand, lock))
    yield { demand, wanted: lock, holder: hold.grant.holder, hold, either: false };
}

function* unitBlockers(demand: Demand, share: Share, nowMs: number): Generator<Blocker> {
  const { state } = share;
  if (state.window !== undefined || unitsNeeded(demand.holder, share) <= freeUnits(state, nowMs)) return;
  const either = state.holders.size > 1;
  for (const holder of state.holders.keys())
    if (!isInLine(holder, demand.holder)) yield { demand, wanted: share, holder, either };
}

function waysOf(last: Visit): readonly Blocker[] {
  const ways: Blocker[] = [];
  for (let at: Visit | undefined = last; at !== undefined; at = at.from)
    if (at.blocker !== undefined) ways.push(at.blocker);
  return ways.toReversed();
}

/**
 * Those who cannot go on whatever the queues' order, the request's holder among them; `undefined` where it can. All others are
 * assumed to finish and to give back what they hold.
 */
export function stuckWith(demand: Demand, nowMs: number): ReadonlySet<Holder> | undefined {
  const left = reachable(demand, nowMs);
  const finished = new Set<Holder>();
  for (let before = -1; before !== finished.size;) {
    before = finished.size;
    for (const holder of left) {
      if (!canFinish(holder, finished, nowMs)) continue;
      finished.add(holder);
      left.delete(holder);
    }
  }
  return left.has(demand.holder) ? left : undefined;
}

function reachable(demand: Demand, nowMs: number): Set<Holder> {
  const met = new Set<Holder>([demand.holder]);
  for (const holder of met) {
    for (const wait of holder.waits ?? []) {
      for (const lock of wait.locks) for (const { holder: next } of heldBlockers(wait, lock)) met.add(next);
      for (const share of wait.shares) for (const { holder: next } of unitBlockers(wait, share, nowMs)) met.add(next);
    }
    for (const child of holder.children ?? []) if (child.waitsBelow > 0) met.add(child);
  }
  return met;
}

function canFinish(holder: Holder, finished: ReadonlySet<Holder>, nowMs: number): boolean {
  for (const child of holder.children ?? []) if (child.waitsBelow > 0 && !finished.has(child)) return false;
  for (const wait of holder.waits ?? []) {
    for (const lock of wait.locks)
      for (const hold of blockingHolds(wait, lock)) if (!finished.has(hold.grant.holder)) return false;
    for (const share of wait.shares) {
      if (share.state.window !== undefined) continue;
      let free = freeUnits(share.state, nowMs);
      for (const [other, units] of share.state.holders) if (finished.has(other)) free += units;
      if (free < unitsNeeded(wait.holder, share)) return false;
    }
  }
  return true;
}

/**
 * Whose wait is ended: the one whose line of calls began last, since it has the least work to lose; within one line the one that
 * holds least, then the one that asked last. Never what is held: whoever holds may be in the middle of a write.
 */
export function victimOf(cycle: readonly Blocker[]): Demand | undefined {
  let victim: Demand | undefined;
  for (const { demand } of cycle) if (victim === undefined || isBefore(demand, victim)) victim = demand;
  return victim;
}

function isBefore(left: Demand, right: Demand): boolean {
  const [began, other] = [outermost(left.holder).seq, outermost(right.holder).seq];
  if (began !== other) return began > other;
  if (left.holder.held !== right.holder.held) return left.holder.held < right.holder.held;
  return left.seq > right.seq;
}

function outermost(holder: Holder): Holder {
  let at = holder;
  while (at.parent !== undefined) at = at.parent;
  return at;
}
