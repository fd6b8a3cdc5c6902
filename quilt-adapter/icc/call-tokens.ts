/** Which calls of a container may ask, each by a token of its own that ends with it. */
import { timingSafeEqual } from 'node:crypto';
import type { Caller } from '#wit/interfaces';
import { type Clock, after } from './clock.ts';
import { callEnded, callTokenInvalid, tooMany } from './errors.ts';

/** 256 bits: nobody guesses one. */
const tokenBytes = 32;
const bearerPattern = /^bearer +([A-Za-z0-9_-]{43})$/i;

/** A call that runs. */
export interface LiveCall {
  readonly caller: Caller;
  readonly token: string;
  /** Aborted, with a `CodedError`, when the call ends. */
  readonly signal: AbortSignal;
  /** Its token is none any more, and what it has open is aborted. Idempotent. */
  end(): void;
}

/** The calls of one container. */
export class CallTokens {
  readonly #callsMax: number;
  readonly #clock: Clock;
  readonly #random: (count: number) => Uint8Array;
  readonly #calls = new Map<Buffer, LiveCall>();

  constructor(callsMax: number, clock: Clock, random: (count: number) => Uint8Array) {
    this.#callsMax = callsMax;
    this.#clock = clock;
    this.#random = random;
  }

  get count(): number {
    return this.#calls.size;
  }

  /** `deadlineMs`: since 1970; the token ends then at the latest. @throws {CodedError} `OVERLOADED`. */
  begin(caller: Caller, deadlineMs: number): LiveCall {
    if (this.#calls.size >= this.#callsMax) throw tooMany('calls run', this.#callsMax);
    const token = Buffer.from(this.#random(tokenBytes)).toString('base64url');
    const key = Buffer.from(token);
    const ended = new AbortController();
    const end = (): void => {
      if (!this.#calls.delete(key)) return;
      deadline[Symbol.dispose]();
      ended.abort(callEnded());
    };
    const deadline = after(this.#clock, deadlineMs - this.#clock.nowMs(), end);
    const call = { caller, token, signal: ended.signal, end };
    this.#calls.set(key, call);
    return call;
  }

  /** The call of a header `authorization`. @throws {CodedError} `CALL_TOKEN_INVALID`, in the same time for every token. */
  find(authorization: string | undefined): LiveCall {
    const given = Buffer.from(bearerPattern.exec(authorization ?? '')?.[1] ?? '');
    let found: LiveCall | undefined;
    for (const [key, call] of this.#calls) if (given.length === key.length && timingSafeEqual(given, key)) found = call;
    if (!found) throw callTokenInvalid();
    return found;
  }

  endAll(): void {
    for (const call of [...this.#calls.values()]) call.end();
  }
}
