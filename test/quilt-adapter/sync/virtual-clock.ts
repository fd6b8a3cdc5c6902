/** A clock that stands still until a test moves it. */
import type { SyncClock } from '../../../quilt-adapter/sync/clock.ts';

export class VirtualClock implements SyncClock {
  #nowMs: number;
  readonly #alarms = new Map<() => void, number>();

  constructor(startMs = 1_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const alarm = (): void => run();
    this.#alarms.set(alarm, this.#nowMs + delayMs);
    return () => this.#alarms.delete(alarm);
  }

  get alarms(): number {
    return this.#alarms.size;
  }

  /** The process sleeps: time passes, and alarms come late. */
  sleep(ms: number): void {
    this.#nowMs += ms;
  }

  /** Time passes, and each alarm comes at its time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#alarms].filter(([, atMs]) => atMs <= endMs).toSorted(([, a], [, b]) => a - b)[0];
      if (due === undefined) break;
      this.#alarms.delete(due[0]);
      this.#nowMs = Math.max(this.#nowMs, due[1]);
      due[0]();
    }
    this.#nowMs = endMs;
  }
}
