/** A request that was let in, and how its route runs operations. */
import type { WireError } from '#wit/errors';
import type { OperationName } from '#wit/host-types';
import type { Caller, Operations } from '#wit/interfaces';
import type { BodyForm, RequestBody } from './bytes.ts';
import type { Clock } from './clock.ts';
import { errorBody } from './socket-server.ts';
import { type FailedCase, failureOf } from './failure.ts';
import { httpStatusOf } from './http-status.ts';
import type { OperationArguments } from './operation-forms.ts';

/** What routes use. */
export interface Services {
  readonly operations: Operations;
}

/** A request whose token is a running call's. */
export interface Exchange {
  readonly caller: Caller;
  /** The conversation of the call; none for a call of no session. */
  readonly session: string | undefined;
  readonly services: Services;
  readonly clock: Clock;
  /** What stands in the path behind the route's own part, decoded. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** `{ json: undefined }` where the method has none. */
  readonly body: RequestBody;
  /** How bytes go back. */
  readonly form: BodyForm;
  /** Aborted when the asker has gone, or the call has ended; its reason is a `CodedError` then. */
  readonly signal: AbortSignal;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What an operation came to. */
export type Outcome =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: FailedCase; readonly wire: WireError };

/** Runs an operation for the caller. @throws the signal's reason where it was aborted: then the completion says nothing. */
export async function runOperation(
  { caller, services }: Exchange,
  operation: OperationName,
  { args, blobs }: OperationArguments,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const completion = await services.operations.run(caller, operation, args, blobs, signal);
  signal.throwIfAborted();
  if (completion.kind === 'ok') return completion;
  return { kind: 'failed', error: completion.error, wire: failureOf(operation, completion.error) };
}

/** The answer of a route whose operation failed. `more`: what the route says beside the error. */
export function failedAnswer(wire: WireError, more: Readonly<Record<string, unknown>> = {}): Answer {
  return { status: httpStatusOf(wire), body: { ...errorBody({ wire }), ...more } };
}
