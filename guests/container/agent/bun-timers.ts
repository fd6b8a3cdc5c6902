/** Timers of a tool of the engine `bun`: operations as in the guest engine, with handles as packages for Node expect them. */
import {
  clearInterval as clearGuestInterval,
  setInterval as setGuestInterval,
  setTimeout as setGuestTimeout,
} from '../../engine/prelude/timers.ts';

type Callback = (...args: readonly unknown[]) => unknown;

/** The functions. */
export interface BunTimers {
  readonly setTimeout: (callback: Callback, delay?: number, ...args: readonly unknown[]) => object;
  readonly setInterval: (callback: Callback, delay?: number, ...args: readonly unknown[]) => object;
  readonly clearTimeout: (handle?: unknown) => void;
  readonly clearInterval: (handle?: unknown) => void;
}

/**
 * A handle. A timer never keeps a call waiting that has returned, so `ref` and `unref` only answer as they do in Node: a call that waits for nothing but a
 * timer that was let go waits for it.
 */
class Timeout {
  readonly #start: () => number;
  #id: number;
  #referenced = true;

  constructor(start: () => number) {
    this.#start = start;
    this.#id = start();
  }

  ref(): this {
    this.#referenced = true;
    return this;
  }

  unref(): this {
    this.#referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  refresh(): this {
    clearGuestInterval(this.#id);
    this.#id = this.#start();
    return this;
  }

  close(): this {
    clearGuestInterval(this.#id);
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }
}

/** Makes them. */
export function makeBunTimers(): BunTimers {
  const clear = (handle?: unknown): void => {
    if (handle instanceof Timeout) handle.close();
    else clearGuestInterval(handle);
  };
  return {
    setTimeout: (callback, delay, ...args) => new Timeout(() => setGuestTimeout(callback, delay, ...args)),
    setInterval: (callback, delay, ...args) => new Timeout(() => setGuestInterval(callback, delay, ...args)),
    clearTimeout: clear,
    clearInterval: clear,
  };
}
