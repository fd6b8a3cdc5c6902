/** What ICC refuses before an operation is asked, and what it says of operations that fail. */
import { CodedError, type ErrorFacts } from '#wit/errors';

/** A request is not of a form that is known. */
export function requestInvalid(field: string, state: string, facts: Partial<ErrorFacts> = {}): CodedError {
  return new CodedError('REQUEST_INVALID', {
    message: `Cannot take the request: ${field} ${state}`,
    details: { field },
    ...facts,
  });
}

/** A place of the body does not fit what the route takes. `pointer`: RFC 6901, from the body's root. */
export function bodyInvalid(pointer: string, state: string, remedy: string): CodedError {
  return new CodedError('INPUT_INVALID', {
    message: `Cannot take the request: ${state}, at "${pointer}"`,
    remedy,
    details: { violations: [{ pointer, message: state }] },
  });
}

/** No such path. */
export function routeNotFound(method: string, path: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot answer ${method} "${path.slice(0, 128)}": there is no such path`,
    remedy: 'Use a route of the ICC, as POST /operations/kv.get',
  });
}

/** The path is known, the method is not. */
export function methodRefused(method: string, allowed: string): CodedError {
  return requestInvalid('the method', `is ${method}, and this path takes ${allowed}`, {
    remedy: `Send the request with ${allowed}`,
  });
}

/** The token is none of a call that runs in this container: missing, unknown, ended or another container's. Which of them is not said. */
export function callTokenInvalid(): CodedError {
  return new CodedError('CALL_TOKEN_INVALID', {
    message: 'Cannot take the request: its token is none of a call that runs in this container',
    remedy: 'Send "authorization: Bearer …" with the value of ARIA_SESSION_TOKEN, while the call runs',
  });
}

/** More bytes than allowed. */
export function tooLarge(what: string, bytesMax: number): CodedError {
  return new CodedError('MESSAGE_TOO_LARGE', {
    message: `Cannot take ${what}: it has more than ${bytesMax} bytes, the maximum`,
    details: { bytesMax },
  });
}

/** More of something at the same time than the container may have. */
export function tooMany(what: string, max: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot take the request: ${max} ${what}, which is the maximum of a container`,
    details: { max },
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

/** The time that the request itself allowed is over. */
export function timedOut(seconds: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot answer: the ${seconds} s of timeout_seconds are over`,
    remedy: 'Allow more time in timeout_seconds, or leave it out',
    details: { timeoutSeconds: seconds },
  });
}

/** The call has ended, and what it had open with it. */
export function callEnded(): CodedError {
  return new CodedError('CANCELLED', {
    message: 'Cannot answer: the call has ended',
    remedy: 'Wait for what a call starts before it ends',
    retryable: false,
  });
}

/** Nothing more is taken. */
export function iccClosed(): CodedError {
  return new CodedError('UNAVAILABLE', { message: 'Cannot begin a call: the ICC of the container is closed' });
}

/** A fault of ours: its words go to the log and not into the container. */
export function internal(): CodedError {
  return new CodedError('INTERNAL', {
    message: 'Cannot answer: the host has a fault of its own',
    remedy: "Report this as a bug, with the line of the host's log of this time",
  });
}

/** The socket of a container cannot be had. */
export function socketRefused(what: string, cause: string, options?: ErrorOptions): CodedError {
  const facts = { message: `Cannot listen on the ${what} of a container: ${cause}`, details: { cause } };
  return new CodedError('CONTAINER_START_FAILED', facts, options);
}
