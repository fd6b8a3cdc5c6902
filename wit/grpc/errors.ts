/** What every gRPC server of a host refuses. */
import { CodedError } from '#wit/errors';

/** A field of a message has a value that means nothing. */
export function requestInvalid(field: string, state: string): CodedError {
  return new CodedError('REQUEST_INVALID', {
    message: `Cannot take the request: ${field} ${state}`,
    remedy: `Correct ${field}`,
    details: { field },
  });
}

/** The address is taken, or may not be used. */
export function listenRefused(path: string, state: string, cause?: unknown): CodedError {
  const facts = {
    message: `Cannot listen on "${path}": ${state}`,
    remedy: 'Stop what uses it, or choose another path, or another run directory where it lies there',
    details: { path },
  };
  return new CodedError('LISTEN_REFUSED', facts, cause === undefined ? {} : { cause });
}

/** A socket cannot be given to its group. */
export function groupRefused(group: number, cause: unknown): CodedError {
  const facts = {
    message: `Cannot give the socket to the group ${group}: ${systemCode(cause)}`,
    remedy: 'Set socket_group in aria.toml to a group that the user of the host is in',
    details: { group },
  };
  return new CodedError('CONFIG_INVALID', facts, { cause });
}

/** The system's name for what went wrong. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
