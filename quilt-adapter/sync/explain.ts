/** What waits and why, in words. */
import { printToken } from '#wit/tokens';
import { blockingHolds, blockingWaits, freeUnits, sharesBefore, unitsNeeded } from './blockers.ts';
import { reasonsMax } from './limits.ts';
import { type Demand, type GrantRecord, type Holder, type Lock, type Share, excludes, isInLine } from './records.ts';
import { agedLevel } from './ranked-queue.ts';
import type { WaitsFor } from './scheduler.ts';
import type { Blocker } from './wait-graph.ts';

/** Somebody, as details of errors name them. */
export interface Party {
  readonly holder: string;
  readonly label: string;
  readonly path: readonly string[];
}

/** One edge of a cycle, with both sides. */
export interface DeadlockEdge {
  readonly waiter: Party;
  readonly wanted: string;
  readonly blocker: Party;
  /** What the blocker holds, or wants first. */
  readonly held: string;
  /** Where the blocker waits by way of a call that it made: that call, which is the waiter of the next edge. */
  readonly by?: Party;
}

function partyOf({ id, label, path }: Holder): Party {
  return { holder: id, label, path };
}

/** A holder in words: its label, its id, and who called it. */
export function nameOf({ id, label, path }: Holder): string {
  const callers = path.length > 1 ? `, by way of ${path.join(' → ')}` : '';
  return `${label} (${id}${callers})`;
}

/** A quota or a token that is wanted. */
export function wantedText(wanted: Lock | Share): string {
  return 'token' in wanted ? printToken(wanted.token) : wanted.state.covers;
}

function heldText({ wanted, hold, before }: Blocker): string {
  if (hold !== undefined) return printToken(hold.token);
  if (before === undefined || !('token' in wanted)) return wantedText(wanted);
  return wantedText(before.locks.find((lock) => excludes(lock, wanted)) ?? wanted);
}

/** What a view and an event say of one blocker. */
export function waitsForOf(blocker: Blocker): WaitsFor {
  return { ...partyOf(blocker.holder), held: heldText(blocker), wanted: wantedText(blocker.wanted) };
}

/** The edges of a cycle, each waiter being the blocker before it or somebody whom that one calls. */
export function edgesOf(cycle: readonly Blocker[]): readonly DeadlockEdge[] {
  return cycle.map((blocker, at) => {
    const next = (cycle[at + 1] ?? cycle[0] ?? blocker).demand.holder;
    return {
      waiter: partyOf(blocker.demand.holder),
      wanted: wantedText(blocker.wanted),
      blocker: partyOf(blocker.holder),
      held: heldText(blocker),
      ...(next !== blocker.holder && { by: partyOf(next) }),
    };
  });
}

/** A cycle in words, one sentence per edge. */
export function cycleWords(edges: readonly DeadlockEdge[]): readonly string[] {
  const named = ({ label, holder }: Party): string => `${label} (${holder})`;
  return edges.map(({ waiter, wanted, blocker, held, by }) => {
    const how = held === wanted ? 'held by' : `held as ${held} by`;
    const nested = by === undefined ? '' : `, which waits for its nested call ${named(by)}`;
    return `${named(waiter)} waits for ${wanted}, ${how} ${named(blocker)}${nested}`;
  });
}

/** When a holder began to hold something that stands in the way. */
interface Moment {
  readonly nowMs: number;
  /** Requests that are counted before a sentence says "more than". */
  readonly countMax: number;
}

/** Why a request waits, one sentence each; nothing in its way gives none. */
export function reasonsOf(demand: Demand, moment: Moment): readonly string[] {
  const reasons: string[] = [];
  for (const lock of demand.locks) {
    for (const hold of blockingHolds(demand, lock)) {
      if (reasons.length >= reasonsMax) return [...reasons, 'waits for others as well'];
      reasons.push(holdReason(lock, printToken(hold.token), hold.grant, moment));
    }
    reasons.push(...queueReasons(demand, blockingWaits(demand, lock), wantedText(lock), moment));
  }
  for (const share of demand.shares) reasons.push(...shareReasons(demand, share, moment));
  return reasons;
}

function holdReason(lock: Lock, held: string, { holder, sinceMs }: GrantRecord, { nowMs }: Moment): string {
  const wanted = wantedText(lock);
  const how = held === wanted ? 'held' : `held as ${held}`;
  return `waits for ${wanted}, ${how} by ${nameOf(holder)} since ${durationText(nowMs - sinceMs)}`;
}

function queueReasons(
  demand: Demand,
  waits: Iterable<Demand>,
  wanted: string,
  { countMax }: Moment,
): readonly string[] {
  const [higher, earlier] = [new Set<Demand>(), new Set<Demand>()];
  for (const before of waits) {
    (before.level > demand.level ? higher : earlier).add(before);
    if (higher.size + earlier.size > countMax) break;
  }
  const more = higher.size + earlier.size > countMax;
  return [
    ...behind(higher, `${isAged(higher) ? 'with more right' : 'of higher priority'} for ${wanted}`, more),
    ...behind(earlier, `that came earlier for ${wanted}`, more),
  ];
}

function isAged(waits: ReadonlySet<Demand>): boolean {
  for (const { level } of waits) if (level === agedLevel) return true;
  return false;
}

function behind(waits: ReadonlySet<Demand>, which: string, more: boolean): readonly string[] {
  const [first] = waits;
  if (first === undefined) return [];
  const number = `${more ? 'more than ' : ''}${waits.size} request${waits.size === 1 ? '' : 's'}`;
  return [`waits behind ${number} ${which}, ${waits.size === 1 ? 'that of' : 'the first of'} ${nameOf(first.holder)}`];
}

function shareReasons(demand: Demand, share: Share, moment: Moment): readonly string[] {
  const needed = unitsNeeded(demand.holder, share);
  const free = freeUnits(share.state, moment.nowMs);
  if (needed === 0) return [];
  const before = queueReasons(demand, sharesBefore(demand, share.state), `the quota ${share.state.quota.name}`, moment);
  if (free < needed) return [...quotaReasons(demand, share, { needed, free }, moment), ...before];
  let left = free - needed;
  for (const other of sharesBefore(demand, share.state)) {
    left -= unitsNeeded(other.holder, other.shares.find(({ state }) => state === share.state) ?? share);
    if (left < 0) return before;
  }
  return [];
}

function quotaReasons(
  { holder }: Demand,
  { state }: Share,
  { needed, free }: { readonly needed: number; readonly free: number },
  { nowMs }: Moment,
): readonly string[] {
  const name = `the quota ${state.quota.name}`;
  if (state.window !== undefined) {
    const next = (state.window.nextMs() ?? nowMs) - nowMs;
    const rate = `${state.max} request${state.max === 1 ? '' : 's'} in ${durationText(state.window.perMs)}`;
    return [`${name} allows ${rate}; the next is free in ${durationText(next)}`];
  }
  const held = [...state.holders.keys()].filter((other) => !isInLine(other, holder)).slice(0, 3);
  const who = held.length === 0 ? '' : `; ${held.map(nameOf).join(', ')} ${held.length === 1 ? 'has it' : 'have it'}`;
  if (state.quota.rule.kind === 'concurrency')
    return [`${name} allows ${state.max} at a time of ${state.covers}${who}`];
  return [
    `${name} has ${Math.max(0, free)} of ${state.max} free, ${needed} ${needed === 1 ? 'is' : 'are'} wanted${who}`,
  ];
}

/** A time that people read: `3.2 s`, `450 ms`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.ceil(ms))} ms`;
  return `${Math.round(ms / 100) / 10} s`;
}
