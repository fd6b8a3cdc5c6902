/** What can go wrong with a remote Quilt daemon: one factory for each failure. `details.said` holds the daemon's own words. */
import { CodedError, type ErrorCode } from '#wit/errors';

/** Longest text of the daemon in an error, in characters. */
const saidCharactersMax = 1_000;

/** The daemon's words, fit for a message of ours: one line, cut, without control characters. */
export function wordsOf(said: string): string {
  const line = said
    .slice(0, saidCharactersMax)
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim();
  return line === '' ? 'it gives no reason' : line;
}

/** An option of the connection cannot be. */
export function optionInvalid(name: string, state: string): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot connect to the Quilt daemon: ${name}: ${state}`,
    remedy: `Correct ${name}`,
  });
}

/** What is asked cannot be done by this daemon as it stands. */
export function specInvalid(
  state: string,
  remedy: string,
  details: Readonly<Record<string, unknown>> = {},
): CodedError {
  return new CodedError('CONTAINER_SPEC_INVALID', {
    message: `Cannot ask the Quilt daemon for this: ${state}`,
    remedy,
    details,
  });
}

/** Where an answer came from. */
export interface Asked {
  readonly address: string;
  readonly rpc: string;
}

/** The daemon answered, and refused. */
export function refused(
  code: ErrorCode,
  {
    action,
    said,
    remedy,
    asked,
  }: {
    readonly action: string;
    readonly said: string;
    readonly remedy?: string;
    readonly asked: Asked;
  },
): CodedError {
  return new CodedError(code, {
    message: `Cannot ${action}: the Quilt daemon says: ${wordsOf(said)}`,
    ...(remedy !== undefined && { remedy }),
    details: { ...asked, status: 'OK', said: wordsOf(said) },
  });
}

/** The daemon answered with something that means nothing. */
export function answerMalformed(asked: Asked, state: string): CodedError {
  return new CodedError('CONNECTION_FAILED', {
    message: `Cannot read the answer of the Quilt daemon to ${asked.rpc}: ${state}`,
    remedy: 'Run "npm run check:quilt" against it, and use a daemon that speaks quilt.proto',
    retryable: false,
    details: { ...asked },
  });
}

/** There is no such container. */
export function containerNotFound(container: string, asked: Asked): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot find the container "${container.slice(0, 200)}": the Quilt daemon does not know it`,
    details: { ...asked },
  });
}

/** The container is in a state in which this cannot be. */
export function stateInvalid(action: string, state: string, remedy: string): CodedError {
  return new CodedError('CONTAINER_STATE_INVALID', { message: `Cannot ${action}: ${state}`, remedy });
}

/** Somebody has this name. */
export function nameTaken(name: string): CodedError {
  return new CodedError('CONTAINER_NAME_TAKEN', {
    message: `Cannot create the container "${name}": there is one of this name`,
  });
}

/** It did not start. */
export function startFailed(
  container: string,
  {
    state,
    remedy,
    retryable,
    details,
  }: {
    readonly state: string;
    readonly remedy: string;
    readonly retryable: boolean;
    readonly details: Readonly<Record<string, unknown>>;
  },
): CodedError {
  return new CodedError('CONTAINER_START_FAILED', {
    message: `Cannot start the container "${container}": ${state}`,
    remedy,
    retryable,
    details,
  });
}

/** It happened or it did not; nobody can say. */
export function outcomeUnknown(action: string, state: string, details: Readonly<Record<string, unknown>>): CodedError {
  return new CodedError('OUTCOME_UNKNOWN', {
    message: `Cannot ${action}: ${state}`,
    remedy: 'Look whether it happened, then go on from there',
    details,
  });
}

/** Too much at a time. */
export function overloaded(action: string, state: string): CodedError {
  return new CodedError('OVERLOADED', { message: `Cannot ${action}: ${state}` });
}

/** The time of the caller is over. */
export function timeOver(action: string, timeoutMs: number, details: Readonly<Record<string, unknown>>): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot ${action}: ${timeoutMs} ms have passed`,
    remedy: 'Give it more time',
    details,
  });
}

/** The caller does not want it any more. */
export function cancelled(action: string): CodedError {
  return new CodedError('CANCELLED', { message: `Cannot ${action}: it was cancelled` });
}

/** The connection was closed here. */
export function connectionClosed(address: string): CodedError {
  return new CodedError('CONNECTION_FAILED', {
    message: `Cannot send the request to "${address}": the connection is closed`,
    remedy: 'Connect again',
    retryable: false,
  });
}
