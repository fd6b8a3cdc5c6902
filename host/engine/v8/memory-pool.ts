/**
 * Memories for fresh instances. An instance is made anew for every call; the memory that it is given may have served another one,
 * whose every byte is cleared before: then its pages are there, where a new memory costs a page fault for each (2 µs, the largest
 * part of a fresh call) and leaves the garbage collector gigabytes of address space to give back.
 */
import { pageBytes } from '../../limits.ts';

/** Memories of one component that wait for the next instance: one for the call that runs, one for the spare, two for a burst. */
const freeMax = 4;
/** What the memories that wait in a worker may have together: of the smallest tools, one and a half MiB each, those of forty. */
const freeBytesMax = 64 * 1024 * 1024;

/** Memories that wait, of all components of a worker; those that wait longest go first. */
export class FreeMemories {
  readonly #bytesMax: number;
  readonly #pools = new Map<WebAssembly.Memory, MemoryPool>();
  #bytes = 0;

  constructor(bytesMax = freeBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of all memories that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  add(memory: WebAssembly.Memory, pool: MemoryPool): void {
    this.#pools.set(memory, pool);
    this.#bytes += memory.buffer.byteLength;
    for (const [oldest, owner] of this.#pools) {
      if (this.#bytes <= this.#bytesMax || oldest === memory) return;
      owner.forget(oldest);
    }
  }

  remove(memory: WebAssembly.Memory): void {
    if (this.#pools.delete(memory)) this.#bytes -= memory.buffer.byteLength;
  }
}

/** The memories of one component. */
export class MemoryPool implements Disposable {
  readonly #descriptor: { readonly initial: number; readonly maximum: number };
  readonly #all: FreeMemories;
  readonly #free = new Set<WebAssembly.Memory>();
  #closed = false;

  constructor(initial: number, maximum: number, all: FreeMemories = new FreeMemories()) {
    this.#descriptor = { initial, maximum };
    this.#all = all;
  }

  /** A memory of the initial size, all zeros. The caller owns it until `give`. */
  take(): WebAssembly.Memory {
    const [memory] = this.#free;
    if (!memory) return new WebAssembly.Memory(this.#descriptor);
    this.forget(memory);
    return memory;
  }

  /** Takes a memory back from an instance that is never entered again. One that has grown cannot shrink, and is left to the collector. */
  give(memory: WebAssembly.Memory): void {
    if (this.#closed || this.#free.size >= freeMax) return;
    if (memory.buffer.byteLength !== this.#descriptor.initial * pageBytes) return;
    new Uint8Array(memory.buffer).fill(0);
    this.#free.add(memory);
    this.#all.add(memory, this);
  }

  /** Leaves a memory that waits to the collector. */
  forget(memory: WebAssembly.Memory): void {
    this.#free.delete(memory);
    this.#all.remove(memory);
  }

  /** Keeps nothing from now on. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const memory of this.#free) this.forget(memory);
  }
}
