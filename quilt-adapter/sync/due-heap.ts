/** What becomes due, earliest first; entries of one moment in the order in which they were added. */

/** Something with a time. While it is in a heap, `place` is where; -1 otherwise. */
export interface Due {
  dueMs: number;
  order: number;
  place: number;
}

/** A binary heap from which entries are also removed before their time. */
export class DueHeap<Item extends Due> {
  readonly #items: Item[] = [];
  #order = 0;

  first(): Item | undefined {
    return this.#items[0];
  }

  /** Adds an item, or moves it to another time. */
  set(item: Item, dueMs: number): void {
    this.remove(item);
    item.dueMs = dueMs;
    item.order = this.#order;
    this.#order += 1;
    item.place = this.#items.length;
    this.#items.push(item);
    this.#up(item);
  }

  /** Nothing where it is not in the heap. */
  remove(item: Item): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    last.place = place;
    this.#items[place] = last;
    this.#up(last);
    this.#down(last);
  }

  #up(item: Item): void {
    while (item.place > 0) {
      const above = this.#items[(item.place - 1) >> 1];
      if (above === undefined || !isBefore(item, above)) return;
      this.#swap(item, above);
    }
  }

  #down(item: Item): void {
    for (;;) {
      const left = this.#items[item.place * 2 + 1];
      const right = this.#items[item.place * 2 + 2];
      const least = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (least === undefined || !isBefore(least, item)) return;
      this.#swap(item, least);
    }
  }

  #swap(left: Item, right: Item): void {
    [left.place, right.place] = [right.place, left.place];
    this.#items[left.place] = left;
    this.#items[right.place] = right;
  }
}

function isBefore(left: Due, right: Due): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.order < right.order);
}
