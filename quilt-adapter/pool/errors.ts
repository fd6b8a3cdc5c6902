/** What the pools raise. */
import { CodedError } from '#wit/errors';

/** The pool has been closed, or is on its way there. */
export function poolClosed(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot take from the pool: it is closed',
    remedy: 'Start the host again',
    retryable: false,
  });
}

/** As many wait as may. */
export function tooManyWaiters(waitersMax: number): CodedError {
  return new CodedError('OVERLOADED', { message: `Cannot take from the pool: ${waitersMax} calls wait for it` });
}

/** As many kinds are in use as there may be. */
export function tooManyKinds(keysMax: number): CodedError {
  return new CodedError('OVERLOADED', { message: `Cannot take from the pool: ${keysMax} kinds of items are in use` });
}

/** As many sessions have an item as may. */
export function tooManySessions(sessionsMax: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot take an item for the session: ${sessionsMax} sessions use theirs`,
  });
}

/** A start did not end in time. */
export function startTimedOut(key: string, startTimeoutMs: number): CodedError {
  return new CodedError('CONTAINER_START_FAILED', {
    message: `Cannot start an item of the kind "${key}": it was not ready after ${startTimeoutMs} ms`,
    details: { cause: 'start timeout' },
  });
}

/** What a taker hears whose signal was aborted: the signal's own error where it has one. */
export function takeCancelled(signal: AbortSignal): CodedError {
  return signal.reason instanceof CodedError
    ? signal.reason
    : new CodedError('CANCELLED', { message: 'Cannot take from the pool: the call was cancelled' });
}
