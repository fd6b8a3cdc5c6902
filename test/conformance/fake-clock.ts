/** A clock that goes on only when it is told to. */
import type { Clock } from '#host';

/** See above. */
export class FakeClock implements Clock {
  #nowMs = 1_700_000_000_000;
  readonly #sleepers = new Map<() => void, number>();

  nowMs(): number {
    return this.#nowMs;
  }

  /** Who sleeps now. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = (): void => {
      this.#sleepers.delete(end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    this.#sleepers.set(end, this.#nowMs + ms);
    signal.addEventListener('abort', end);
    return promise;
  }

  /** Lets time pass; sleepers wake in the order of their times. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#sleepers]
        .filter(([, atMs]) => atMs <= untilMs)
        .sort(([, left], [, right]) => left - right)[0];
      if (!next) break;
      this.#nowMs = next[1];
      next[0]();
    }
    this.#nowMs = untilMs;
  }

  /** Waits until as many sleep. The deadline of a call is one of them. */
  async untilSleeping(count: number): Promise<void> {
    while (this.#sleepers.size < count) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
