/** https://w3c.github.io/FileAPI/#blob-section, whole in memory and without streams. */
import { native } from '../../../sdk/native.ts';
import { viewOf } from '../encoding.ts';

/** What a blob is made of. */
export type BlobPart = string | Blob | ArrayBuffer | ArrayBufferView;

/** The bytes of a blob, not copied. */
export let bytesOfBlob: (blob: Blob) => Uint8Array;

export class Blob {
  #bytes: Uint8Array;
  readonly #type: string;

  static {
    bytesOfBlob = (blob: Blob): Uint8Array => blob.#bytes;
  }

  constructor(parts: Iterable<BlobPart> = [], options: { readonly type?: string } = {}) {
    if (typeof parts !== 'object' || parts === null)
      throw new TypeError('The "parts" argument must be an iterable object');
    const type = `${options?.type ?? ''}`;
    this.#type = /^[\x20-\x7e]*$/.test(type) ? type.toLowerCase() : '';
    this.#bytes = concatenated(Array.from(parts, bytesOfPart));
  }

  get size(): number {
    return this.#bytes.length;
  }

  get type(): string {
    return this.#type;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer as ArrayBuffer;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#bytes.slice();
  }

  async text(): Promise<string> {
    return native().utf8Decode(this.#bytes, false, false);
  }

  slice(start?: number, end?: number, type = ''): Blob {
    const part = new Blob([], { type });
    part.#bytes = this.#bytes.slice(start, end);
    return part;
  }
}

function bytesOfPart(part: BlobPart): Uint8Array {
  if (part instanceof Blob) return bytesOfBlob(part);
  if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) return viewOf(part);
  return native().utf8Encode(`${part}`);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes;
}
