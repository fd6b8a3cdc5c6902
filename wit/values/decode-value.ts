/**
 * From JSON values to TypeScript's values, where bytes are `Uint8Array`. What comes in may be hostile:
 * - only the form's own key makes bytes; every other use of a reserved key is an error, never passed on;
 * - a blob is named at most once, so that a small text cannot stand for a large value;
 * - `__proto__` is refused, so that whoever copies a decoded value by its keys cannot be made to set a prototype.
 */
import { type ValueCode, type ValuePath, valueInvalid } from './errors.ts';
import { type BlobForm, blobKeys, isReservedKey, literalKey, valueDepthMax } from './forms.ts';

/**
 * Decodes what `JSON.parse` gave. What holds neither bytes nor escapes is returned itself, not copied; bytes of the `abi` form
 * are the entries of its `blobs`, not copies.
 * @throws {CodedError} `code`, with the JSON pointer of the first fault.
 */
export function decodeValue(json: unknown, form: BlobForm, code: ValueCode = 'INPUT_INVALID'): unknown {
  return new Decoder(form, code).decode(json, 0);
}

class Decoder {
  readonly #form: BlobForm;
  readonly #code: ValueCode;
  readonly #path: (string | number)[] = [];
  readonly #named = new Set<number>();

  constructor(form: BlobForm, code: ValueCode) {
    this.#form = form;
    this.#code = code;
  }

  decode(json: unknown, depth: number): unknown {
    if (typeof json !== 'object' || json === null) return json;
    if (Array.isArray(json)) return this.#decodeArray(json, depth);
    const keys = Object.keys(json);
    return keys.some(isReservedKey) ? this.#decodeReserved(json, depth) : this.#decodeProperties(json, keys, depth);
  }

  #decodeArray(json: readonly unknown[], depth: number): unknown {
    if (depth >= valueDepthMax) throw this.#tooDeep(depth);
    let copy: unknown[] | undefined;
    for (let index = 0; index < json.length; index += 1) {
      this.#path[depth] = index;
      const decoded = this.decode(json[index], depth + 1);
      if (decoded !== json[index]) (copy ??= json.slice())[index] = decoded;
    }
    return copy ?? json;
  }

  #decodeProperties(json: object, keys: readonly string[], depth: number): unknown {
    if (depth >= valueDepthMax) throw this.#tooDeep(depth);
    const source = json as Readonly<Record<string, unknown>>;
    let copy: Record<string, unknown> | undefined;
    for (const key of keys) {
      this.#path[depth] = key;
      if (key === '__proto__') throw this.#refused(depth + 1, 'the key "__proto__" is not allowed', 'Rename the key');
      const decoded = this.decode(source[key], depth + 1);
      if (decoded !== source[key]) (copy ??= { ...source })[key] = decoded;
    }
    return copy ?? json;
  }

  /** An object with a reserved key: bytes, an escaped object, or a fault. */
  #decodeReserved(json: object, depth: number): unknown {
    const key = Object.hasOwn(json, literalKey) ? literalKey : blobKeys[this.#form.kind];
    const escape = `Escape an object with a key $blob, $base64 or $literal as {"${literalKey}": …}`;
    if (!Object.hasOwn(json, key)) throw this.#refused(depth, 'it has a reserved key of another form', escape);
    if (Object.keys(json).length !== 1) throw this.#refused(depth, `it has other keys beside "${key}"`, escape);
    const content: unknown = (json as Readonly<Record<string, unknown>>)[key];
    if (key === literalKey) return this.#decodeLiteral(content, depth);
    return this.#form.kind === 'abi' ? this.#blob(content, this.#form.blobs, depth) : this.#bytes(content, depth);
  }

  #decodeLiteral(content: unknown, depth: number): unknown {
    if (typeof content !== 'object' || content === null || Array.isArray(content)) {
      throw this.#refused(depth, `"${literalKey}" holds no object`, `Put the object as it is under "${literalKey}"`);
    }
    return this.#decodeProperties(content, Object.keys(content), depth);
  }

  #blob(index: unknown, blobs: readonly Uint8Array[], depth: number): Uint8Array {
    const bytes = typeof index === 'number' && Number.isInteger(index) ? blobs[index] : undefined;
    if (typeof index !== 'number' || bytes === undefined) {
      throw this.#refused(
        depth,
        `"$blob" names none of ${blobs.length} blobs`,
        'Name a blob by its index, counted from 0',
      );
    }
    if (this.#named.has(index))
      throw this.#refused(depth, `"$blob" names blob ${index} twice`, 'Send each blob once for each use');
    this.#named.add(index);
    return bytes;
  }

  #bytes(text: unknown, depth: number): Uint8Array {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
    // Node skips what is not base64; only what it would have written itself is taken.
    if (bytes === undefined || bytes.toString('base64') !== text) {
      throw this.#refused(
        depth,
        '"$base64" is not base64',
        'Write the bytes in the alphabet of RFC 4648 §4, with padding',
      );
    }
    // A copy: small buffers share Node's pool.
    return new Uint8Array(bytes);
  }

  #tooDeep(depth: number): Error {
    return this.#refused(depth, `it nests deeper than ${valueDepthMax}`, 'Flatten the value');
  }

  #refused(depth: number, state: string, remedy: string): Error {
    const path: ValuePath = this.#path.slice(0, depth);
    return valueInvalid(this.#code, path, { state, remedy });
  }
}
