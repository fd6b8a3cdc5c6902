/** Failures of the container side: one factory per failure. */
import { CodedError, systemState } from '#wit/errors';
import type { BackendName } from './backend.ts';

/** A field of a spec that no back end may be given. `where` is its path, as `mounts[2].target`. */
export function specInvalid(where: string, state: string, remedy: string): CodedError {
  return new CodedError('CONTAINER_SPEC_INVALID', {
    message: `Cannot start the container: ${where} ${state}`,
    remedy,
    details: { where },
  });
}

/** The machine or its runtime refused. `cause` is its own word. */
export function startFailed(id: string, cause: string, options?: ErrorOptions): CodedError {
  const details = { container: id, cause };
  return new CodedError(
    'CONTAINER_START_FAILED',
    { message: `Cannot start the container "${id}": ${firstLine(cause)}`, details },
    options,
  );
}

/** Another container has this id. */
export function nameTaken(id: string): CodedError {
  return new CodedError('CONTAINER_NAME_TAKEN', {
    message: `Cannot start the container "${id}": another one of this name runs`,
    details: { container: id },
  });
}

/** The back end has been disposed of. */
export function backendClosed(name: BackendName): CodedError {
  return new CodedError('CANCELLED', {
    message: `Cannot start a container with ${name}: the back end is closed`,
    remedy: 'Start it on a host that is not shutting down',
    retryable: false,
  });
}

/** Nothing here can isolate, or the one that was asked for cannot. */
export function containersUnavailable(choice: string, seen: string, remedy: string): CodedError {
  return new CodedError('CONTAINERS_UNAVAILABLE', {
    message: `Cannot start containers with ${choice}: ${seen}`,
    remedy,
    details: { choice },
  });
}

/** `execute` where a back end has no way into a running container. */
export function executeUnavailable(name: BackendName, why: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot run a further process with ${name}: ${why}`,
    remedy: 'Use crun or runc',
    retryable: false,
  });
}

/** The container has ended, so there is nothing to act upon. */
export function containerEnded(id: string, action: string): CodedError {
  return new CodedError('CONTAINER_STATE_INVALID', {
    message: `Cannot ${action} in the container "${id}": it has ended`,
    remedy: 'Start another one',
    details: { container: id },
  });
}

/** More further processes at once than one container may have. */
export function executesExceeded(id: string, count: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot run a further process in the container "${id}": ${count} run already`,
  });
}

/** A further process was stopped by whoever asked for it. */
export function executeCancelled(id: string): CodedError {
  return new CodedError('CANCELLED', { message: `Cannot go on in the container "${id}": the caller stopped waiting` });
}

/** The root directory's parts are not on this machine, or cannot be read. */
export function rootUnavailable(what: string, state: string, remedy: string): CodedError {
  return new CodedError('CONTAINERS_UNAVAILABLE', {
    message: `Cannot build the root directory of containers: ${what} ${state}`,
    remedy,
  });
}

/** The disk refused. */
export function fileFailed(action: string, path: string, cause: unknown): CodedError {
  return new CodedError(
    'IO_FAILED',
    { message: `Cannot ${action} "${path}": ${systemState(cause)}`, details: { path } },
    { cause },
  );
}

function firstLine(text: string): string {
  return (text.trim().split('\n', 1)[0] ?? '').slice(0, 300);
}
