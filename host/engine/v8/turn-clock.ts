/** Memory that a worker shares with the engine: which turn runs, and since when, so that a deadline counts only what the guest itself takes. */

/** Cells: the number of the turn that runs (0: none), whether it only repeats recorded turns; and the time in a second array. */
const cells = { turn: 0, repeating: 1, count: 2 } as const;

/** The clock of one worker. The worker writes, the engine reads. */
export class TurnClock {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #started: Float64Array;

  constructor(buffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, cells.count);
    this.#started = new Float64Array(buffer, 8, 1);
  }

  /** A turn begins; `repeating` while a call is rebuilt. The time is written first, so that who sees the turn sees its time. */
  start(turn: number, repeating: boolean): void {
    this.#started[0] = monotonicMs();
    Atomics.store(this.#cells, cells.repeating, repeating ? 1 : 0);
    Atomics.store(this.#cells, cells.turn, turn);
  }

  stop(): void {
    Atomics.store(this.#cells, cells.turn, 0);
  }

  /** Milliseconds since the turn began to run; none where it does not run (not yet, or no more). */
  elapsedMs(turn: number): number | undefined {
    if (Atomics.load(this.#cells, cells.turn) !== turn) return undefined;
    return monotonicMs() - (this.#started[0] ?? 0);
  }

  get repeating(): boolean {
    return Atomics.load(this.#cells, cells.repeating) === 1;
  }
}

/** Milliseconds of a clock that all threads have in common; `performance.now` counts from each thread's own start. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
