/**
 * Memories for fresh instances. An instance is made anew for every call; the memory that it is given may have served another one,
 * whose every byte is cleared before: then its pages are there, where a new memory costs a page fault for each (2 µs, the largest
 * part of a fresh call) and leaves the garbage collector gigabytes of address space to give back.
 */
import { pageBytes } from '../../limits.ts';

/** Memories that wait for the next instance: one for the call that runs, one for the spare, two for a burst. */
const freeMax = 4;

/** The memories of one component. */
export class MemoryPool {
  readonly #descriptor: { readonly initial: number; readonly maximum: number };
  readonly #free: WebAssembly.Memory[] = [];

  constructor(initial: number, maximum: number) {
    this.#descriptor = { initial, maximum };
  }

  /** A memory of the initial size, all zeros. The caller owns it until `give`. */
  take(): WebAssembly.Memory {
    return this.#free.pop() ?? new WebAssembly.Memory(this.#descriptor);
  }

  /** Takes a memory back from an instance that is never entered again. One that has grown cannot shrink, and is left to the collector. */
  give(memory: WebAssembly.Memory): void {
    if (this.#free.length >= freeMax || memory.buffer.byteLength !== this.#descriptor.initial * pageBytes) return;
    new Uint8Array(memory.buffer).fill(0);
    this.#free.push(memory);
  }
}
