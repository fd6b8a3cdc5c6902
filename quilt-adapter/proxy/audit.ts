/** What is told of each way to the network. */
import type { ErrorCode } from '#wit/errors';
import type { Clock } from '../icc/clock.ts';
import type { Destination } from './errors.ts';
import type { RunningCall } from './running-calls.ts';

/** One tunnel, one request, or the refusal of one. */
export interface EgressRecord {
  readonly container: string;
  /** Who; absent where no call's token covers the destination. */
  readonly callId: string | undefined;
  readonly bundle: string | undefined;
  readonly tool: string | undefined;
  /** `tunnel`: of `CONNECT`. */
  readonly kind: 'tunnel' | 'request';
  /** As the container wrote it; a path is not kept, since it may hold a secret. */
  readonly method: string;
  /** Absent where the target could not be read. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The last one that was tried or refused; absent where it did not come to that. */
  readonly address: string | undefined;
  /** From the network to the container, and the other way; headers included. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** `CANCELLED`: the call has ended, or the container has given it up. */
  readonly outcome: 'done' | ErrorCode;
}

/** What is known so far of one way; written once, when it is over. */
export class Passage {
  readonly #audit: (record: EgressRecord) => void;
  readonly #clock: Clock;
  readonly #facts: Pick<EgressRecord, 'container' | 'kind' | 'method' | 'startedMs'>;
  call: RunningCall | undefined;
  destination: Destination | undefined;
  address: string | undefined;
  #closed = false;

  constructor(
    audit: (record: EgressRecord) => void,
    clock: Clock,
    facts: Pick<EgressRecord, 'container' | 'kind' | 'method'>,
  ) {
    this.#audit = audit;
    this.#clock = clock;
    this.#facts = { ...facts, method: facts.method.slice(0, 32), startedMs: clock.nowMs() };
  }

  /** Writes the record; whatever comes later says nothing new. */
  close(
    outcome: EgressRecord['outcome'],
    bytes: { readonly in: number; readonly out: number } = { in: 0, out: 0 },
  ): void {
    if (this.#closed) return;
    this.#closed = true;
    const caller = this.call?.caller;
    this.#audit({
      ...this.#facts,
      callId: caller?.callId,
      bundle: caller?.bundle,
      tool: caller?.tool,
      host: this.destination?.host,
      port: this.destination?.port,
      address: this.address,
      bytesIn: bytes.in,
      bytesOut: bytes.out,
      endedMs: this.#clock.nowMs(),
      outcome,
    });
  }
}
