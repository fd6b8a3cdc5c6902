/** Places for so many at a time; others wait in the order in which they came. */
import { cancelled, overloaded } from './errors.ts';

/** Who may wait; one more is refused. */
const waitingMax = 1_000;

interface Waiter {
  readonly give: () => void;
}

/** See above. */
export class Slots {
  readonly #action: string;
  readonly #countMax: number;
  #taken = 0;
  readonly #waiting = new Set<Waiter>();

  constructor(action: string, countMax: number) {
    this.#action = action;
    this.#countMax = countMax;
  }

  /** Waits for a place; whoever has it disposes it, once or more often. @throws {CodedError} `CANCELLED`, `OVERLOADED`. */
  async take(signal?: AbortSignal): Promise<Disposable> {
    if (signal?.aborted === true) throw cancelled(this.#action);
    if (this.#taken < this.#countMax) {
      this.#taken += 1;
      return this.#slot();
    }
    if (this.#waiting.size >= waitingMax) throw overloaded(this.#action, `${waitingMax} wait already`);
    const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
    // Whoever gives a place hands over its own, so that nobody comes between.
    const waiter: Waiter = { give: () => resolve(this.#slot()) };
    const abort = (): void => {
      this.#waiting.delete(waiter);
      reject(cancelled(this.#action));
    };
    this.#waiting.add(waiter);
    signal?.addEventListener('abort', abort, { once: true });
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  #slot(): Disposable {
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        const [next] = this.#waiting;
        if (next === undefined) {
          this.#taken -= 1;
          return;
        }
        this.#waiting.delete(next);
        next.give();
      },
    };
  }
}
