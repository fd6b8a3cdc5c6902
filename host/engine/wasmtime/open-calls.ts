/**
 * The calls that are open. A `Set` makes a new table every few calls when one is added and another removed each time; the old tables have lived long
 * enough to be collected rarely: 128 bytes a call.
 */
import type { WasmtimeCall } from './call.ts';

/** Calls, each at a place of its own while it is open. */
export class OpenCalls {
  readonly #places: (WasmtimeCall | undefined)[] = [];
  readonly #free: number[] = [];
  size = 0;

  /** Gives the place, which `remove` takes. */
  add(call: WasmtimeCall): number {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = call;
    this.size += 1;
    return place;
  }

  remove(place: number): void {
    this.#places[place] = undefined;
    this.#free.push(place);
    this.size -= 1;
  }

  *[Symbol.iterator](): Generator<WasmtimeCall> {
    for (const call of this.#places) if (call) yield call;
  }
}
