/** Counts bytes that the host holds for one container, so that many requests together cannot hold more than one limit says. */

/** A sum with a maximum. */
export class ByteLedger {
  readonly #max: number;
  #bytes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes room for so many more bytes. @returns whether there was room; nothing is taken otherwise. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#max) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Gives room back. */
  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
