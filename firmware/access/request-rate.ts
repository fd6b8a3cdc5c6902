/**
 * How many requests a client may send: the generic cell rate algorithm, one number a client.
 * - Time is the monotonic clock's: a wall clock that is set neither locks a client out nor frees it.
 * - The number of clients that are remembered has a maximum. One that has its whole burst back is forgotten first, which loses nothing.
 */

/** A rate. */
export interface Rate {
  readonly perSecond: number;
  /** Requests at once, after a time of rest. */
  readonly burst: number;
  /** Clients that are remembered at the same time. */
  readonly clientsMax: number;
}

/** Counts requests by client. */
export class RequestRate {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  readonly #clientsMax: number;
  /** When a client's burst is whole again. The order is that of the last request. */
  readonly #wholeAtMs = new Map<string, number>();

  constructor({ perSecond, burst, clientsMax }: Rate) {
    this.#intervalMs = 1000 / perSecond;
    this.#toleranceMs = this.#intervalMs * (burst - 1);
    this.#clientsMax = clientsMax;
  }

  get clients(): number {
    return this.#wholeAtMs.size;
  }

  /** Counts a request. A refused one does not count. @returns 0 where it is taken, otherwise the milliseconds after which one is. */
  take(client: string, nowMs: number): number {
    const wholeAtMs = Math.max(this.#wholeAtMs.get(client) ?? nowMs, nowMs);
    const waitMs = wholeAtMs - this.#toleranceMs - nowMs;
    // Less than a microsecond is the rounding of sums.
    if (waitMs > 0.001) return Math.ceil(waitMs);
    this.#wholeAtMs.delete(client);
    if (this.#wholeAtMs.size >= this.#clientsMax) this.#forget(nowMs);
    this.#wholeAtMs.set(client, wholeAtMs + this.#intervalMs);
    return 0;
  }

  #forget(nowMs: number): void {
    let first: string | undefined;
    for (const [client, wholeAtMs] of this.#wholeAtMs) {
      first ??= client;
      if (wholeAtMs <= nowMs) this.#wholeAtMs.delete(client);
    }
    if (first !== undefined && this.#wholeAtMs.size >= this.#clientsMax) this.#wholeAtMs.delete(first);
  }
}
