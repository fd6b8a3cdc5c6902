/** setTimeout and setInterval on the operation `timer.sleep`. A handle is the id of the operation that is open first. */
import { abandon, startThen } from '../../sdk/operations.ts';
import { reportUncaught } from './events.ts';

type Callback = (...args: readonly unknown[]) => unknown;

const delayMsMax = 2_147_483_647;
/** Intervals by handle: the operation that is open now. */
const intervals = new Map<number, number>();

/** Runs a callback once after a wait; gives the handle for `stopTimer`. */
export function startTimer(ms: number, run: () => unknown): number {
  return startThen('timer.sleep', { done: run, failed: reportUncaught }, ms);
}

/** Stops a timer; unknown handles are ignored. */
export function stopTimer(handle: number): void {
  const operation = intervals.get(handle) ?? handle;
  intervals.delete(handle);
  abandon(operation, 'timer.clear');
}

export function setTimeout(callback: Callback, delay?: number, ...args: readonly unknown[]): number {
  demandFunction(callback);
  return startTimer(toDelay(delay), args.length === 0 ? callback : () => callback(...args));
}

export function setInterval(callback: Callback, delay?: number, ...args: readonly unknown[]): number {
  demandFunction(callback);
  const ms = Math.max(1, toDelay(delay));
  const again = (): void => {
    guarded(callback, args);
    if (intervals.has(handle)) intervals.set(handle, startTimer(ms, again));
  };
  const handle = startTimer(ms, again);
  intervals.set(handle, handle);
  return handle;
}

export function clearTimeout(handle?: unknown): void {
  stopTimer(Number(handle));
}

export function clearInterval(handle?: unknown): void {
  stopTimer(Number(handle));
}

/* As in Node: what cannot be waited for is waited for as briefly as possible. */
function toDelay(delay: unknown): number {
  const ms = Number(delay);
  return ms >= 1 && ms <= delayMsMax ? Math.trunc(ms) : ms > delayMsMax ? 1 : 0;
}

function demandFunction(callback: unknown): asserts callback is Callback {
  if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
}

function guarded(callback: Callback, args: readonly unknown[]): void {
  try {
    callback(...args);
  } catch (error) {
    reportUncaught(error);
  }
}
