/** All that is held and waited for at one moment, for people. */
import { printToken } from '#wit/tokens';
import { blockingHolds, blockingWaits, freeUnits, sharesBefore } from './blockers.ts';
import { reasonsOf, waitsForOf } from './explain.ts';
import type { Ledger } from './ledger.ts';
import { reasonsMax } from './limits.ts';
import { type Demand, type GrantRecord, type QuotaState, isInLine } from './records.ts';
import type { HoldView, QuotaView, SchedulerView, WaitView, WaitsFor } from './scheduler.ts';

/** The oldest holds and waits, at most `listedMax` each, and every quota. */
export function viewOf(
  ledger: Ledger,
  quotas: Iterable<QuotaState>,
  { nowMs, listedMax }: { readonly nowMs: number; readonly listedMax: number },
): SchedulerView {
  const moment = { nowMs, countMax: listedMax };
  return {
    holds: [...ledger.grants.values().take(listedMax)].map((record) => holdView(record, nowMs)),
    waits: [...ledger.waits.values().take(listedMax)].map((demand) => waitView(demand, moment)),
    quotas: [...quotas].map((state) => quotaView(state, nowMs)),
    totals: { holds: ledger.grants.size, waits: ledger.waits.size },
  };
}

function holdView({ grant, holder, sinceMs }: GrantRecord, nowMs: number): HoldView {
  return {
    grant: grant.id,
    holder: holder.id,
    label: holder.label,
    path: holder.path,
    tokens: grant.tokens.map(printToken),
    epoch: grant.epoch,
    sinceMs: nowMs - sinceMs,
    expiresInMs: grant.expiresAtMs === undefined ? undefined : Math.max(0, grant.expiresAtMs - nowMs),
  };
}

function waitView(demand: Demand, moment: { readonly nowMs: number; readonly countMax: number }): WaitView {
  const { holder, tokens, sinceMs, priority } = demand;
  return {
    holder: holder.id,
    label: holder.label,
    path: holder.path,
    tokens: tokens.map(printToken),
    priority,
    waitingMs: moment.nowMs - sinceMs,
    position: positionOf(demand, moment.countMax),
    waitsFor: waitsForList(demand),
    reasons: reasonsOf(demand, moment),
  };
}

function positionOf(demand: Demand, countMax: number): number {
  const before = new Set<Demand>();
  for (const other of allBefore(demand)) {
    before.add(other);
    if (before.size >= countMax) break;
  }
  return before.size;
}

function* allBefore(demand: Demand): Generator<Demand> {
  for (const lock of demand.locks) yield* blockingWaits(demand, lock);
  for (const { state } of demand.shares) yield* sharesBefore(demand, state);
}

function waitsForList(demand: Demand): readonly WaitsFor[] {
  const list: WaitsFor[] = [];
  for (const lock of demand.locks) {
    for (const hold of blockingHolds(demand, lock)) {
      if (list.length === reasonsMax) return list;
      list.push(waitsForOf({ demand, wanted: lock, holder: hold.grant.holder, hold, either: false }));
    }
  }
  for (const share of demand.shares) {
    for (const holder of share.state.holders.keys()) {
      if (list.length === reasonsMax) return list;
      if (!isInLine(holder, demand.holder)) list.push(waitsForOf({ demand, wanted: share, holder, either: true }));
    }
  }
  return list;
}

function quotaView({ quota, covers, max, window, used, queue }: QuotaState, nowMs: number): QuotaView {
  const { name, rule } = quota;
  return {
    ...{ name, covers, kind: rule.kind, max },
    used: window === undefined ? used : max - freeUnits({ window, max, used }, nowMs),
    perMs: window?.perMs,
    waiting: queue.size,
  };
}
