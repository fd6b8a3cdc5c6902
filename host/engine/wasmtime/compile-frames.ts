/** The frames between the host and the process that compiles: two numbers of 4 bytes, little-endian, then JSON and bytes of these lengths. */

const prefixBytes = 8;
/** A reason of a refusal; more is no answer of ours. */
const headBytesMax = 1 << 20;

/** A frame that was read. */
export interface Frame {
  readonly head: unknown;
  readonly bytes: Uint8Array;
}

/** The parts of a frame, in their order; the bytes are not copied. */
export function encodeFrame(head: object, bytes: Uint8Array): readonly Uint8Array[] {
  const json = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(bytes.length, 4);
  return [prefix, json, bytes];
}

/** Puts frames together from chunks. After a frame that is longer than it may be, or is none, it gives nothing any more. */
export class FrameReader {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #wanted = prefixBytes;
  #broken = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): readonly (Frame | 'broken')[] {
    const frames: (Frame | 'broken')[] = [];
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (!this.#broken && this.#length >= this.#wanted) {
      // Put together twice a frame, when its lengths are there and when all is there, and not with each chunk.
      const all = Buffer.concat(this.#chunks);
      const headBytes = all.readUInt32LE(0);
      const bytesCount = all.readUInt32LE(4);
      this.#chunks = [all];
      this.#wanted = prefixBytes + headBytes + bytesCount;
      this.#broken = headBytes > headBytesMax || bytesCount > this.#bytesMax;
      if (!this.#broken && this.#length < this.#wanted) break;
      frames.push(this.#broken ? 'broken' : this.#frame(all, prefixBytes + headBytes));
    }
    return frames;
  }

  #frame(all: Buffer, bytesStart: number): Frame | 'broken' {
    const bytes = all.subarray(bytesStart, this.#wanted);
    this.#chunks = [all.subarray(this.#wanted)];
    this.#length -= this.#wanted;
    this.#wanted = prefixBytes;
    try {
      return { head: JSON.parse(all.subarray(prefixBytes, bytesStart).toString()), bytes };
    } catch {
      this.#broken = true;
      return 'broken';
    }
  }
}
