/**
 * A queue that is ordered by level (highest first), then by arrival. Adding, removing and finding the first take constant time.
 *
 * Entries come in the order of their arrival, within each level as well: a level is a list, and nothing is ever sorted.
 */

/** Levels: the ten priorities, and above them those that waited long enough. */
export const agedLevel = 10;

/** A place in a queue. Its owner is the queue. */
export interface QueueEntry<Item> {
  readonly item: Item;
  /** Grows with each arrival. */
  readonly seq: number;
  readonly level: number;
  previous: QueueEntry<Item> | undefined;
  next: QueueEntry<Item> | undefined;
}

/** Whether one goes before another. */
export function ranksBefore(
  left: { readonly level: number; readonly seq: number },
  right: { readonly level: number; readonly seq: number },
): boolean {
  return left.level > right.level || (left.level === right.level && left.seq < right.seq);
}

/** The queue. */
export class RankedQueue<Item> {
  readonly #heads: (QueueEntry<Item> | undefined)[] = new Array(agedLevel + 1).fill(undefined);
  readonly #tails: (QueueEntry<Item> | undefined)[] = new Array(agedLevel + 1).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: Item, level: number, seq: number): QueueEntry<Item> {
    const previous = this.#tails[level];
    const entry: QueueEntry<Item> = { item, seq, level, previous, next: undefined };
    if (previous) previous.next = entry;
    else this.#heads[level] = entry;
    this.#tails[level] = entry;
    this.#size += 1;
    return entry;
  }

  /** Takes out an entry of this queue; once only. */
  remove(entry: QueueEntry<Item>): void {
    if (entry.previous) entry.previous.next = entry.next;
    else this.#heads[entry.level] = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.#tails[entry.level] = entry.previous;
    this.#size -= 1;
  }

  first(): QueueEntry<Item> | undefined {
    return this.#size === 0 ? undefined : this.#from(agedLevel);
  }

  /** The one behind an entry that is still in the queue. */
  after(entry: QueueEntry<Item>): QueueEntry<Item> | undefined {
    return entry.next ?? this.#from(entry.level - 1);
  }

  #from(highest: number): QueueEntry<Item> | undefined {
    for (let level = highest; level >= 0; level -= 1) {
      const head = this.#heads[level];
      if (head) return head;
    }
    return undefined;
  }
}
