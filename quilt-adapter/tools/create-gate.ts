/** How many containers a session may create: a token bucket each, and a maximum at a time. */
import type { Clock } from '../pool/ports.ts';
import { createsExceeded, sessionFull } from './errors.ts';
import type { sessionLimits } from './limits.ts';

/** What a session may. */
export type SessionLimits = Readonly<Record<keyof typeof sessionLimits, number>>;

interface Bucket {
  left: number;
  atMs: number;
  /** Creates of a session come one after the other, so that what one counts the next one sees. */
  last: Promise<unknown>;
  /** Creates that are not done. */
  open: number;
}

/** See above. */
export class CreateGate {
  readonly #limits: SessionLimits;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: SessionLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Runs `create` if the session may: `count` says how many it has.
   * @throws {CodedError} `RATE_LIMITED`, `OVERLOADED`, or what either of them rejects with.
   */
  async pass<Value>(
    session: string,
    { count, create }: { count(): Promise<number>; create(): Promise<Value> },
  ): Promise<Value> {
    const bucket = this.#bucket(session);
    this.#fill(bucket);
    if (bucket.left < 1) {
      const { createsMax, createsPerMs } = this.#limits;
      throw createsExceeded(createsMax, ((1 - bucket.left) * createsPerMs) / createsMax);
    }
    bucket.left -= 1;
    bucket.open += 1;
    const work = async (): Promise<Value> => {
      if ((await count()) >= this.#limits.containersMax) throw sessionFull(this.#limits.containersMax);
      return create();
    };
    const turn = bucket.last.then(work, work);
    bucket.last = turn.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await turn;
    } finally {
      bucket.open -= 1;
    }
  }

  #bucket(session: string): Bucket {
    const known = this.#buckets.get(session);
    if (known) {
      // The one that was used last is the last to be forgotten.
      this.#buckets.delete(session);
      this.#buckets.set(session, known);
      return known;
    }
    this.#forget();
    const bucket = { left: this.#limits.createsMax, atMs: this.#clock.nowMs(), last: Promise.resolve(), open: 0 };
    this.#buckets.set(session, bucket);
    return bucket;
  }

  /** Makes room. A session that is forgotten would have its creates back, so only full ones are, unless nobody's is. */
  #forget(): void {
    if (this.#buckets.size < this.#limits.sessionsMax) return;
    let oldest: string | undefined;
    for (const [session, bucket] of this.#buckets) {
      if (bucket.open > 0) continue;
      this.#fill(bucket);
      oldest ??= session;
      if (bucket.left < this.#limits.createsMax) continue;
      this.#buckets.delete(session);
      if (this.#buckets.size < this.#limits.sessionsMax) return;
    }
    if (this.#buckets.size >= this.#limits.sessionsMax && oldest !== undefined) this.#buckets.delete(oldest);
  }

  #fill(bucket: Bucket): void {
    const nowMs = this.#clock.nowMs();
    const { createsMax, createsPerMs } = this.#limits;
    const gained = (Math.max(0, nowMs - bucket.atMs) * createsMax) / createsPerMs;
    bucket.left = Math.min(createsMax, bucket.left + gained);
    bucket.atMs = nowMs;
  }
}
