/** What the served scheduler and its client refuse. */
import { CodedError, type ErrorCode } from '#wit/errors';

/** A connection has as much of something under way as one may have. */
export function tooMany(what: string, countMax: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot take the request: the connection has ${countMax} ${what}`,
    remedy: `End some of the ${what}, then ask again`,
    details: { countMax },
  });
}

/** An id that this host never gave out. */
export function grantUnknown(): CodedError {
  return new CodedError('NOT_FOUND', {
    message: 'Cannot renew the grant: there is none of this id',
    remedy: 'Acquire the tokens again',
  });
}

/** A reader of events fell behind. */
export function slowWatcher(state: string): CodedError {
  return new CodedError('SLOW_READER', {
    message: `Cannot send more events: ${state}`,
    remedy: 'Read the state, watch again, and read faster',
  });
}

/** The host stops while a client waits. */
export function hostStops(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot go on with the request: the host stops',
    remedy: 'Acquire again when the host is back',
  });
}

/** Nobody answers at a path, or no longer. */
export function connectionFailed(path: string, state: string, cause?: unknown): CodedError {
  const facts = {
    message: `Cannot reach the scheduler at "${path}": ${state}`,
    remedy:
      'Start the host, then acquire again; a grant that was on its way ends with its lease, or with releaseHolder',
    details: { path },
  };
  return new CodedError('CONNECTION_FAILED', facts, cause === undefined ? {} : { cause });
}

/** A refusal of the library's: the host says more. */
export function requestRefused(code: ErrorCode, state: string, cause: unknown): CodedError {
  const large = /larger than/i.test(state);
  const facts = { message: `Cannot finish the request: ${state}` };
  return new CodedError(large ? 'MESSAGE_TOO_LARGE' : code, facts, { cause });
}

/** A wait that its caller ended. */
export function waitCancelled(): CodedError {
  return new CodedError('CANCELLED', { message: 'Cannot go on with the request: it was cancelled' });
}
