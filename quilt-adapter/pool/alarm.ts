/** One time at which something is done; a new time takes the place of the old one. */
import type { Clock } from './ports.ts';

/** See above. */
export class Alarm implements Disposable {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #set: { readonly atMs: number; readonly off: AbortController } | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at this time, or earlier where it is set for an earlier one. */
  setBy(atMs: number): void {
    const nowMs = this.#clock.nowMs();
    if (this.#set && this.#set.atMs <= atMs && this.#set.atMs > nowMs) return;
    this.#set?.off.abort();
    const set = { atMs, off: new AbortController() };
    this.#set = set;
    void this.#clock.sleep(Math.max(1, atMs - nowMs), set.off.signal).then(() => {
      if (this.#set !== set) return;
      this.#set = undefined;
      this.#ring();
    });
  }

  [Symbol.dispose](): void {
    const set = this.#set;
    this.#set = undefined;
    set?.off.abort();
  }
}
