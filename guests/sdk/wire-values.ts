/**
 * Bytes in JSON. Between host and guest a `Uint8Array` stands as `{"$blob": n}`, its bytes beside the text; a user's object
 * that has such a key is escaped as `{"$literal": object}`.
 */

const markers = ['$blob', '$base64', '$literal'] as const;

/** Puts bytes where `{"$blob": n}` stands, in place. @throws {RangeError} for a blob that was not brought. */
export function decodeValue(value: unknown, blobs: readonly Uint8Array[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const index = (value as Record<string, unknown>)['$blob'];
  if (typeof index === 'number' && Object.hasOwn(value, '$blob') && !Array.isArray(value)) {
    const blob = blobs[index];
    if (blob === undefined)
      throw new RangeError(`Cannot read the value: it names blob ${index}, which was not brought`);
    return blob;
  }
  const literal = !Array.isArray(value) && Object.hasOwn(value, '$literal');
  const target = literal ? (value as { readonly $literal: unknown }).$literal : value;
  if (typeof target !== 'object' || target === null) return target;
  if (Array.isArray(target)) {
    for (const [place, item] of target.entries()) target[place] = decodeValue(item, blobs);
    return target;
  }
  for (const key of Object.keys(target)) {
    const old = (target as Record<string, unknown>)[key];
    const decoded = decodeValue(old, blobs);
    if (decoded !== old) define(target, key, decoded);
  }
  return target;
}

/** A value that `JSON.stringify` writes as the host expects it; `addBlob` keeps bytes and says where. */
export function encodeValue(value: unknown, addBlob: (bytes: Uint8Array) => number): unknown {
  return encode('', value, { addBlob, ancestors: new Set() });
}

interface Encoding {
  readonly addBlob: (bytes: Uint8Array) => number;
  /** The objects around the one at hand: one of them again is a cycle. */
  readonly ancestors: Set<object>;
}

function encode(key: string, original: unknown, encoding: Encoding): unknown {
  const value = replaced(key, original);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { $blob: encoding.addBlob(value) };
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf();
  if (encoding.ancestors.has(value)) throw new TypeError('Cannot write the value as JSON: it contains itself');
  encoding.ancestors.add(value);
  const copy = Array.isArray(value)
    ? value.map((item: unknown, index) => encode(String(index), item, encoding))
    : encodeObject(value, encoding);
  encoding.ancestors.delete(value);
  return copy;
}

function encodeObject(value: object, encoding: Encoding): object {
  const copy: object = {};
  for (const key of Object.keys(value))
    define(copy, key, encode(key, (value as Record<string, unknown>)[key], encoding));
  return markers.some((marker) => Object.hasOwn(copy, marker)) ? { $literal: copy } : copy;
}

/* As `JSON.stringify` does it: a Date gives its text. */
function replaced(key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const toJson: unknown = (value as { readonly toJSON?: unknown }).toJSON;
  return typeof toJson === 'function' ? toJson.call(value, key) : value;
}

/* Assignment would call the setter of `__proto__`. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
