/** Where bytes stand in a body: `{"$base64": "…"}` in JSON, `{"$blob": n}` in a frame. */
import type { BlobForm } from '#wit/values';
import { bodyInvalid } from './errors.ts';

/** How the bytes of a body stand. In a frame `blobs` holds those that came with it, or those that go with the answer. */
export type BodyForm = BlobForm;

/** A body as it was sent. */
export interface RequestBody {
  readonly json: unknown;
  readonly form: BodyForm;
}

/** Reads the bytes that a place of a body names; one reader for one body. */
export class BytesReader {
  readonly #form: BodyForm;
  readonly #named = new Set<number>();

  constructor(form: BodyForm) {
    this.#form = form;
  }

  /** @throws {CodedError} `INPUT_INVALID` at `pointer`. */
  read(json: unknown, pointer: string): Uint8Array {
    const key = this.#form.kind === 'abi' ? '$blob' : '$base64';
    const remedy =
      key === '$blob'
        ? 'Name a blob of the frame as {"$blob": n}, each once'
        : 'Write bytes as {"$base64": "…"}, with padding';
    if (typeof json !== 'object' || json === null || !Object.hasOwn(json, key) || Object.keys(json).length !== 1)
      throw bodyInvalid(pointer, `it is no object with "${key}" alone`, remedy);
    const content: unknown = (json as Readonly<Record<string, unknown>>)[key];
    const bytes = this.#form.kind === 'abi' ? this.#blob(content, this.#form.blobs) : base64Bytes(content);
    if (bytes === undefined) throw bodyInvalid(pointer, `"${key}" names no bytes`, remedy);
    return bytes;
  }

  #blob(index: unknown, blobs: readonly Uint8Array[]): Uint8Array | undefined {
    if (typeof index !== 'number' || !Number.isInteger(index) || this.#named.has(index)) return undefined;
    this.#named.add(index);
    return blobs[index];
  }
}

function base64Bytes(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64; only what it would have written itself is taken.
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}

/** Writes bytes into a body. */
export function writeBytes(bytes: Uint8Array, form: BodyForm): unknown {
  if (form.kind === 'abi') return { $blob: form.blobs.push(bytes) - 1 };
  return { $base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}
