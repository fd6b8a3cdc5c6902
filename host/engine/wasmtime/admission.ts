/** Room in the pool: a call without room waits in the order of its arrival, and is never refused. */
import { poolInstances } from './profiles.ts';

/** What waits for room. */
interface Waiting {
  grant(): void;
}

/** Counts the room of a pool. Without a pool the same number bounds the instances of a process. */
export class Admission {
  readonly #waiting = new Map<Waiting, number>();
  #free = poolInstances;

  /** Whether there is room now, which is then taken; otherwise `grant` is called when there is. */
  admit(call: Waiting, weight: number): boolean {
    if (this.#waiting.size === 0 && this.#free >= weight) {
      this.#free -= weight;
      return true;
    }
    this.#waiting.set(call, weight);
    return false;
  }

  /** A call is over: it gives back what it had, or waits no more. */
  leave(call: Waiting, weight: number): void {
    this.#free += weight;
    if (this.#waiting.size === 0) return;
    this.#waiting.delete(call);
    for (const [next, wanted] of this.#waiting) {
      if (wanted > this.#free) return;
      this.#waiting.delete(next);
      this.#free -= wanted;
      next.grant();
    }
  }
}
