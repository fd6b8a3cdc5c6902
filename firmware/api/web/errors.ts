/** What HTTP and WebSocket refuse before the service is asked. */
import { CodedError, type ErrorFacts } from '#wit/errors';

/** A request is not of a form that is known. */
export function requestInvalid(field: string, state: string, facts: Partial<ErrorFacts> = {}): CodedError {
  return new CodedError('REQUEST_INVALID', {
    message: `Cannot take the request: ${field} ${state}`,
    details: { field },
    ...facts,
  });
}

/** No such path or method. */
export function routeNotFound(method: string, path: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot answer ${method} "${path.slice(0, 128)}": there is no such path`,
    remedy: 'Use a path under /v1/ that the documentation of the HTTP API lists',
  });
}

/** The name under which the host was asked is not one of its own: the name may be somebody's who points it here. */
export function hostRefused(host: string): CodedError {
  return new CodedError('ORIGIN_REFUSED', {
    message: `Cannot take the request: the host "${host.slice(0, 128)}" is not one of this server`,
    remedy: 'Ask for localhost or 127.0.0.1 with the port, or add the name to web.hosts in aria.toml if it is yours',
    details: { host: host.slice(0, 256) },
  });
}

/** A page of somebody else asks. */
export function originRefused(origin: string): CodedError {
  return new CodedError('ORIGIN_REFUSED', {
    message: `Cannot take the request: it comes from a page of "${origin.slice(0, 128)}"`,
    details: { origin: origin.slice(0, 256) },
  });
}

/** More bytes than a message may have. */
export function messageTooLarge(what: string, bytesMax: number): CodedError {
  return new CodedError('MESSAGE_TOO_LARGE', {
    message: `Cannot take ${what}: it has more than ${bytesMax} bytes, the maximum`,
    remedy: 'Send less at a time, or raise limits.message_bytes_max in aria.toml',
    details: { bytesMax },
  });
}

/** More of something at the same time than the host takes. */
export function tooMany(what: string, max: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot take the request: ${max} ${what}, which is the maximum`,
    details: { max },
  });
}

/** No room for another connection. */
export function connectionsExceeded(connectionsMax: number): CodedError {
  return new CodedError('CONNECTIONS_EXCEEDED', {
    message: `Cannot take the connection: ${connectionsMax} are open, which is the maximum`,
    remedy: 'Close connections that are not used, or raise limits.connections_max in aria.toml',
    details: { connectionsMax, retryAfterMs: 1000 },
  });
}

/** What had to come did not come in time. */
export function tooLate(what: string, ms: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot take the request: ${what} took longer than ${ms} ms`,
    remedy: 'Send it again, and faster',
    details: { ms },
  });
}

/** The client's own deadline has passed. */
export function deadlineExceeded(ms: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot answer: the ${ms} ms of the request are over`,
    remedy: 'Ask again with more time',
    details: { ms },
  });
}

/** The host stops. */
export function stopping(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot take the request: the host is stopping',
    remedy: 'Try again when the host has started',
    details: { retryAfterMs: 1000 },
  });
}

/** The client has gone, or has cancelled. */
export function cancelled(): CodedError {
  return new CodedError('CANCELLED', { message: 'Cannot answer: the client cancelled the request' });
}

/** A client takes too little of what waits for it. */
export function slowReader(state: string): CodedError {
  return new CodedError('SLOW_READER', { message: `Cannot go on sending: ${state}` });
}

/** The client has not the role. */
export function adminOnly(action: string, role: string): CodedError {
  return new CodedError('PERMISSION_DENIED', {
    message: `Cannot ${action}: it takes an admin`,
    details: { role, needed: 'admin' },
  });
}

/** The bytes of an upload do not begin where the host's end. */
export function uploadGap(offset: number): CodedError {
  return new CodedError('UPLOAD_INVALID', {
    message: `Cannot take the upload: the host holds ${offset} bytes of it, and the request begins behind them`,
    remedy: `Send it with "upload-offset: ${offset}"`,
    retryable: true,
    details: { offset },
  });
}

/** A fault of ours: its words go to the log and not to the client. */
export function internal(requestId: string): CodedError {
  return new CodedError('INTERNAL', {
    message: `Cannot answer the request "${requestId}": the host has a fault of its own`,
    remedy: 'Report this as a bug, with the line of the log that names the request',
    details: { requestId },
  });
}
