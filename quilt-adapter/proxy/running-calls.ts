/** The calls of a container that may go to the network, and where to. */
import type { Caller } from '#wit/interfaces';
import { type Token, covers, hostOfAddress, isPublicAddress } from '#wit/tokens';
import { type Clock, after } from '../icc/clock.ts';
import { type Destination, destinationDenied, egressEnded } from './errors.ts';

/** A call that runs. */
export interface RunningCall {
  readonly caller: Caller;
  readonly tokens: readonly Token[];
  /** Aborted, with a `CodedError`, when the call ends. */
  readonly signal: AbortSignal;
  /** Closes all that it has open. Idempotent. */
  end(): void;
}

/** A call to begin. */
export interface CallToRun {
  readonly caller: Caller;
  /** What it may reach; those of other kinds are passed over. */
  readonly tokens: readonly Token[];
  /** Milliseconds since 1970, when it ends at the latest. */
  readonly deadlineMs: number;
}

/** The running calls of one container. */
export class RunningCalls {
  readonly #clock: Clock;
  readonly #calls = new Set<RunningCall>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin({ caller, tokens, deadlineMs }: CallToRun): RunningCall {
    const ended = new AbortController();
    const end = (): void => {
      if (!this.#calls.delete(call)) return;
      deadline[Symbol.dispose]();
      ended.abort(egressEnded());
    };
    const call: RunningCall = {
      caller,
      tokens: tokens.filter(({ kind }) => kind === 'net'),
      signal: ended.signal,
      end,
    };
    this.#calls.add(call);
    const deadline = after(this.#clock, deadlineMs - this.#clock.nowMs(), end);
    return call;
  }

  /** The newest call with a token for the destination. @throws {CodedError} `CAPABILITY_DENIED`. */
  allowing(destination: Destination): RunningCall {
    const wanted: Token = { kind: 'net', ...destination };
    const found = [...this.#calls].findLast(({ tokens }) => tokens.some((token) => covers(token, wanted)));
    if (!found) throw destinationDenied(destination);
    return found;
  }

  endAll(): void {
    for (const call of [...this.#calls]) call.end();
  }
}

/** Whether a call may connect to an address: a public one, or one that a token of it names literally, with the port. */
export function mayConnect({ tokens }: RunningCall, address: string, port: number): boolean {
  if (isPublicAddress(address)) return true;
  const host = hostOfAddress(address);
  if (host === undefined) return false;
  return tokens.some(
    (token) => token.kind === 'net' && token.host === host && covers(token, { kind: 'net', host, port }),
  );
}
