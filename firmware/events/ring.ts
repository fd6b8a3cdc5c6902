/**
 * The newest items of a stream, and those who follow it.
 *
 * - Items are numbered from 1 without gaps; the ring holds those from `first` to `last`.
 * - A reader is a position. It costs the same whether it is one item or the whole ring behind, and an item is never copied.
 * - A reader that waits has seen everything up to `last`, whatever it filters. So only one that is busy can fall behind.
 * - A reader is too slow when something that it wants has left the ring, which is known by topic: what it does not want may go.
 */
import { RingReader, type Reading } from './ring-reader.ts';

/** How a ring is bounded, and what its items are about. */
export interface RingOptions<Item> {
  readonly itemsMax: number;
  /** The oldest go when all together are larger; no maximum but `itemsMax` where absent. */
  readonly bytesMax?: number;
  readonly bytesOf?: (item: Item) => number;
  /** One of few: each has a counter. */
  readonly topicOf: (item: Item) => string;
  readonly readersMax: number;
}

/** The newest items of a stream. */
export class Ring<Item> {
  readonly #options: RingOptions<Item>;
  /** Item `n` is at `(n - 1) % itemsMax`; grows up to `itemsMax`. */
  readonly #items: (Item | undefined)[] = [];
  readonly #sizes: number[] = [];
  /** By topic: the number of the last one that has gone. */
  readonly #gone: Map<string, number> = new Map();
  readonly #waiting: Set<RingReader<Item>> = new Set();
  readonly #readers: Set<RingReader<Item>> = new Set();
  #first = 1;
  #last = 0;
  #bytes = 0;

  constructor(options: RingOptions<Item>) {
    this.#options = options;
  }

  /** Number of the oldest item that is there; `last + 1` where there is none. */
  get first(): number {
    return this.#first;
  }

  /** Number of the newest item; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  get readersMax(): number {
    return this.#options.readersMax;
  }

  /** Adds the item with the number `last + 1`, and hands it to those who wait for one of its kind. */
  push(item: Item): void {
    const { itemsMax, bytesMax = Infinity, bytesOf } = this.#options;
    const bytes = bytesOf?.(item) ?? 0;
    while (this.#last - this.#first + 1 >= itemsMax || (this.#bytes + bytes > bytesMax && this.#first <= this.#last))
      this.#drop();
    this.#last += 1;
    this.#items[(this.#last - 1) % itemsMax] = item;
    this.#sizes[(this.#last - 1) % itemsMax] = bytes;
    this.#bytes += bytes;
    for (const reader of this.#waiting) reader.offer(item, this.#last);
  }

  /** The item of a number from `first` to `last`. */
  at(sequence: number): Item | undefined {
    return this.#items[(sequence - 1) % this.#options.itemsMax];
  }

  /** Number of the last item of these topics that has left the ring; 0 where none has. */
  gone(topics: ReadonlySet<string> | undefined): number {
    if (topics === undefined) return this.#first - 1;
    let latest = 0;
    for (const topic of topics) latest = Math.max(latest, this.#gone.get(topic) ?? 0);
    return latest;
  }

  topicOf(item: Item): string {
    return this.#options.topicOf(item);
  }

  /** What an iteration of this reading goes through. It takes one of the places for readers when it begins, and gives it back when it ends. */
  read(reading: Reading<Item>): AsyncIterable<Item> {
    return { [Symbol.asyncIterator]: () => new RingReader(this, reading) };
  }

  /** Of a reader that begins; false where there is no place. */
  enter(reader: RingReader<Item>): boolean {
    if (this.#readers.size >= this.#options.readersMax) return false;
    this.#readers.add(reader);
    return true;
  }

  /** Of a reader that ends. */
  leave(reader: RingReader<Item>): void {
    this.#readers.delete(reader);
    this.#waiting.delete(reader);
  }

  /** Of a reader that has seen everything up to `last`. */
  wait(reader: RingReader<Item>): void {
    this.#waiting.add(reader);
  }

  /** Of a reader that got what it waited for. */
  wake(reader: RingReader<Item>): void {
    this.#waiting.delete(reader);
  }

  #drop(): void {
    const index = (this.#first - 1) % this.#options.itemsMax;
    const item = this.#items[index] as Item;
    this.#gone.set(this.#options.topicOf(item), this.#first);
    this.#bytes -= this.#sizes[index] ?? 0;
    this.#items[index] = undefined;
    this.#first += 1;
  }
}
