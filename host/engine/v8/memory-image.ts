/** What a memory begins with, as all workers share it. */

/** A run of bytes of a memory. */
export interface Segment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** An image as workers get it: its bytes, and where runs of them go. */
export type ImageMessage = readonly [
  bytes: SharedArrayBuffer,
  runs: readonly (readonly [offset: number, length: number])[],
];

/**
 * Runs begin and end at multiples of this, in the memory and in the shared bytes: copies out of shared memory go word by word, and
 * byte by byte where the words of source and target lie differently (170 µs for the template's memory, and 25 µs).
 */
const wordBytes = 8;
/** Zeros up to this many between two segments are copied too: one copy costs as much. */
const gapBytesMax = 256;

/** The image of a memory of this size; `undefined` where segments overlap, go backwards or lie outside. */
export function imageOf(segments: readonly Segment[], memoryBytes: number): ImageMessage | undefined {
  const runs: { start: number; end: number }[] = [];
  let last = 0;
  for (const { offset, bytes } of segments) {
    if (offset < last || offset + bytes.length > memoryBytes) return undefined;
    last = offset + bytes.length;
    const start = offset - (offset % wordBytes);
    const end = last + ((wordBytes - (last % wordBytes)) % wordBytes);
    const run = runs.at(-1);
    if (run && start - run.end <= gapBytesMax) run.end = end;
    else runs.push({ start, end });
  }
  const shared = new SharedArrayBuffer(runs.reduce((sum, { start, end }) => sum + end - start, 0));
  const target = new Uint8Array(shared);
  let from = 0;
  let next = 0;
  for (const { start, end } of runs) {
    for (; next < segments.length; next += 1) {
      const segment = segments[next];
      if (!segment || segment.offset >= end) break;
      target.set(segment.bytes, from + segment.offset - start);
    }
    from += end - start;
  }
  return [shared, runs.map(({ start, end }) => [start, end - start])];
}

/** An image in a worker. */
export class MemoryImage {
  readonly #runs: readonly (readonly [offset: number, bytes: Uint8Array])[];

  constructor([shared, runs]: ImageMessage) {
    let from = 0;
    this.#runs = runs.map(([offset, length]) => {
      from += length;
      return [offset, new Uint8Array(shared, from - length, length)];
    });
  }

  /** Writes the image into a memory that is all zeros. */
  writeInto(memory: WebAssembly.Memory): void {
    const target = new Uint8Array(memory.buffer);
    for (const [offset, bytes] of this.#runs) target.set(bytes, offset);
  }
}
