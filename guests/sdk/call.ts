/** The call that runs now: its deadline and its signal. */
import { abandon, startAbandonable } from './operations.ts';
import { native } from './native.ts';

interface CurrentCall {
  readonly startedMs: number;
  /** Infinity where the tool does not say. */
  readonly timeoutMs: number;
  controller: AbortController | undefined;
}

/* `signal()` aborts this long before the deadline: a tenth of the time, at most a second, so that a tool can still answer. */
const graceShare = 0.1;
const graceMsMax = 1_000;

let current: CurrentCall | undefined;

/** Notes that a call begins. */
export function beginCall(timeoutMs: number): void {
  current = { startedMs: native().nowMs(), timeoutMs, controller: undefined };
}

/** When the call began, by the clock of its turns; 0 while the tool is built. */
export function callStartedMs(): number {
  return current?.startedMs ?? native().nowMs();
}

/**
 * Milliseconds until the tool's own timeout, 0 or more, by the clock of the turn; `Infinity` while the tool is built. The
 * caller may have given less.
 * @example
 * while (remainingMs() > 5_000 && (await nextPage())) count += 1;
 */
export function remainingMs(): number {
  if (current === undefined) return Infinity;
  return Math.max(0, current.timeoutMs - (native().nowMs() - current.startedMs));
}

/**
 * The signal of the call: it aborts shortly before the timeout of the tool, early enough to answer with what there is.
 * A call that is cancelled is ended as a whole, and sees nothing of it.
 * @example
 * const response = await fetch(url, { signal: signal() });
 */
export function signal(): AbortSignal {
  if (current === undefined) return new AbortController().signal;
  if (current.controller) return current.controller.signal;
  const controller = (current.controller = new AbortController());
  if (Number.isFinite(current.timeoutMs)) abortBeforeDeadline(controller, current.timeoutMs);
  return controller.signal;
}

function abortBeforeDeadline(controller: AbortController, timeoutMs: number): void {
  const waitMs = Math.max(0, remainingMs() - Math.min(graceMsMax, timeoutMs * graceShare));
  const { promise, id } = startAbandonable('timer.sleep', waitMs);
  promise.then(
    () => controller.abort(new DOMException('The call is about to reach its deadline', 'TimeoutError')),
    () => abandon(id, 'timer.clear'),
  );
}
