/** From TypeScript's values, where bytes are `Uint8Array`, to JSON values. */
import { type ValueCode, type ValuePath, valueInvalid } from './errors.ts';
import { type BlobForm, isReservedKey, literalKey, valueDepthMax } from './forms.ts';

/**
 * Encodes the bytes of a value and escapes the user's reserved keys. What holds neither is returned itself, not copied.
 * Blobs are the caller's own arrays, not copies. Properties that are `undefined` are left to `JSON.stringify`, which drops them.
 * @throws {CodedError} `code` for what JSON cannot hold: other classes, functions, bigints, NaN, infinities, cycles.
 */
export function encodeValue(value: unknown, form: BlobForm, code: ValueCode = 'INPUT_INVALID'): unknown {
  return new Encoder(form, code).encode(value, 0);
}

class Encoder {
  readonly #form: BlobForm;
  readonly #code: ValueCode;
  /** The keys on the way to the place at work; what lies beyond the present depth is stale. */
  readonly #path: (string | number)[] = [];

  constructor(form: BlobForm, code: ValueCode) {
    this.#form = form;
    this.#code = code;
  }

  encode(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (!Number.isFinite(value))
          throw this.#refused(depth, `JSON has no ${value}`, 'Pass a finite number, or null');
        return value;
      case 'object':
        return value === null ? value : this.#encodeObject(value, depth);
      default:
        throw this.#refused(depth, `JSON has no ${typeof value}`, 'Pass JSON values and Uint8Array only');
    }
  }

  #encodeObject(value: object, depth: number): unknown {
    if (value instanceof Uint8Array) return this.#encodeBytes(value);
    if (depth >= valueDepthMax) {
      throw this.#refused(depth, `it nests deeper than ${valueDepthMax}`, 'Flatten the value, and pass no cycles');
    }
    if (Array.isArray(value)) return this.#encodeArray(value, depth);
    if (!isPlain(value))
      throw this.#refused(depth, 'it is an object of a class', 'Pass plain objects, arrays and Uint8Array only');
    return this.#encodeProperties(value, depth);
  }

  #encodeBytes(bytes: Uint8Array): unknown {
    if (this.#form.kind === 'abi') return { $blob: this.#form.blobs.push(bytes) - 1 };
    return { $base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
  }

  #encodeArray(value: readonly unknown[], depth: number): unknown {
    let copy: unknown[] | undefined;
    for (let index = 0; index < value.length; index += 1) {
      this.#path[depth] = index;
      const encoded = this.encode(value[index], depth + 1);
      if (encoded !== value[index]) (copy ??= value.slice())[index] = encoded;
    }
    return copy ?? value;
  }

  #encodeProperties(value: object, depth: number): unknown {
    const source = value as Readonly<Record<string, unknown>>;
    let copy: Record<string, unknown> | undefined;
    let escaped = false;
    for (const key of Object.keys(source)) {
      this.#path[depth] = key;
      // The other side would refuse it, so that it is told here, where the author can see it.
      if (key === '__proto__') throw this.#refused(depth + 1, 'the key "__proto__" is not allowed', 'Rename the key');
      escaped ||= isReservedKey(key);
      const property = source[key];
      if (property === undefined) continue;
      const encoded = this.encode(property, depth + 1);
      if (encoded !== property) (copy ??= { ...source })[key] = encoded;
    }
    return escaped ? { [literalKey]: copy ?? value } : (copy ?? value);
  }

  #refused(depth: number, state: string, remedy: string): Error {
    const path: ValuePath = this.#path.slice(0, depth);
    return valueInvalid(this.#code, path, { state, remedy });
  }
}

/** Whether an object is one of a literal, of `JSON.parse` or of `Object.create(null)`, in whichever realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
