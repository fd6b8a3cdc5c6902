/**
 * The newest output of a container, in a buffer that has a maximum. Bytes are kept as they come and become lines when somebody asks: output
 * without end costs one copy, and never memory.
 */
import type { ContainerLogLine } from './container-runtime.ts';

/** Where output comes from. */
export type OutputStream = 'stdout' | 'stderr';

interface Segment {
  readonly stream: OutputStream;
  readonly atMs: number;
  length: number;
}

/** The first size of the buffer; it doubles up to its maximum. */
const bytesFirst = 4_096;
/** What comes from one stream within this time is one piece. */
const pieceMs = 50;
/** Pieces that are kept: each costs an object. */
const segmentsMax = 4_096;
/** What the runtime itself says of the container: its last starts and ends. */
const notesMax = 64;
/** A line that is longer is cut when it is shown. */
const lineBytesMax = 16_384;
const lineFeed = 10;

/** See above. */
export class LogBuffer {
  readonly #bytesMax: number;
  readonly #notes: ContainerLogLine[] = [];
  readonly #segments: Segment[] = [];
  #ring = new Uint8Array(0);
  #from = 0;
  #length = 0;
  #bytesDropped = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of output that are gone. */
  get bytesDropped(): number {
    return this.#bytesDropped;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#length;
  }

  /** Something that the runtime did or saw. */
  note(text: string, atMs: number): void {
    this.#notes.push({ atMs, stream: 'runtime', text });
    if (this.#notes.length > notesMax) this.#notes.shift();
  }

  /** Takes output; it is copied. */
  write(stream: OutputStream, chunk: Uint8Array, atMs: number): void {
    const kept = chunk.length > this.#bytesMax ? chunk.subarray(chunk.length - this.#bytesMax) : chunk;
    this.#bytesDropped += chunk.length - kept.length;
    this.#makeRoom(kept.length);
    const at = (this.#from + this.#length) % Math.max(1, this.#ring.length);
    const first = Math.min(kept.length, this.#ring.length - at);
    this.#ring.set(kept.subarray(0, first), at);
    this.#ring.set(kept.subarray(first), 0);
    this.#length += kept.length;
    const last = this.#segments.at(-1);
    if (last?.stream === stream && atMs - last.atMs < pieceMs) last.length += kept.length;
    else if (kept.length > 0) this.#segments.push({ stream, atMs, length: kept.length });
    if (this.#segments.length > segmentsMax) this.#drop(this.#segments[0]?.length ?? 0);
  }

  /**
   * The newest lines, oldest first; the last ones may not have ended yet. Where output is gone the first of several lines says so. At most
   * `tail` lines.
   */
  lines(tail: number): readonly ContainerLogLine[] {
    // Both are in order already, unless the clock went back.
    const lines = [...this.#notes, ...this.#output(tail)].toSorted((left, right) => left.atMs - right.atMs);
    if (this.#bytesDropped === 0 || tail < 2) return tail > 0 ? lines.slice(-tail) : [];
    const shown = lines.slice(1 - tail);
    const text = `${this.#bytesDropped} bytes of output before this are gone`;
    return [{ atMs: shown[0]?.atMs ?? 0, stream: 'runtime', text }, ...shown];
  }

  /** The last `tail` lines of each stream, and one more. */
  #output(tail: number): readonly ContainerLogLine[] {
    const lines: ContainerLogLine[] = [];
    const open = new Map<OutputStream, { readonly atMs: number; readonly parts: Uint8Array[] }>();
    const starts = this.#tailStarts(tail);
    let place = 0;
    for (const { stream, atMs, length } of this.#segments) {
      const skip = Math.max(0, starts[stream] - place);
      const piece = skip < length ? this.#read(place, length) : new Uint8Array(0);
      place += length;
      for (let from = skip; from < piece.length;) {
        const end = piece.indexOf(lineFeed, from);
        const line = open.get(stream) ?? { atMs, parts: [] };
        line.parts.push(piece.subarray(from, end === -1 ? piece.length : end));
        if (end === -1) {
          open.set(stream, line);
          break;
        }
        open.delete(stream);
        lines.push({ atMs: line.atMs, stream, text: textOf(line.parts) });
        from = end + 1;
      }
    }
    for (const [stream, { atMs, parts }] of open) lines.push({ atMs, stream, text: textOf(parts) });
    return lines;
  }

  /** For each stream the byte behind which `tail` of its lines end. */
  #tailStarts(tail: number): Readonly<Record<OutputStream, number>> {
    const starts: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
    const ends: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
    let place = this.#length;
    for (const { stream, length } of this.#segments.toReversed()) {
      place -= length;
      if (ends[stream] > tail) continue;
      const piece = this.#read(place, length);
      for (let at = piece.lastIndexOf(lineFeed); at !== -1; at = at === 0 ? -1 : piece.lastIndexOf(lineFeed, at - 1)) {
        ends[stream] += 1;
        if (ends[stream] <= tail) continue;
        starts[stream] = place + at + 1;
        break;
      }
    }
    return starts;
  }

  #read(place: number, length: number): Uint8Array {
    const at = (this.#from + place) % Math.max(1, this.#ring.length);
    if (at + length <= this.#ring.length) return this.#ring.subarray(at, at + length);
    const piece = new Uint8Array(length);
    piece.set(this.#ring.subarray(at));
    piece.set(this.#ring.subarray(0, length - (this.#ring.length - at)), this.#ring.length - at);
    return piece;
  }

  #makeRoom(bytes: number): void {
    const wanted = this.#length + bytes;
    if (wanted > this.#ring.length && this.#ring.length < this.#bytesMax) {
      let size = Math.max(bytesFirst, this.#ring.length);
      while (size < wanted) size *= 2;
      const larger = new Uint8Array(Math.min(size, this.#bytesMax));
      larger.set(this.#read(0, this.#length));
      this.#ring = larger;
      this.#from = 0;
    }
    if (wanted > this.#ring.length) this.#drop(wanted - this.#ring.length);
  }

  /** Lets the oldest bytes go. */
  #drop(bytes: number): void {
    this.#bytesDropped += bytes;
    this.#length -= bytes;
    this.#from = (this.#from + bytes) % Math.max(1, this.#ring.length);
    for (let left = bytes; left > 0;) {
      const [oldest] = this.#segments;
      if (!oldest) return;
      const taken = Math.min(left, oldest.length);
      oldest.length -= taken;
      left -= taken;
      if (oldest.length === 0) this.#segments.shift();
    }
  }
}

function textOf(parts: readonly Uint8Array[]): string {
  const [only] = parts;
  const bytes = parts.length === 1 && only ? only : Buffer.concat(parts);
  const text = new TextDecoder().decode(bytes.subarray(0, lineBytesMax));
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  return bytes.length > lineBytesMax ? `${line}… (${bytes.length - lineBytesMax} bytes more)` : line;
}
