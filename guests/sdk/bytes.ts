/** Text and bytes, as every store of the host takes and gives them. */
import { native } from './native.ts';

/** The bytes of a text in UTF-8, or the bytes themselves. @throws {TypeError} for anything else. */
export function toBytes(value: Uint8Array | string): Uint8Array {
  if (typeof value === 'string') return native().utf8Encode(value);
  if (value instanceof Uint8Array) return value;
  throw new TypeError('Cannot store the value: expected a string or a Uint8Array');
}

/** The text of UTF-8; malformed bytes become U+FFFD. */
export function toText(bytes: Uint8Array): string {
  return native().utf8Decode(bytes, false, false);
}
