/**
 * Those who wait: who may go when something is given back, and who is refused because he would wait for himself.
 *
 * Whatever may free somebody is noted, and `settle` works it off: the order does not matter, since two requests that may both go do
 * not exclude each other. Of a queue only the first is looked at, and those whose line holds or waits elsewhere: all others are behind it.
 */
import { freeUnits, isBlocked, isLineAwaited, isLockBlocked, shareOf, unitsNeeded } from './blockers.ts';
import { deadlock } from './errors.ts';
import { cycleWords, edgesOf } from './explain.ts';
import { type Ledger, markSpecial } from './ledger.ts';
import {
  type Demand,
  type GrantRecord,
  type Lock,
  type QuotaState,
  type ScopeNode,
  type Waiting,
  waitsBelow,
} from './records.ts';
import { isWaitedAround, waitedAround } from './scope-tree.ts';
import { type Blocker, findCycle, stuckWith, victimOf } from './wait-graph.ts';

/** What the room asks of the scheduler. */
export interface RoomKeeper {
  readonly ledger: Ledger;
  /** Grants a request that left the room. */
  grant(demand: Demand, waiting: Waiting): void;
  /** Tells a request that left the room. */
  refuse(demand: Demand, waiting: Waiting, error: unknown): void;
  /** A cycle was found and is ended by this victim. */
  ended(victim: Demand, cycle: readonly Blocker[]): void;
  /** A rate has to be looked at again when it has room. */
  wakeLater(state: QuotaState): void;
}

/** The room. */
export class WaitingRoom {
  readonly #keeper: RoomKeeper;
  #freedLocks: Pick<Lock, 'node' | 'alone'>[] = [];
  readonly #freedQuotas = new Set<QuotaState>();
  #again: Demand[] = [];
  /** Requests that may have begun to wait for themselves. */
  #suspects: Demand[] = [];

  constructor(keeper: RoomKeeper) {
    this.#keeper = keeper;
  }

  enter(demand: Demand, waiting: Waiting): void {
    this.#keeper.ledger.enqueue(demand, waiting);
    this.#suspects.push(demand);
    for (const { state } of demand.shares) this.#wakeIfShort(state);
  }

  /** Ends a wait. Those behind it move up. */
  leave(demand: Demand, error: unknown): void {
    const waiting = this.#keeper.ledger.dequeue(demand);
    if (waiting === undefined) return;
    this.#freed(demand);
    this.#keeper.ledger.settleHolder(demand.holder);
    this.#keeper.refuse(demand, waiting, error);
  }

  /** Somebody has new holds: what its line waits for may be free to it now, and others may wait for it. */
  held({ holder, holds, units }: GrantRecord): void {
    if (holder.waitsBelow > 0 && holds.length + units.length > 0) this.#lookAgainBelow(holder);
    for (const { state } of units) this.#wakeIfShort(state);
  }

  /** A rate was used. */
  used(state: QuotaState): void {
    this.#wakeIfShort(state);
  }

  /** Somebody gave back. To be called when it is out of the books. */
  released({ holder, holds, units }: GrantRecord): void {
    if (this.#keeper.ledger.waits.size === 0) return;
    if (holder.waitsBelow > 0 && holds.length + units.length > 0) this.#lookAgainBelow(holder);
    this.#freed({ locks: holds, shares: units });
  }

  /** A request now ranks before others. */
  aged(demand: Demand): void {
    this.#again.push(demand);
    this.#suspects.push(demand);
  }

  /** A rate has room again. */
  refilled(state: QuotaState): void {
    this.#freedQuotas.add(state);
  }

  #freed({ locks, shares }: Pick<Demand, 'locks' | 'shares'>): void {
    for (const { node, alone } of locks) if (isWaitedAround(node)) this.#freedLocks.push({ node, alone });
    for (const { state } of shares) if (state.queue.size > 0) this.#freedQuotas.add(state);
  }

  #lookAgainBelow(holder: GrantRecord['holder']): void {
    for (const wait of waitsBelow(holder)) {
      markSpecial(wait);
      this.#again.push(wait);
      this.#suspects.push(wait);
    }
  }

  /** Lets everybody go who can, and ends what waits for itself. */
  settle(nowMs: number): void {
    for (;;) {
      const demand = this.#again.pop();
      const lock = demand === undefined ? this.#freedLocks.pop() : undefined;
      if (demand !== undefined) this.#tryGrant(demand, nowMs);
      else if (lock !== undefined) this.#wakeAround(lock, nowMs);
      else if (this.#freedQuotas.size > 0) this.#wakeQuotas(nowMs);
      else if (this.#suspects.length > 0) this.#endCycles(this.#suspects.pop(), nowMs);
      else return;
    }
  }

  #tryGrant(demand: Demand, nowMs: number): boolean {
    if (demand.waiting === undefined) return false;
    if (isBlocked(demand, nowMs)) return false;
    const waiting = this.#keeper.ledger.dequeue(demand);
    if (waiting !== undefined) this.#keeper.grant(demand, waiting);
    return true;
  }

  /** A grant failed after its request had left: those behind it move up. */
  vacated(demand: Demand): void {
    this.#freed(demand);
    this.#keeper.ledger.settleHolder(demand.holder);
  }

  #wakeAround({ node, alone }: Pick<Lock, 'node' | 'alone'>, nowMs: number): void {
    for (const waited of [...waitedAround(node)]) this.#wakeScope(waited, alone, nowMs);
  }

  #wakeScope(node: ScopeNode, alone: boolean, nowMs: number): void {
    const first = node.aloneQueue?.first();
    // Once it holds the scope, everybody else here waits for it.
    if (first !== undefined && this.#tryGrant(first.item, nowMs)) return;
    if (alone) this.#wakeShared(node, nowMs);
    for (const special of [...node.specials]) this.#tryGrant(special, nowMs);
  }

  #wakeShared(node: ScopeNode, nowMs: number): void {
    const queue = node.sharedQueue;
    let entry = queue?.first();
    while (entry !== undefined) {
      const { item } = entry;
      const next = queue?.after(entry);
      const blockedHere = item.locks.some((lock) => lock.node === node && !lock.alone && isLockBlocked(item, lock));
      // What is in its way here is in the way of all behind it.
      if (blockedHere) return;
      this.#tryGrant(item, nowMs);
      entry = next;
    }
  }

  #wakeQuotas(nowMs: number): void {
    for (const state of this.#freedQuotas) {
      this.#freedQuotas.delete(state);
      let kept = 0;
      let entry = state.queue.first();
      while (entry !== undefined) {
        const { item } = entry;
        const next = state.queue.after(entry);
        const needed = unitsNeeded(item.holder, shareOf(item, state));
        if (needed > freeUnits(state, nowMs) - kept) break;
        if (!this.#tryGrant(item, nowMs)) kept += needed;
        entry = next;
      }
      for (const special of [...state.specials]) this.#tryGrant(special, nowMs);
      this.#wakeIfShort(state);
    }
  }

  #wakeIfShort(state: QuotaState): void {
    if (state.window !== undefined && state.queue.size > 0) this.#keeper.wakeLater(state);
  }

  #endCycles(suspect: Demand | undefined, nowMs: number): void {
    while (suspect?.waiting !== undefined && isLineAwaited(suspect)) {
      const cycle = this.#cycleOf(suspect, nowMs);
      if (cycle === undefined) return;
      const queued = cycle.find(({ before }) => before !== undefined);
      if (queued?.before !== undefined) this.#letPass(queued.demand, queued.before);
      else this.#endOne(cycle);
      if (this.#again.length > 0 || this.#freedLocks.length > 0 || this.#freedQuotas.size > 0) {
        // What moved may have ended it.
        this.#suspects.push(suspect);
        return;
      }
    }
  }

  #cycleOf(suspect: Demand, nowMs: number): readonly Blocker[] | undefined {
    const certain = findCycle(suspect, { either: false, queued: false }, nowMs);
    if (certain.cycle !== undefined || !certain.leftOut) return certain.cycle;
    const { cycle } = findCycle(suspect, { either: true, queued: false }, nowMs);
    if (cycle === undefined) return undefined;
    // A unit of a quota may come from somebody else: only a search for all of them tells.
    const within = stuckWith(suspect, nowMs);
    if (within !== undefined) return findCycle(suspect, { either: true, queued: false, within }, nowMs).cycle;
    return findCycle(suspect, { either: true, queued: true }, nowMs).cycle;
  }

  /** Who waits behind somebody that waits for him, goes first: that one cannot go before him. */
  #letPass(demand: Demand, before: Demand): void {
    (demand.passes ??= new Set()).add(before);
    markSpecial(demand);
    this.#again.push(demand);
  }

  #endOne(cycle: readonly Blocker[]): void {
    const victim = victimOf(cycle);
    if (victim === undefined) return;
    const at = cycle.findIndex(({ demand }) => demand === victim);
    const fromVictim = [...cycle.slice(at), ...cycle.slice(0, at)];
    const edges = edgesOf(fromVictim);
    this.#keeper.ended(victim, fromVictim);
    const asker = { holder: victim.holder.id, label: victim.holder.label };
    this.leave(victim, deadlock(asker, edges, cycleWords(edges)));
  }
}
