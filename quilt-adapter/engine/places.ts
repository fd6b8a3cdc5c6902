/**
 * Places of calls that run: as many as may, and a line of those that wait for one, in the order in which they came.
 *
 * A call never waits for a place that one of its callers has: it is refused instead. Nor does it wait without an end: it may hold tokens meanwhile that those wait for who have
 * the places, which nobody else would see.
 */
import type { Caller } from '#wit/interfaces';
import { noPlaceForNested, tooManyCalls } from './errors.ts';
import type { ContainerEngineLimits } from './limits.ts';
import type { Clock } from './ports.ts';

interface Waiting<Call> {
  readonly call: Call;
  readonly callId: string | undefined;
  enter(): void;
}

/** See above. */
export class Places<Call extends object> {
  readonly #clock: Clock;
  readonly #limits: Pick<ContainerEngineLimits, 'callsOpenMax' | 'callsWaitingMax' | 'callsWaitMs'>;
  /** Ids of the calls that have a place; absent for one that nobody calls by an id. */
  readonly #inside = new Map<Call, string | undefined>();
  readonly #line: Waiting<Call>[] = [];

  constructor(clock: Clock, limits: Pick<ContainerEngineLimits, 'callsOpenMax' | 'callsWaitingMax' | 'callsWaitMs'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Resolves when the call has a place, or when the signal is aborted. @throws {CodedError} `UNAVAILABLE`. */
  async enter(call: Call, caller: Caller | undefined, signal: AbortSignal): Promise<void> {
    // Nobody would leave a place for a call that is over already.
    if (signal.aborted) return;
    const callId = caller?.callId;
    const { callsOpenMax, callsWaitingMax, callsWaitMs } = this.#limits;
    if (this.#inside.size < callsOpenMax) {
      this.#inside.set(call, callId);
      return;
    }
    const callers = new Set(caller?.path?.map((one) => one.callId));
    for (const id of this.#inside.values())
      if (id !== undefined && callers.has(id)) throw noPlaceForNested(callsOpenMax);
    if (this.#line.length >= callsWaitingMax) throw tooManyCalls(callsOpenMax + this.#line.length);
    const over = new AbortController();
    const waiting = { call, callId, enter: () => over.abort('entered') };
    this.#line.push(waiting);
    await this.#clock.sleep(callsWaitMs, AbortSignal.any([over.signal, signal]));
    const at = this.#line.indexOf(waiting);
    if (at === -1) return;
    this.#line.splice(at, 1);
    if (!signal.aborted) throw tooManyCalls(callsOpenMax + this.#line.length);
  }

  /** The call is over; whoever has waited for longest has its place. */
  leave(call: Call): void {
    if (!this.#inside.delete(call)) {
      // One that still waits must not be given a place that nobody leaves.
      const at = this.#line.findIndex((waiting) => waiting.call === call);
      if (at !== -1) this.#line.splice(at, 1);
      return;
    }
    const next = this.#line.shift();
    if (!next) return;
    this.#inside.set(next.call, next.callId);
    next.enter();
  }
}
