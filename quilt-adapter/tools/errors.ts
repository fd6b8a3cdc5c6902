/** What the container tools raise by themselves; what the runtime raises goes through. */
import { CodedError } from '#wit/errors';
import { nearestName } from '#wit/tokens';

/** No tool has this name. */
export function toolNotFound(name: string, known: readonly string[]): CodedError {
  const near = nearestName(name, known);
  return new CodedError('NOT_FOUND', {
    message: `Cannot call the container tool "${name.slice(0, 128)}": there is none`,
    ...(near !== undefined && { remedy: `Call "${near}"` }),
  });
}

/** The input does not fit the tool's schema. */
export function inputInvalid(
  tool: string,
  violations: readonly { readonly path: string; readonly message: string }[],
): CodedError {
  const [first] = violations;
  const where = first ? `${first.path === '' ? '' : `${first.path}: `}${first.message}` : 'it is wrong';
  return new CodedError('INPUT_INVALID', {
    message: `Cannot call "${tool}": ${where.slice(0, 500)}`,
    details: { violations },
  });
}

/** The caller has no token for this. */
export function tokenMissing(tool: string, token: string): CodedError {
  return new CodedError('CAPABILITY_DENIED', {
    message: `Cannot call "${tool}": "${token}" is not granted`,
    remedy: `Add "${token}" to the tokens of the caller, build again, and approve the upgrade`,
    details: { token },
  });
}

/** Only administrators mount what is not the session's own. */
export function mountDenied(what: string): CodedError {
  return new CodedError('PERMISSION_DENIED', {
    message: `Cannot create the container: ${what} is mounted for administrators only`,
    remedy: 'Use a tmpfs, a volume of this session, or ask an administrator',
  });
}

/** The session creates containers too fast. */
export function createsExceeded(max: number, retryInMs: number): CodedError {
  return new CodedError('RATE_LIMITED', {
    message: `Cannot create the container: this session has created ${max} in a short time`,
    remedy: `Wait ${Math.ceil(retryInMs / 1_000)} s and try again, or start one that exists`,
    details: { retryInMs: Math.ceil(retryInMs) },
  });
}

/** The session has as many containers as it may. */
export function sessionFull(max: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot create the container: this session has ${max} containers`,
    remedy: 'Remove one that is not needed',
  });
}

/** The caller sees no container of this name or id. */
export function containerUnknown(container: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot find the container "${container}": this session has none of this name or id`,
    remedy: 'Name one that listContainers shows',
  });
}

/** A container that was started does not run. */
export function notRunning(container: string, state: string, cause: string | undefined): CodedError {
  return new CodedError('CONTAINER_START_FAILED', {
    message: `Cannot run the workload: its container is ${state}${cause === undefined ? '' : `: ${cause}`}`,
    details: { container, cause: cause ?? state },
  });
}

/** A tool took longer than it may. */
export function toolTimedOut(tool: string, timeoutMs: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot finish "${tool}": it ran for ${timeoutMs} ms`,
    remedy: 'Give it less to do, or more time',
  });
}

/** The caller gave it up: the signal's own error where it has one. */
export function toolCancelled(tool: string, signal: AbortSignal): CodedError {
  return signal.reason instanceof CodedError
    ? signal.reason
    : new CodedError('CANCELLED', { message: `Cannot finish "${tool}": the call was cancelled` });
}
