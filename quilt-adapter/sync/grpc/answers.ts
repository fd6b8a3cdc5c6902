/** What the scheduler says, as messages. */
import type { Grant, SchedulerEvent, SchedulerView } from '../scheduler.ts';

/** Edges and reasons of one waiter that are told. */
const edgesMax = 16;

/** `id`: for those outside; `nowMs`: of the scheduler's clock. */
export function grantToMessage({ epoch, expiresAtMs }: Grant, id: string, nowMs: number): object {
  return { id, epoch, remainingMs: expiresAtMs === undefined ? 0 : Math.max(0, expiresAtMs - nowMs) };
}

/** As much of a view as so many bytes hold, half of them for those that hold. */
export function viewToMessage({ holds, waits, quotas }: SchedulerView, bytesMax: number): object {
  const holdMessages = holds.values().map(({ holder, label, path, tokens, epoch, sinceMs, expiresInMs }) => ({
    ...{ holder, label, path, tokens, epoch, sinceMs },
    remainingMs: expiresInMs,
  }));
  const waitMessages = waits.values().map(({ waitsFor, reasons, ...wait }) => ({
    ...wait,
    waitsFor: waitsFor.slice(0, edgesMax),
    reasons: reasons.slice(0, edgesMax),
  }));
  return {
    holds: firstBytes(holdMessages, bytesMax / 2),
    waits: firstBytes(waitMessages, bytesMax / 2),
    quotas,
  };
}

export function eventToMessage({ kind, ...event }: SchedulerEvent): object {
  return { [kind]: event };
}

/** Those that fit. */
function firstBytes(messages: Iterable<object>, bytesMax: number): readonly object[] {
  const taken: object[] = [];
  let bytes = 0;
  for (const message of messages) {
    bytes += Buffer.byteLength(JSON.stringify(message));
    if (bytes > bytesMax) break;
    taken.push(message);
  }
  return taken;
}
