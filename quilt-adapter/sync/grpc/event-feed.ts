/** Events of the scheduler for those who watch: each has its own place in them, and a bounded backlog. */
import type { CodedError } from '#wit/errors';
import type { SchedulerEvent } from '../scheduler.ts';
import { eventToMessage } from './answers.ts';
import { slowWatcher } from './errors.ts';

/** Hands over events from now on, until the function that it returns is called. Listeners are called in the scheduler's own turn, and do not throw. */
export type Subscribe = (listener: (event: SchedulerEvent) => void) => () => void;

/** Fans out. Owns the one subscription that it has while somebody watches. */
export class EventFeed implements Disposable {
  readonly #subscribe: Subscribe;
  readonly #backlogMax: number;
  readonly #readers = new Set<Backlog>();
  #unsubscribe: (() => void) | undefined;

  constructor(subscribe: Subscribe, backlogMax: number) {
    this.#subscribe = subscribe;
    this.#backlogMax = backlogMax;
  }

  /** Starts to collect. The caller disposes of it. `overflown`: called once, when more wait than may. */
  open(overflown: (error: CodedError) => void): Backlog {
    const backlog = new Backlog(this.#backlogMax, { overflown, closed: () => this.#close(backlog) });
    this.#readers.add(backlog);
    this.#unsubscribe ??= this.#subscribe((event) => {
      // Made once: all backlogs hold the same one.
      const message = eventToMessage(event);
      for (const reader of this.#readers) reader.push(message);
    });
    return backlog;
  }

  [Symbol.dispose](): void {
    for (const reader of this.#readers) reader[Symbol.dispose]();
  }

  #close(backlog: Backlog): void {
    this.#readers.delete(backlog);
    if (this.#readers.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}

/** Whom a backlog tells. */
interface BacklogListener {
  readonly overflown: (error: CodedError) => void;
  readonly closed: () => void;
}

/** What one reader has not taken yet. */
export class Backlog implements Disposable {
  readonly #countMax: number;
  readonly #listener: BacklogListener;
  #events: object[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(countMax: number, listener: BacklogListener) {
    this.#countMax = countMax;
    this.#listener = listener;
  }

  push(event: object): void {
    this.#events.push(event);
    this.#wake?.();
    if (this.#events.length <= this.#countMax) return;
    this[Symbol.dispose]();
    this.#listener.overflown(slowWatcher(`more than ${this.#countMax} wait`));
  }

  /** The events since the last time; waits for the first; none when it is closed. */
  async take(): Promise<readonly object[]> {
    if (this.#events.length === 0 && !this.#closed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#events.splice(0);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events = [];
    this.#listener.closed();
    this.#wake?.();
  }
}
