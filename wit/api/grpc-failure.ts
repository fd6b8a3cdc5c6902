/** What went wrong with a request over gRPC, as a coded error: the host's own, or what the connection came to. */
import { CodedError, fromWire } from '#wit/errors';
import { type StatusMessages, codeOfStatus, decodeStatus, grpcStatuses, statusDetailsKey } from '#wit/proto';
import type { RequestOptions } from './calls.ts';

/** What the library says of a failed request. */
interface GrpcFailure {
  readonly code: number;
  readonly details: string;
  readonly metadata?: { get(key: string): (string | Buffer)[] };
}

/** Of which request. */
interface FailureContext {
  readonly address: string;
  readonly options: RequestOptions;
  readonly messages: StatusMessages;
}

/** The library's own words for a connection that never stood. */
const neverConnected = /^(?:No connection established|Name resolution failed|Failed to connect|Resolution)/;
/** And for one that broke: the status is then INTERNAL, which a host's own never is without a wire error. */
const broken = /triggered by internal client error|Connection dropped|stream closed without/i;

/** The coded error of what the library threw. */
export function grpcFailure(thrown: unknown, context: FailureContext): CodedError {
  if (!isGrpcFailure(thrown)) return unreadable(thrown);
  const details = thrown.metadata?.get(statusDetailsKey)[0];
  const wire = details instanceof Buffer ? decodeStatus(details, context.messages) : undefined;
  return wire === undefined ? bareFailure(thrown, context) : fromWire(wire);
}

/** A request that was cancelled before or while it ran. */
export function requestCancelled(): CodedError {
  return new CodedError('CANCELLED', { message: 'Cannot go on with the request: it was cancelled' });
}

/** A request after the client was closed. */
export function connectionClosed(address: string): CodedError {
  return new CodedError('CONNECTION_FAILED', {
    message: `Cannot send the request to "${address}": the connection is closed`,
    remedy: 'Connect again',
  });
}

/** A text that may not stand in a header. */
export function unsendable(what: string, cause: unknown): CodedError {
  const facts = {
    message: `Cannot send ${what}: it has characters that no header may have`,
    remedy: 'Read it again from its file, and trim it',
  };
  return new CodedError('UNAUTHENTICATED', facts, { cause });
}

/** An answer that does not mean anything here. */
function unreadable(cause: unknown): CodedError {
  const state = cause instanceof Error ? cause.message : String(cause);
  return new CodedError(
    'CONNECTION_FAILED',
    {
      message: `Cannot read the answer: ${state}`,
      remedy: 'Use an aria of the same version as the host',
      retryable: false,
    },
    { cause },
  );
}

function isGrpcFailure(thrown: unknown): thrown is GrpcFailure {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' && 'details' in thrown;
}

/** A status without a wire error: of the library, of a proxy, or of another server. */
function bareFailure(failure: GrpcFailure, { address, options }: FailureContext): CodedError {
  const { code, details } = failure;
  const cause = { cause: failure };
  if (options.signal?.aborted === true && code === grpcStatuses.CANCELLED) return requestCancelled();
  if (code === grpcStatuses.DEADLINE_EXCEEDED) return deadlineExceeded(options.timeoutMs, failure);
  if (code === grpcStatuses.UNAVAILABLE && neverConnected.test(details)) {
    const state = /Last error: (?:Error: )?(.*?)\.?(?: Resolution note:.*)?$/s.exec(details)?.[1] ?? details;
    return new CodedError('HOST_UNREACHABLE', { message: `Cannot reach the host at "${address}": ${state}` }, cause);
  }
  if (code === grpcStatuses.UNAVAILABLE || broken.test(details)) return interrupted(address, options, failure);
  if (code === grpcStatuses.RESOURCE_EXHAUSTED && /larger than/i.test(details)) {
    return new CodedError('MESSAGE_TOO_LARGE', { message: `Cannot send the message: ${details}` }, cause);
  }
  if (code === grpcStatuses.UNIMPLEMENTED) {
    const facts = {
      message: `Cannot send the request: the host does not serve it: ${details}`,
      remedy: 'Use an aria of the same version as the host',
      retryable: false,
    };
    return new CodedError('UNAVAILABLE', facts, cause);
  }
  return new CodedError(codeOfStatus(code), { message: `Cannot finish the request: ${details}` }, cause);
}

function deadlineExceeded(timeoutMs: number | undefined, cause: unknown): CodedError {
  const state = timeoutMs === undefined ? 'its time is over' : `${timeoutMs} ms have passed`;
  const facts = { message: `Cannot wait for the answer: ${state}`, remedy: 'Give it more time with timeoutMs' };
  return new CodedError('DEADLINE_EXCEEDED', facts, { cause });
}

/** Whether the host did what was asked is not known; only a key makes it safe to ask again. */
function interrupted(address: string, { idempotencyKey }: RequestOptions, failure: GrpcFailure): CodedError {
  const keyed = idempotencyKey !== undefined;
  return new CodedError(
    'CONNECTION_FAILED',
    {
      message: `Cannot wait for the answer of "${address}": the connection was cut: ${failure.details}`,
      remedy: keyed
        ? 'Send the request again with the same idempotency key'
        : 'Look whether it happened, then try again; with an idempotency key a repeated request runs once',
      retryable: keyed,
    },
    { cause: failure },
  );
}
