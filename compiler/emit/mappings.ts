/** The little of a source map's mappings that the bundler changes: the base64 VLQ numbers of ECMA-426. */

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** A digit holds five bits of the number; its sixth says that more follow. */
const continuation = 32;

/** Which part of a line of text moved. */
export interface LineShift {
  /** The column from which on it moved, before it did. */
  readonly from: number;
  /** By how many columns it moved to the left. */
  readonly removed: number;
}

/** Moves what the mappings of a line say about its moved part. Each column counts from the one before, so one number does. */
export function shiftMappings(line: string, { from, removed }: LineShift): string {
  let column = 0;
  let moved = false;
  const segments = line.split(',').map((segment) => {
    if (segment === '' || moved) return segment;
    const { value, length } = decodeFirst(segment);
    column += value;
    if (column < from) return segment;
    moved = true;
    return encode(value - removed) + segment.slice(length);
  });
  return segments.join(',');
}

function decodeFirst(text: string): { readonly value: number; readonly length: number } {
  let bits = 0;
  let length = 0;
  for (let digit = continuation; digit & continuation; length += 1) {
    digit = digits.indexOf(text.charAt(length));
    if (digit < 0) throw new Error('Cannot read the mappings of a source map: a digit is not base64');
    bits += (digit % continuation) * continuation ** length;
  }
  return { value: bits % 2 === 1 ? -Math.floor(bits / 2) : bits / 2, length };
}

function encode(value: number): string {
  let bits = value < 0 ? -value * 2 + 1 : value * 2;
  let text = '';
  do {
    const rest = Math.floor(bits / continuation);
    text += digits.charAt((bits % continuation) + (rest > 0 ? continuation : 0));
    bits = rest;
  } while (bits > 0);
  return text;
}
