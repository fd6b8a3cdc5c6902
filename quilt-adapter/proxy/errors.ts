/** Why a way to the network is refused, or fails. */
import { CodedError } from '#wit/errors';

/** Where somebody wants to go. */
export interface Destination {
  /** As `net` tokens write it. */
  readonly host: string;
  readonly port: number;
}

/** The request is none that a proxy takes. */
export function requestRefused(state: string, remedy: string): CodedError {
  return new CodedError('REQUEST_INVALID', { message: `Cannot connect: ${state}`, remedy });
}

/** No token of a call that runs covers the destination. */
export function destinationDenied({ host, port }: Destination): CodedError {
  return new CodedError('CAPABILITY_DENIED', {
    message: `Cannot connect to "${host}:${port}": no token of a running call covers it`,
    remedy: `Add "net:${host}:${port}" to the tokens of the tool, build again, and approve the upgrade`,
    details: { host, port },
  });
}

/** A token covers the name, but the name leads into a network that is not public. Which address it is the container does not hear. */
export function addressDenied({ host, port }: Destination): CodedError {
  return new CodedError('CAPABILITY_DENIED', {
    message: `Cannot connect to "${host}:${port}": its address is not public, and no token names that address`,
    remedy: 'Add a net token with the address itself, if the tool may reach it',
    details: { host, port },
  });
}

/** There is no such name, or nobody answers there. */
export function connectionFailed({ host, port }: Destination, state: string, options?: ErrorOptions): CodedError {
  return new CodedError(
    'CONNECTION_FAILED',
    { message: `Cannot connect to "${host}:${port}": ${state}`, details: { host, port, state } },
    options,
  );
}

/** It took too long. */
export function connectionTimedOut({ host, port }: Destination, what: string, ms: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot connect to "${host}:${port}": ${what} took longer than ${ms} ms`,
    remedy: 'Try again later',
    details: { host, port, ms },
  });
}

/** More bytes than one connection may carry. */
export function connectionTooLarge({ host, port }: Destination, bytesMax: number): CodedError {
  return new CodedError('MESSAGE_TOO_LARGE', {
    message: `Cannot go on with "${host}:${port}": the connection has carried ${bytesMax} bytes, the maximum`,
    details: { host, port, bytesMax },
  });
}

/** No room for another connection. */
export function connectionsExceeded(connectionsMax: number): CodedError {
  return new CodedError('CONNECTIONS_EXCEEDED', {
    message: `Cannot take the connection: ${connectionsMax} are open, which is the maximum of a container`,
    remedy: 'Close connections that are not used',
    details: { connectionsMax },
  });
}

/** The call, or the container, has ended. */
export function egressEnded(): CodedError {
  return new CodedError('CANCELLED', { message: 'Cannot go on: the call has ended', retryable: false });
}

/** Nothing more is taken. */
export function proxyClosed(): CodedError {
  return new CodedError('UNAVAILABLE', { message: 'Cannot begin a call: the proxy of the container is closed' });
}
