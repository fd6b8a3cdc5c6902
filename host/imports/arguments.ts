/** Reads arguments of operations. What is not of the form of the WIT comes from a guest that was not made by our tools. */
import { isNamespace } from '#wit/tokens';
import { turnLimits } from '../limits.ts';
import { invalidArgument } from './import.ts';

/** A string of well-formed Unicode. */
export function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || !value.isWellFormed()) throw invalidArgument(`${what} is no text`);
  return value;
}

/** A string of a number of bytes in UTF-8. */
export function textOfBytes(
  value: unknown,
  what: string,
  { min, max }: { readonly min: number; readonly max: number },
): string {
  const found = text(value, what);
  const bytes = found.length > max ? found.length : Buffer.byteLength(found);
  if (bytes < min || bytes > max) throw invalidArgument(`${what} has ${bytes} bytes, and ${min} to ${max} are allowed`);
  return found;
}

/** A namespace without a wildcard: a token may name many, an operation names one. */
export function namespace(value: unknown): string {
  const found = text(value, 'the namespace');
  if (!isNamespace(found) || found.includes('*'))
    throw invalidArgument('the namespace is not made of parts of letters, digits, _ and -, joined by dots');
  return found;
}

/** A whole number within bounds. */
export function wholeNumber(
  value: unknown,
  what: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalidArgument(`${what} is not a whole number from ${min} to ${max}`);
  }
  return value;
}

/** The bytes that an index names. */
export function blobAt(value: unknown, blobs: readonly Uint8Array[], what: string): Uint8Array {
  const index = wholeNumber(value, `the blob of ${what}`, { min: 0, max: turnLimits.blobsMax - 1 });
  const blob = blobs[index];
  if (!blob) throw invalidArgument(`the blob of ${what} is not there`);
  return blob;
}

/** A field of a record. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
