/** Who holds and who waits. It counts and indexes; what may be granted is decided elsewhere. */
import {
  type QuotaState,
  type Demand,
  type GrantRecord,
  type Hold,
  type Holder,
  type Share,
  type Waiting,
  waitsBelow,
} from './records.ts';
import { agedLevel } from './ranked-queue.ts';
import { addHold, countWaiting, queueAt, removeHold } from './scope-tree.ts';
import { queueOf, unitsNeeded } from './blockers.ts';
import type { AcquireRequest, Grant } from './scheduler.ts';

/** Holders that have gone and are kept beyond as many as are there. */
const goneMax = 1_024;

/** The books. */
export class Ledger {
  /** Those that have gone stay until they are many: a name that comes and goes would be slow to find among its own remains. */
  readonly #holders = new Map<string, Holder>();
  #live = 0;
  readonly grants = new Map<string, GrantRecord>();
  readonly waits = new Set<Demand>();
  #seq = 0;

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /** A holder that is not in the books yet; `enter` puts it there. */
  newHolder({ holder: id, label, path }: AcquireRequest, parent: Holder | undefined): Holder {
    const depth = parent === undefined ? 0 : parent.depth + 1;
    const labels = path ?? (parent === undefined ? [label] : [...parent.path, label]);
    const [seq, held, waitsBelow, live] = [this.nextSeq(), 0, 0, false];
    return {
      id,
      label,
      path: labels,
      parent,
      depth,
      seq,
      grants: [],
      held,
      waits: undefined,
      children: undefined,
      waitsBelow,
      live,
    };
  }

  /** Those that hold, wait, or call one that does. */
  get holderCount(): number {
    return this.#live;
  }

  /** One of them. */
  holder(id: string): Holder | undefined {
    const holder = this.#holders.get(id);
    return holder?.live === true ? holder : undefined;
  }

  #enter(holder: Holder): void {
    if (holder.live) return;
    holder.live = true;
    this.#live += 1;
    this.#holders.set(holder.id, holder);
    if (holder.parent !== undefined) (holder.parent.children ??= new Set()).add(holder);
  }

  #leaveIfIdle(holder: Holder): void {
    if (holder.grants.length > 0 || (holder.waits?.size ?? 0) > 0 || (holder.children?.size ?? 0) > 0) return;
    if (!holder.live) return;
    holder.live = false;
    this.#live -= 1;
    if (this.#holders.size > 2 * this.#live + goneMax) this.#forgetGone();
    if (holder.parent === undefined) return;
    holder.parent.children?.delete(holder);
    this.#leaveIfIdle(holder.parent);
  }

  #forgetGone(): void {
    for (const [id, { live }] of this.#holders) if (!live) this.#holders.delete(id);
  }

  /** Gives a request what it wants. */
  hold(demand: Demand, grant: Grant, sinceMs: number): GrantRecord {
    const { holder, locks, shares, amount } = demand;
    this.#enter(holder);
    const units: Share[] = [];
    for (const share of shares) {
      const needed = share.state.window === undefined ? unitsNeeded(holder, share) : 0;
      if (needed > 0) units.push({ state: share.state, amount: needed });
    }
    const holds: Hold[] = [];
    const index = holder.grants.length;
    const record: GrantRecord = { holder, grant, holds, units, amount, sinceMs, index, alarm: undefined };
    for (const { node, alone, token } of locks) {
      const hold: Hold = { node, alone, token, grant: record, index: 0 };
      addHold(hold);
      holds.push(hold);
    }
    for (const unit of units) addUnits(holder, unit, 1);
    holder.held += holds.length + units.length;
    holder.grants.push(record);
    this.grants.set(grant.id, record);
    return record;
  }

  /** Takes back what a grant gave. */
  unhold(record: GrantRecord): void {
    const { holder, holds, units } = record;
    for (const hold of holds) removeHold(hold);
    for (const unit of units) addUnits(holder, unit, -1);
    holder.held -= holds.length + units.length;
    const last = holder.grants.pop();
    if (last !== undefined && last !== record) {
      last.index = record.index;
      holder.grants[record.index] = last;
    }
    this.grants.delete(record.grant.id);
    this.#leaveIfIdle(holder);
  }

  /** Puts a request into its queues. */
  enqueue(demand: Demand, waiting: Waiting): void {
    const { holder, locks, shares, level, seq } = demand;
    this.#enter(holder);
    demand.waiting = waiting;
    this.#markRelatives(demand);
    for (const lock of locks) waiting.entries.push(queueAt(lock).add(demand, level, seq));
    for (const { state } of shares) waiting.entries.push(state.queue.add(demand, level, seq));
    (holder.waits ??= new Set()).add(demand);
    for (let at: Holder | undefined = holder; at !== undefined; at = at.parent) at.waitsBelow += 1;
    this.waits.add(demand);
  }

  /** Takes a request out of its queues. The holder stays in the books until `settleHolder`, since it may hold the next moment. */
  dequeue(demand: Demand): Waiting | undefined {
    const { waiting, holder, locks, shares } = demand;
    if (waiting === undefined) return undefined;
    demand.waiting = undefined;
    forEachQueue(demand, waiting, (queue, entry) => queue.remove(entry));
    for (const { node } of locks) {
      countWaiting(node, -1);
      node.specials.delete(demand);
    }
    for (const { state } of shares) state.specials.delete(demand);
    holder.waits?.delete(demand);
    for (let at: Holder | undefined = holder; at !== undefined; at = at.parent) at.waitsBelow -= 1;
    this.waits.delete(demand);
    return waiting;
  }

  /** Forgets a holder that neither holds nor waits nor calls one that does. */
  settleHolder(holder: Holder): void {
    this.#leaveIfIdle(holder);
  }

  /** Moves a request before all that have waited less. */
  age(demand: Demand): void {
    const { waiting, seq } = demand;
    if (waiting === undefined) return;
    demand.level = agedLevel;
    const moved: Waiting['entries'] = [];
    forEachQueue(demand, waiting, (queue, entry) => {
      queue.remove(entry);
      moved.push(queue.add(demand, agedLevel, seq));
    });
    waiting.entries = moved;
  }

  /** Who may go although one before it waits: whoever's line holds or waits itself. The others are looked at in order only. */
  #markRelatives(demand: Demand): void {
    const { holder } = demand;
    let special = holder.waitsBelow > 0;
    for (const other of waitsBelow(holder)) markSpecial(other);
    for (let at: Holder | undefined = holder; at !== undefined; at = at.parent) {
      if (at.held > 0) special = true;
      if (at === holder || at.waits === undefined || at.waits.size === 0) continue;
      special = true;
      for (const other of at.waits) markSpecial(other);
    }
    if (special) markSpecial(demand);
  }
}

/** Lets a request be looked at whatever waits before it. */
export function markSpecial(demand: Demand): void {
  if (demand.special) return;
  demand.special = true;
  for (const { node } of demand.locks) node.specials.add(demand);
  for (const { state } of demand.shares) state.specials.add(demand);
}

function addUnits(holder: Holder, { state, amount }: Share, sign: 1 | -1): void {
  const units = (state.holders.get(holder) ?? 0) + sign * amount;
  if (units === 0) state.holders.delete(holder);
  else state.holders.set(holder, units);
  state.used += sign * amount;
}

function forEachQueue(
  { locks, shares }: Demand,
  { entries }: Waiting,
  visit: (queue: QuotaState['queue'], entry: Waiting['entries'][number]) => void,
): void {
  for (const [at, entry] of entries.entries()) {
    const lock = locks[at];
    const queue = lock === undefined ? shares[at - locks.length]?.state.queue : queueOf(lock.node, lock.alone);
    if (queue !== undefined) visit(queue, entry);
  }
}
