/**
 * Frames of the turn protocol: what passes between a host and the agent in a container. A frame is a header, which is JSON, and blobs.
 *
 *     u32 bytes of the header, little-endian · header · blobs, one after the other
 *
 * The header is a list of the lengths of the blobs, and the message. Neither side believes the other: whatever is beyond a maximum ends the connection.
 * The functions of the language that are used later are taken here, before any tool runs.
 */
const { parse, stringify } = JSON;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const bigEnough = Number.isSafeInteger;
const isArray = Array.isArray;

const mebibyte = 1024 * 1024;

/** Maxima of one frame, on both sides. */
export const frameLimits = {
  /** Names, numbers and short texts of all operations of a turn; longer texts and vectors are blobs. 4,096 operations have 2 KiB each. */
  headerBytesMax: 8 * mebibyte,
  /** Those of a turn or an input (1,024), and the longer texts of 4,096 operations. */
  blobsMax: 16_384,
  /** Blobs of a turn (32 MiB), texts and vectors of its operations (32 MiB), output (8 MiB); on the way in the source of the tool. */
  blobBytesMax: 80 * mebibyte,
} as const;

/** A frame that has been read. Its blobs are views of one buffer, which is nobody else's. */
export interface Frame {
  readonly message: unknown;
  readonly blobs: readonly Uint8Array[];
}

/** What is no frame, or is beyond a maximum. */
export class FrameError extends Error {
  constructor(state: string) {
    super(`Cannot read the frame: ${state}`);
    this.name = 'FrameError';
  }
}

/** One frame as bytes. @throws {FrameError} where it is beyond a maximum. */
export function encodeFrame(message: unknown, blobs: readonly Uint8Array[]): Uint8Array {
  const lengths: number[] = [];
  let blobBytes = 0;
  for (let index = 0; index < blobs.length; index += 1) {
    const length = blobs[index]?.length ?? 0;
    lengths[index] = length;
    blobBytes += length;
  }
  // Two texts: a tool may have given lists a way of their own to become JSON.
  const header = encoder.encode(`[${lengthsText(lengths)},${stringify(message)}]`);
  checkSizes(header.length, blobs.length, blobBytes);
  const frame = new Uint8Array(4 + header.length + blobBytes);
  writeLength(frame, header.length);
  frame.set(header, 4);
  let place = 4 + header.length;
  for (let index = 0; index < blobs.length; index += 1) {
    const blob = blobs[index];
    if (blob === undefined) continue;
    frame.set(blob, place);
    place += blob.length;
  }
  return frame;
}

function lengthsText(lengths: readonly number[]): string {
  let text = '[';
  for (let index = 0; index < lengths.length; index += 1) text += index === 0 ? lengths[index] : `,${lengths[index]}`;
  return `${text}]`;
}

function checkSizes(headerBytes: number, blobs: number, blobBytes: number): void {
  const { headerBytesMax, blobsMax, blobBytesMax } = frameLimits;
  if (headerBytes > headerBytesMax) throw new FrameError(`its header has ${headerBytes} bytes, of ${headerBytesMax}`);
  if (blobs > blobsMax) throw new FrameError(`it has ${blobs} blobs, of ${blobsMax}`);
  if (blobBytes > blobBytesMax) throw new FrameError(`its blobs have ${blobBytes} bytes, of ${blobBytesMax}`);
}

function writeLength(frame: Uint8Array, length: number): void {
  frame[0] = length & 0xff;
  frame[1] = (length >>> 8) & 0xff;
  frame[2] = (length >>> 16) & 0xff;
  frame[3] = length >>> 24;
}

/** Puts the pieces of a stream together. Memory is taken for what a frame says of itself, within the maxima, and for one frame at a time. */
export class FrameReader {
  #stage: 'length' | 'header' | 'blobs' = 'length';
  #buffer = new Uint8Array(4);
  #filled = 0;
  #message: unknown;
  #lengths: readonly number[] = [];

  /** Takes a piece; `onFrame` hears of each frame that it completes. @throws {FrameError} after which nothing more can be read. */
  push(piece: Uint8Array, onFrame: (frame: Frame) => void): void {
    let place = 0;
    for (;;) {
      const wanted = this.#buffer.length - this.#filled;
      const taken = wanted < piece.length - place ? wanted : piece.length - place;
      this.#buffer.set(piece.subarray(place, place + taken), this.#filled);
      this.#filled += taken;
      place += taken;
      if (this.#filled < this.#buffer.length) return;
      const frame = this.#completed();
      if (frame !== undefined) onFrame(frame);
    }
  }

  /** What the bytes of a stage say; a frame after the last one. A stage without bytes is over at once. */
  #completed(): Frame | undefined {
    const buffer = this.#buffer;
    switch (this.#stage) {
      case 'length': {
        const length =
          (buffer[0] ?? 0) + (buffer[1] ?? 0) * 0x100 + (buffer[2] ?? 0) * 0x1_00_00 + (buffer[3] ?? 0) * 0x1_00_00_00;
        checkSizes(length, 0, 0);
        this.#expect('header', length);
        return undefined;
      }
      case 'header':
        this.#readHeader(buffer);
        return undefined;
      case 'blobs': {
        const frame = { message: this.#message, blobs: divided(buffer, this.#lengths) };
        this.#message = undefined;
        this.#expect('length', 4);
        return frame;
      }
    }
  }

  #readHeader(buffer: Uint8Array): void {
    let header: unknown;
    try {
      header = parse(decoder.decode(buffer));
    } catch {
      throw new FrameError('its header is not JSON');
    }
    if (!isArray(header) || header.length !== 2 || !isArray(header[0]))
      throw new FrameError('its header has no lengths');
    const lengths = header[0] as readonly unknown[];
    let blobBytes = 0;
    for (let index = 0; index < lengths.length; index += 1) {
      const length = lengths[index];
      if (typeof length !== 'number' || !bigEnough(length) || length < 0) throw new FrameError('a length is no number');
      blobBytes += length;
    }
    checkSizes(0, lengths.length, blobBytes);
    this.#lengths = lengths as readonly number[];
    this.#message = header[1] as unknown;
    this.#expect('blobs', blobBytes);
  }

  #expect(stage: 'length' | 'header' | 'blobs', bytes: number): void {
    this.#stage = stage;
    this.#buffer = new Uint8Array(bytes);
    this.#filled = 0;
  }
}

function divided(bytes: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  const blobs: Uint8Array[] = [];
  let place = 0;
  for (let index = 0; index < lengths.length; index += 1) {
    const length = lengths[index] ?? 0;
    blobs[index] = bytes.subarray(place, place + length);
    place += length;
  }
  return blobs;
}
