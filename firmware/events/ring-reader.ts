/** One who follows a ring: a position in it, and at most one promise that waits. */
import { subscribersExceeded } from './errors.ts';
import type { Ring } from './ring.ts';

/** What a reader goes through. */
export interface Reading<Item> {
  /** Behind this number. */
  readonly after: number;
  /** Ends behind this one; goes on for ever where absent. */
  readonly until?: number;
  /** Comes first, whatever the filters say. */
  readonly notice?: Item;
  /** Only items of these topics; all where absent. */
  readonly topics?: ReadonlySet<string>;
  /** Only items that it accepts. Must not throw. */
  readonly matches?: (item: Item) => boolean;
  /** What a reader that is too slow ends with; `sequence` is the last number that it got, or `after`. */
  readonly tooSlow: (sequence: number) => Error;
  /** Ends the reader at once. */
  readonly signal: AbortSignal;
}

type Result<Item> = IteratorResult<Item, undefined>;

/** One who follows a ring. Made by the iteration; it ends with the signal, with `return`, behind `until`, and when it is too slow. */
export class RingReader<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #ring: Ring<Item>;
  readonly #reading: Reading<Item>;
  readonly #abort = (): void => this.#end();
  /** Number of the next item to look at. */
  #next: number;
  #delivered: number;
  #notice: Item | undefined;
  #waiting: PromiseWithResolvers<Result<Item>> | undefined;
  #ended = false;

  constructor(ring: Ring<Item>, reading: Reading<Item>) {
    this.#ring = ring;
    this.#reading = reading;
    this.#next = reading.after + 1;
    this.#delivered = reading.after;
    this.#notice = reading.notice;
    if (reading.signal.aborted) {
      this.#ended = true;
      return;
    }
    if (!ring.enter(this)) throw subscribersExceeded(ring.readersMax);
    reading.signal.addEventListener('abort', this.#abort);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result<Item>> {
    // A second `next` before the first has its answer takes the one behind it.
    if (this.#waiting !== undefined) return this.#waiting.promise.then(() => this.next());
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    if (this.#notice !== undefined) {
      const value = this.#notice;
      this.#notice = undefined;
      return Promise.resolve({ done: false, value });
    }
    if (this.#next < this.#ring.first && this.#ring.gone(this.#reading.topics) >= this.#next) {
      const error = this.#reading.tooSlow(this.#delivered);
      this.#end();
      return Promise.reject(error);
    }
    return this.#scan();
  }

  return(): Promise<Result<Item>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  /** Of the ring, while this one waits: an item that has just come. */
  offer(item: Item, sequence: number): void {
    if (!this.#wants(item)) return;
    this.#ring.wake(this);
    this.#next = sequence + 1;
    this.#delivered = sequence;
    this.#waiting?.resolve({ done: false, value: item });
    this.#waiting = undefined;
  }

  #scan(): Promise<Result<Item>> {
    const last = Math.min(this.#ring.last, this.#reading.until ?? Infinity);
    for (let sequence = Math.max(this.#next, this.#ring.first); sequence <= last; sequence += 1) {
      const item = this.#ring.at(sequence);
      if (item === undefined || !this.#wants(item)) continue;
      this.#next = sequence + 1;
      this.#delivered = sequence;
      return Promise.resolve({ done: false, value: item });
    }
    if (this.#reading.until !== undefined) {
      this.#end();
      return Promise.resolve({ done: true, value: undefined });
    }
    this.#waiting = Promise.withResolvers();
    this.#ring.wait(this);
    return this.#waiting.promise;
  }

  #wants(item: Item): boolean {
    const { topics, matches } = this.#reading;
    return (topics === undefined || topics.has(this.#ring.topicOf(item))) && (matches === undefined || matches(item));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#notice = undefined;
    this.#reading.signal.removeEventListener('abort', this.#abort);
    this.#ring.leave(this);
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
  }
}
