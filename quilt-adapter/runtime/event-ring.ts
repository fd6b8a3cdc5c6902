/** The last events, for whoever asks now and for readers that go on from here. */
import { eventsMissed, runtimeClosed, tooMany } from './errors.ts';
import type { ContainerEvent, ContainerEventKind } from './container-runtime.ts';

/** Which events are wanted; absent: all. Ids of containers. */
export interface EventQuery {
  readonly containers?: readonly string[];
  readonly kinds?: readonly ContainerEventKind[];
}

/** See above. Readers do not hold anything back: whoever is further behind than the ring is long ends with `SLOW_READER`. */
export class EventRing implements Disposable {
  readonly #kept: number;
  readonly #readersMax: number;
  readonly #events: ContainerEvent[] = [];
  /** Events before the first that is kept. */
  #gone = 0;
  #readers = 0;
  #closed = false;
  #wake = Promise.withResolvers<void>();

  constructor(kept: number, readersMax: number) {
    this.#kept = kept;
    this.#readersMax = readersMax;
  }

  add(event: ContainerEvent): void {
    this.#events.push(event);
    // Cut in blocks: a shift for each event would move the ring each time.
    if (this.#events.length >= this.#kept * 2) {
      this.#gone += this.#events.length - this.#kept;
      this.#events.splice(0, this.#events.length - this.#kept);
    }
    this.#rouse();
  }

  /** The events that are kept, oldest first. */
  recent(query: EventQuery = {}): readonly ContainerEvent[] {
    return this.#events.slice(-this.#kept).filter((event) => isWanted(event, query));
  }

  /**
   * What happens from this call on, until the signal.
   * @throws {CodedError} `OVERLOADED`; the iteration ends with `SLOW_READER` or, when the ring is closed, with `UNAVAILABLE`.
   */
  follow(query: EventQuery, signal: AbortSignal): AsyncIterableIterator<ContainerEvent> {
    if (this.#closed) throw runtimeClosed();
    if (this.#readers >= this.#readersMax) throw tooMany('follow the events', 'readers', this.#readersMax);
    this.#readers += 1;
    let place = this.#gone + this.#events.length;
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      this.#readers -= 1;
      signal.removeEventListener('abort', end);
      this.#rouse();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    const next = async (): Promise<IteratorResult<ContainerEvent, undefined>> => {
      while (!over) {
        const missed = this.#gone + Math.max(0, this.#events.length - this.#kept) - place;
        if (missed > 0) {
          end();
          throw eventsMissed(missed);
        }
        const event = this.#events[place - this.#gone];
        if (event) {
          place += 1;
          if (isWanted(event, query)) return { done: false, value: event };
        } else if (this.#closed) {
          end();
          throw runtimeClosed();
        } else await this.#wake.promise;
      }
      return { done: true, value: undefined };
    };
    return {
      next,
      return: () => {
        end();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Readers get what is there, and then their end. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#rouse();
  }

  #rouse(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers();
    resolve();
  }
}

function isWanted({ container, kind }: ContainerEvent, { containers, kinds }: EventQuery): boolean {
  return (!containers || containers.includes(container)) && (!kinds || kinds.includes(kind));
}
