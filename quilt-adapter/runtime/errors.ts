/** What the local runtime raises. */
import { CodedError, type ErrorCode, systemState } from '#wit/errors';
import type { ContainerState } from './container-runtime.ts';

/** A place of a request that is wrong: `mounts[2].target`, and what is. */
export interface RequestViolation {
  readonly path: string;
  readonly message: string;
}

const violationsMax = 50;
/** A path may hold a key of the request, which may be anything. */
const pathCharactersMax = 160;

/** A container or a volume was asked for that cannot be. */
export function specInvalid(action: string, violations: readonly RequestViolation[]): CodedError {
  const reported = violations.slice(0, violationsMax).map(({ path, message }) => ({
    path: path.slice(0, pathCharactersMax),
    message: message.slice(0, pathCharactersMax * 2),
  }));
  const [first] = reported;
  const more = violations.length > 1 ? `; and ${violations.length - 1} more` : '';
  const where = first ? `${first.path === '' ? '' : `${first.path}: `}${first.message}` : 'it is wrong';
  return new CodedError('CONTAINER_SPEC_INVALID', {
    message: `Cannot ${action}: ${where}${more}`,
    details: { violations: reported },
  });
}

/** Another container has this name. */
export function nameTaken(name: string): CodedError {
  return new CodedError('CONTAINER_NAME_TAKEN', {
    message: `Cannot create the container "${name}": another one has this name`,
  });
}

/** No container has this name or id. */
export function containerNotFound(container: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot find the container "${container.slice(0, pathCharactersMax)}": there is none`,
    remedy: 'Name one that listContainers shows',
  });
}

/** No volume has this name. */
export function volumeNotFound(name: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot find the volume "${name.slice(0, pathCharactersMax)}": there is none`,
    remedy: 'Create the volume first',
  });
}

/** The container is not in a state for this. */
export function stateInvalid(
  action: string,
  {
    name,
    state,
    remedy,
  }: { readonly name: string; readonly state: ContainerState | 'removing'; readonly remedy: string },
): CodedError {
  return new CodedError('CONTAINER_STATE_INVALID', {
    message: `Cannot ${action} the container "${name}": it is ${state}`,
    remedy,
    details: { state },
  });
}

/** A volume is used by containers that exist. */
export function volumeInUse(name: string, containers: readonly string[]): CodedError {
  return new CodedError('CONTAINER_STATE_INVALID', {
    message: `Cannot remove the volume "${name}": ${containers.length} containers mount it`,
    remedy: 'Remove these containers first, or force it',
    details: { containers: containers.slice(0, violationsMax) },
  });
}

/** There are as many of something as there may be. */
export function tooMany(action: string, what: string, max: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot ${action}: there are ${max} ${what}, which is the maximum`,
    remedy: `Remove ${what} that are not needed`,
  });
}

/** A start did not end in time. */
export function startTooSlow(name: string, timeoutMs: number): CodedError {
  return new CodedError('CONTAINER_START_FAILED', {
    message: `Cannot start the container "${name}": it was not up after ${timeoutMs} ms`,
    details: { cause: 'start timeout' },
  });
}

/** The back end failed in a way of its own. */
export function startFailed(name: string, cause: unknown): CodedError {
  if (cause instanceof CodedError) return cause;
  return new CodedError(
    'CONTAINER_START_FAILED',
    {
      message: `Cannot start the container "${name}": ${systemState(cause)}`,
      details: { cause: systemState(cause) },
    },
    { cause },
  );
}

/** It still runs after `KILL`. */
export function doesNotEnd(name: string, waitedMs: number): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot end the container "${name}": it still runs ${waitedMs} ms after KILL`,
    remedy: 'Look at its process: it hangs in the kernel',
    retryable: true,
  });
}

/** A command in a container took longer than it may. */
export function executeTimedOut(name: string, timeoutMs: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot finish the command in the container "${name}": it ran for ${timeoutMs} ms`,
    remedy: 'Give the command less to do, or more time',
  });
}

/** The reader of events is further behind than the ring is long. */
export function eventsMissed(missed: number): CodedError {
  return new CodedError('SLOW_READER', { message: `Cannot go on with the events: ${missed} are gone already` });
}

/** Something is used after it was closed. */
export function runtimeClosed(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot use the container runtime: it is closed',
    remedy: 'Start the host again',
    retryable: false,
  });
}

/** The caller gave it up: the signal's own error where it has one. */
export function cancelled(signal: AbortSignal): CodedError {
  return signal.reason instanceof CodedError
    ? signal.reason
    : new CodedError('CANCELLED', { message: 'Cannot go on: the call was cancelled' });
}

/** A file of the runtime could not be read or written. */
export function fileFailed(action: string, cause: unknown, code: ErrorCode = 'IO_FAILED'): CodedError {
  return new CodedError(code, { message: `Cannot ${action}: ${systemState(cause)}` }, { cause });
}
