/**
 * How many items of a kind should wait, by what was taken lately. Two measures, of which the larger one counts:
 *
 * - the rate of takes, times the time of a start: as many are taken while one starts (Little's law), and twice the square root of that beside
 *   it, so that a Poisson stream of takers nearly always finds one;
 * - the most that were taken within the time of one start, which fades: the rate of a burst is small, its width is not.
 */

/** Memory of the rate. */
const rateWindowMs = 10_000;
/** After this long a burst counts for 37 % of its width. */
const burstFadesMs = 30_000;
/** How much the newest start counts in the mean. */
const startWeight = 0.2;
/** Before the first start is known: a cold start of crun and Bun (facts/containers.md A2). */
const startMsGuess = 50;
/** Starts that are remembered for percentiles. */
const startsMax = 64;

/** The demand for one kind. */
export class Demand {
  readonly #idleMs: number;
  #ratePerMs = 0;
  #burst = 0;
  #windowFromMs = Number.NEGATIVE_INFINITY;
  #windowTakes = 0;
  #measuredAtMs: number;
  #seenAtMs: number;
  #startMs = startMsGuess;
  readonly #starts: number[] = [];

  constructor(nowMs: number, idleMs: number) {
    this.#idleMs = idleMs;
    this.#measuredAtMs = nowMs;
    this.#seenAtMs = nowMs;
  }

  /** When it was last taken or expected. */
  get seenAtMs(): number {
    return this.#seenAtMs;
  }

  /** Times of the last starts, in milliseconds, sorted. */
  get starts(): readonly number[] {
    return this.#starts.toSorted((left, right) => left - right);
  }

  /** Somebody says that this kind will be wanted. */
  expect(nowMs: number): void {
    this.#seenAtMs = nowMs;
  }

  /** Somebody took one. */
  take(nowMs: number): void {
    this.#fade(nowMs);
    this.#ratePerMs += 1 / rateWindowMs;
    if (nowMs - this.#windowFromMs > this.#startMs) {
      this.#windowFromMs = nowMs;
      this.#windowTakes = 0;
    }
    this.#windowTakes += 1;
    this.#burst = Math.max(this.#burst, this.#windowTakes);
    this.#seenAtMs = nowMs;
  }

  /** One was started in so many milliseconds. */
  started(ms: number): void {
    this.#startMs = this.#starts.length === 0 ? ms : this.#startMs + startWeight * (ms - this.#startMs);
    this.#starts.push(ms);
    if (this.#starts.length > startsMax) this.#starts.shift();
  }

  isIdle(nowMs: number): boolean {
    return nowMs - this.#seenAtMs > this.#idleMs;
  }

  /** How many should wait now: at least one until it is idle, then none. */
  target(nowMs: number): number {
    if (this.isIdle(nowMs)) return 0;
    this.#fade(nowMs);
    const whileOneStarts = this.#ratePerMs * this.#startMs;
    return Math.max(1, Math.ceil(whileOneStarts + 2 * Math.sqrt(whileOneStarts)), Math.round(this.#burst));
  }

  #fade(nowMs: number): void {
    // A machine's clock may go back.
    const ms = Math.max(0, nowMs - this.#measuredAtMs);
    this.#ratePerMs *= Math.exp(-ms / rateWindowMs);
    this.#burst *= Math.exp(-ms / burstFadesMs);
    this.#measuredAtMs = nowMs;
  }
}
