/**
 * Deadlines of many connections from one sleep. Time is counted in ticks that have been slept, so that a wall clock that is set moves no deadline, and a
 * machine that is slow gives its clients as much longer.
 */
import type { Clock } from '#host';

/** Looks at everything that has a deadline, some times a second, while there is anything. */
export class Ticker implements Disposable {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #watchers = new Set<() => void>();
  readonly #stopped = new AbortController();
  #nowMs = 0;
  #running = false;

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.#tickMs = tickMs;
  }

  /** Milliseconds that this ticker has counted. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `look` at every tick until it is disposed of. */
  watch(look: () => void): Disposable {
    this.#watchers.add(look);
    if (!this.#running) void this.#run();
    return { [Symbol.dispose]: () => this.#watchers.delete(look) };
  }

  /** Calls `expire` once, after at least so many milliseconds, unless it is disposed of before. */
  after(ms: number, expire: () => void): Disposable {
    // What is left of the tick under way does not count.
    const atMs = this.#nowMs + ms + this.#tickMs;
    const watched = this.watch(() => {
      if (this.#nowMs < atMs) return;
      watched[Symbol.dispose]();
      expire();
    });
    return watched;
  }

  [Symbol.dispose](): void {
    this.#watchers.clear();
    this.#stopped.abort();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const { signal } = this.#stopped;
    while (this.#watchers.size > 0 && !signal.aborted) {
      await this.#clock.sleep(this.#tickMs, signal);
      this.#nowMs += this.#tickMs;
      for (const look of this.#watchers) look();
    }
    this.#running = false;
  }
}
