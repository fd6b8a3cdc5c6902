/**
 * Grants tokens. See the README of this folder for the rules.
 *
 * - Whatever happened since the last call (leases that ended, waits that took too long, rates that have room) happens first, in its order.
 * - When a call returns, nobody waits who could go, and nobody waits for himself.
 * - What a grant needs on disk is there before anything changes: a store that fails leaves the request refused, and nothing held.
 */
import { printToken } from '#wit/tokens';
import { freeUnits, isBlocked, queueOf } from './blockers.ts';
import { type SyncClock, systemSyncClock } from './clock.ts';
import { DueHeap } from './due-heap.ts';
import {
  cancelled,
  grantUnknown,
  leaseExpired,
  overloaded,
  renewalInvalid,
  schedulerClosed,
  waitedTooLong,
} from './errors.ts';
import { reasonsOf, waitsForOf } from './explain.ts';
import { GrantDesk } from './grant-desk.ts';
import { Ledger } from './ledger.ts';
import { type SyncLimits, alarmMsMax, roomFor, syncDefaults } from './limits.ts';
import { type QuotaStates, readQuotas } from './quotas.ts';
import { type Books, readRequest } from './read-request.ts';
import type { Alarm, Demand, GrantRecord, QuotaState, Waiting } from './records.ts';
import type { AcquireRequest, Grant, Quota, SchedulerEvent, SchedulerView, TokenScheduler } from './scheduler.ts';
import { ScopeTree } from './scope-tree.ts';
import { type SyncStore, createMemorySyncStore } from './store.ts';
import { viewOf } from './view.ts';
import type { Blocker } from './wait-graph.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What a scheduler is made of. */
export interface TokenSchedulerOptions {
  readonly quotas?: readonly Quota[];
  readonly clock?: SyncClock;
  /** Where leases, epochs and rates survive; in memory where absent. The scheduler does not close it. */
  readonly store?: SyncStore;
  /** The boot of the machine that `clock` counts from. */
  readonly bootId?: string;
  /** Called after each change, when the scheduler may be called again. It must not throw. */
  readonly onEvent?: (event: SchedulerEvent) => void;
  readonly limits?: Partial<SyncLimits>;
}

/** Opens a scheduler; what the store kept goes on. @throws {CodedError} `CONFIG_INVALID`, and what the store throws. */
export function createTokenScheduler(options: TokenSchedulerOptions = {}): TokenScheduler {
  return new Scheduler(options);
}

/** Requests before one that an event counts. */
const countedInEvents = 100;

class Scheduler implements TokenScheduler {
  readonly #ledger = new Ledger();
  readonly #tree = new ScopeTree();
  readonly #quotas: QuotaStates;
  readonly #limits: SyncLimits;
  readonly #clock: SyncClock;
  readonly #books: Books;
  readonly #desk: GrantDesk;
  readonly #room: WaitingRoom;
  readonly #due = new DueHeap<Alarm>();
  /** Apart, since whoever has waited long enough by now goes first, whatever else became due before. */
  readonly #aging = new DueHeap<Alarm>();
  readonly #onEvent: ((event: SchedulerEvent) => void) | undefined;
  #events: SchedulerEvent[] = [];
  /** When the clock's alarm comes, and what cancels it. */
  #alarm: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #nowMs = 0;
  #closed = false;

  constructor(options: TokenSchedulerOptions) {
    const { quotas = [], clock = systemSyncClock, store = createMemorySyncStore(), bootId = '', onEvent } = options;
    this.#limits = { ...syncDefaults, ...options.limits };
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#quotas = readQuotas(quotas, (rate) => store.putRate(rate));
    const [ledger, tree] = [this.#ledger, this.#tree];
    this.#books = { ledger, tree, quotas: this.#quotas, limits: this.#limits };
    this.#desk = new GrantDesk({ store, bootId, ledger, quotas: this.#quotas });
    this.#room = new WaitingRoom({
      ledger,
      grant: (demand, waiting) => this.#grantWaiting(demand, waiting),
      refuse: (_demand, waiting, error) => this.#refuse(waiting, error),
      ended: (victim, cycle) => this.#deadlocked(victim, cycle),
      wakeLater: (state) => this.#wakeLater(state),
    });
    this.#recover();
  }

  #recover(): void {
    this.#nowMs = this.#clock.nowMs();
    const { alive, ended } = this.#desk.recover(this.#tree, this.#nowMs);
    for (const record of alive) this.#setExpiry(record);
    for (const { holder, label, tokens } of ended) this.#emit({ kind: 'expired', holder, label, tokens });
    this.#finish();
  }

  tryAcquire(request: AcquireRequest): Grant | undefined {
    this.#begin(request);
    try {
      const demand = readRequest(request, this.#books, this.#nowMs);
      if (isBlocked(demand, this.#nowMs)) return undefined;
      return this.#grant(demand).grant;
    } finally {
      this.#finish();
    }
  }

  async acquire(request: AcquireRequest, signal?: AbortSignal): Promise<Grant> {
    this.#begin(request);
    try {
      if (signal?.aborted === true) throw cancelled(request, 'its caller has cancelled it');
      const demand = readRequest(request, this.#books, this.#nowMs);
      if (!isBlocked(demand, this.#nowMs)) return this.#grant(demand).grant;
      return this.#wait(demand, request, signal);
    } finally {
      this.#finish();
    }
  }

  renew(grant: string, leaseMs: number): Grant {
    this.#advance();
    try {
      const record = this.#ledger.grants.get(grant);
      if (record === undefined) throw this.#desk.hasExpired(grant) ? leaseExpired(grant) : grantUnknown(grant);
      if (record.grant.expiresAtMs === undefined) throw renewalInvalid(grant, 'it has no end');
      if (!(leaseMs > 0 && leaseMs <= this.#limits.leaseMs)) throw renewalInvalid(grant, `its lease is ${leaseMs} ms`);
      const expiresAtMs = Math.max(record.grant.expiresAtMs, this.#nowMs + leaseMs);
      this.#desk.renew(record, expiresAtMs);
      this.#setExpiry(record);
      return record.grant;
    } finally {
      this.#finish();
    }
  }

  release(grant: string): void {
    this.#advance();
    const record = this.#ledger.grants.get(grant);
    if (record !== undefined) this.#end(record, 'released');
    this.#finish();
  }

  releaseHolder(holder: string): void {
    this.#advance();
    const known = this.#ledger.holder(holder);
    const asker = { holder, label: known?.label ?? holder };
    for (const demand of [...(known?.waits ?? [])])
      this.#room.leave(demand, cancelled(asker, 'its holder was released'));
    for (const record of [...(known?.grants ?? [])]) this.#end(record, 'released');
    this.#finish();
  }

  isCurrent(grant: string, epoch: number): boolean {
    this.#advance();
    this.#finish();
    return this.#ledger.grants.get(grant)?.grant.epoch === epoch;
  }

  view(): SchedulerView {
    this.#advance();
    this.#finish();
    return viewOf(this.#ledger, this.#quotas.byName.values(), { nowMs: this.#nowMs, listedMax: this.#limits.viewed });
  }

  reasons(holder: string): readonly string[] {
    this.#advance();
    this.#finish();
    const moment = { nowMs: this.#nowMs, countMax: this.#limits.viewed };
    return [...(this.#ledger.holder(holder)?.waits ?? [])].flatMap((demand) => reasonsOf(demand, moment));
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    for (const demand of [...this.#ledger.waits]) {
      const { id: holder, label } = demand.holder;
      const waiting = this.#ledger.dequeue(demand);
      if (waiting !== undefined) this.#refuse(waiting, cancelled({ holder, label }, 'the scheduler was closed'));
    }
  }

  #begin(request: AcquireRequest): void {
    if (this.#closed) throw schedulerClosed(request);
    this.#advance();
  }

  /** Does what became due, each at its own time. */
  #advance(): void {
    this.#nowMs = this.#clock.nowMs();
    if (this.#closed) return;
    this.#happenAll(this.#aging);
    this.#happenAll(this.#due);
  }

  #happenAll(heap: DueHeap<Alarm>): void {
    for (let due = heap.first(); due !== undefined && due.dueMs <= this.#nowMs; due = heap.first()) {
      heap.remove(due);
      this.#happen(due);
      this.#room.settle(this.#nowMs);
    }
  }

  #happen(alarm: Alarm): void {
    switch (alarm.kind) {
      case 'expiry':
        return this.#end(alarm.record, 'expired');
      case 'aging':
        this.#ledger.age(alarm.demand);
        return this.#room.aged(alarm.demand);
      case 'refill':
        return this.#room.refilled(alarm.state);
      case 'timeout': {
        const { holder, waiting } = alarm.demand;
        const reasons = reasonsOf(alarm.demand, this.#moment());
        const asker = { holder: holder.id, label: holder.label };
        return this.#room.leave(alarm.demand, waitedTooLong(asker, waiting?.timeoutMs ?? 0, reasons));
      }
    }
  }

  /** Ends a call: lets everybody go who can, sets the alarm, and tells what happened. */
  #finish(): void {
    if (this.#closed) return;
    this.#room.settle(this.#nowMs);
    this.#setAlarm();
    while (this.#events.length > 0) {
      const events = this.#events;
      this.#events = [];
      for (const event of events) this.#onEvent?.(event);
    }
  }

  #setAlarm(): void {
    const dueMs = Math.min(this.#due.first()?.dueMs ?? Infinity, this.#aging.first()?.dueMs ?? Infinity);
    // One that comes too early finds nothing due and sets the next.
    if (dueMs === Infinity || (this.#alarm !== undefined && this.#alarm.atMs <= dueMs)) return;
    this.#alarm?.cancel();
    const delayMs = Math.min(alarmMsMax, Math.max(1, dueMs - this.#nowMs));
    const cancel = this.#clock.after(delayMs, () => {
      this.#alarm = undefined;
      this.#advance();
      this.#finish();
    });
    // Not the sum of the two above, which may differ from the time by a rounding and would set the alarm again and again.
    this.#alarm = { atMs: delayMs === alarmMsMax ? this.#nowMs + delayMs : dueMs, cancel };
  }

  #grant(demand: Demand): GrantRecord {
    const grantsMax = roomFor(demand, this.#limits.grants);
    if (this.#ledger.grants.size >= grantsMax)
      throw overloaded({ holder: demand.holder.id, label: demand.holder.label }, 'grants', grantsMax);
    const record = this.#desk.issue(demand, this.#nowMs);
    if (record.grant.expiresAtMs !== undefined) this.#setExpiry(record);
    for (const { state } of demand.shares) this.#room.used(state);
    this.#room.held(record);
    const { id: holder, label } = demand.holder;
    if (this.#onEvent !== undefined)
      this.#emit({ kind: 'granted', holder, label, waitedMs: this.#nowMs - demand.sinceMs });
    return record;
  }

  #grantWaiting(demand: Demand, waiting: Waiting): void {
    this.#forgetAlarms(waiting);
    try {
      waiting.granted(this.#grant(demand).grant);
    } catch (error) {
      this.#room.vacated(demand);
      waiting.refused(error);
    }
  }

  #refuse(waiting: Waiting, error: unknown): void {
    this.#forgetAlarms(waiting);
    waiting.refused(error);
  }

  #forgetAlarms({ aging, timeout }: Waiting): void {
    this.#aging.remove(aging);
    this.#due.remove(timeout);
  }

  #wait(demand: Demand, request: AcquireRequest, signal: AbortSignal | undefined): Promise<Grant> {
    // Whoever may not wait must not be found in a cycle, which would cost somebody else his place.
    if (request.timeoutMs === 0) throw waitedTooLong(request, 0, reasonsOf(demand, this.#moment()));
    this.#checkRoom(demand, request);
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#cancel(demand, request);
      const stop = (): void => signal?.removeEventListener('abort', abort);
      const waiting: Waiting = {
        entries: [],
        aging: { kind: 'aging', demand, dueMs: 0, order: 0, place: -1 },
        timeout: { kind: 'timeout', demand, dueMs: 0, order: 0, place: -1 },
        timeoutMs: request.timeoutMs,
        granted(grant) {
          stop();
          resolve(grant);
        },
        refused(error) {
          stop();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort);
      this.#room.enter(demand, waiting);
      this.#aging.set(waiting.aging, this.#nowMs + this.#limits.agingMs);
      if (request.timeoutMs !== undefined) this.#due.set(waiting.timeout, this.#nowMs + request.timeoutMs);
      this.#tellWaiting(demand);
    });
  }

  #tellWaiting(demand: Demand): void {
    if (this.#onEvent === undefined) return;
    const reasons = reasonsOf(demand, this.#moment());
    this.#emit({ kind: 'waiting', holder: demand.holder.id, label: demand.holder.label, reasons });
  }

  #moment(): { readonly nowMs: number; readonly countMax: number } {
    return { nowMs: this.#nowMs, countMax: countedInEvents };
  }

  #checkRoom({ locks, shares }: Demand, request: AcquireRequest): void {
    const waiters = roomFor(request, this.#limits.waiters);
    const waitersPerScope = roomFor(request, this.#limits.waitersPerScope);
    if (this.#ledger.waits.size >= waiters) throw overloaded(request, 'requests that wait', waiters);
    const full =
      locks.some(({ node, alone }) => (queueOf(node, alone)?.size ?? 0) >= waitersPerScope) ||
      shares.some(({ state }) => state.queue.size >= waitersPerScope);
    if (full) throw overloaded(request, 'requests that wait for one of its scopes', waitersPerScope);
  }

  #cancel(demand: Demand, request: AcquireRequest): void {
    if (demand.waiting === undefined || this.#closed) return;
    this.#advance();
    this.#room.leave(demand, cancelled(request, 'its caller has cancelled it'));
    this.#finish();
  }

  #end(record: GrantRecord, why: 'released' | 'expired'): void {
    if (record.alarm !== undefined) this.#due.remove(record.alarm);
    this.#desk.end(record, why);
    this.#room.released(record);
    if (this.#onEvent === undefined) return;
    const { id: holder, label } = record.holder;
    if (why === 'released') this.#emit({ kind: 'released', holder, label });
    else this.#emit({ kind: 'expired', holder, label, tokens: record.grant.tokens.map((token) => printToken(token)) });
  }

  #setExpiry(record: GrantRecord): void {
    const { expiresAtMs } = record.grant;
    if (expiresAtMs === undefined) return;
    record.alarm ??= { kind: 'expiry', record, dueMs: 0, order: 0, place: -1 };
    this.#due.set(record.alarm, expiresAtMs);
  }

  #wakeLater(state: QuotaState): void {
    const { alarm, queue } = state;
    // Those who wait for something else find the room that they need.
    if (alarm === undefined || queue.size <= freeUnits(state, this.#nowMs)) return;
    const nextMs = state.window?.nextMs();
    if (nextMs !== undefined) this.#due.set(alarm, nextMs);
  }

  #deadlocked(victim: Demand, cycle: readonly Blocker[]): void {
    this.#emit({ kind: 'deadlock', victim: victim.holder.id, cycle: cycle.map(waitsForOf) });
  }

  #emit(event: SchedulerEvent): void {
    if (this.#onEvent !== undefined) this.#events.push(event);
  }
}
