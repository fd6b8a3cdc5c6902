/** Lines, comments and base64 as minisign writes them; whatever else is there is refused, so that one text has one meaning. */
import type { CodedError } from '#wit/errors';

/** Makes the error for a text that is not what it should be. */
export type Refuse = (state: string) => CodedError;

export const untrustedPrefix = 'untrusted comment: ';
export const trustedPrefix = 'trusted comment: ';

/** minisign reads a line into 1,024 bytes, its prefix, its line end and a final zero among them. */
export const untrustedCommentBytesMax = 1024 - 2 - untrustedPrefix.length;
/** The same with 8,192 bytes. */
export const trustedCommentBytesMax = 8192 - 2 - trustedPrefix.length;
/** The longest signature file: both comments at their maxima and two lines of base64. */
export const signatureTextBytesMax = 1024 + 8192 + 256;
/** The longest key file: a comment at its maximum and a line of base64. */
export const keyTextBytesMax = 1024 + 256;
/** minisign reads a password into 1,024 bytes, its line end and a final zero among them. */
export const passwordBytesMax = 1022;

/** Exactly so many lines; the line end of the last one may be missing, as it is where a text was copied. */
export function readLines(
  text: string,
  { count, bytesMax }: { readonly count: number; readonly bytesMax: number },
  refuse: Refuse,
): readonly string[] {
  // UTF-16 units are never more than bytes of UTF-8: a long text is refused before it is encoded.
  if (text.length > bytesMax || Buffer.byteLength(text) > bytesMax) throw refuse(`it has more than ${bytesMax} bytes`);
  if (text.includes('\r')) throw refuse('its lines end with CR');
  const lines = text.split('\n');
  if (lines.length === count + 1 && lines.at(-1) === '') lines.pop();
  if (lines.length !== count) throw refuse(`it has ${lines.length} lines, and ${count} are wanted`);
  return lines;
}

/** What stands behind the prefix of a comment line. */
export function readComment(
  line: string,
  { prefix, bytesMax }: { readonly prefix: string; readonly bytesMax: number },
  refuse: Refuse,
): string {
  if (!line.startsWith(prefix)) throw refuse(`a line that begins with "${prefix}" is missing`);
  const comment = line.slice(prefix.length);
  checkComment(comment, bytesMax, refuse);
  return comment;
}

/** Whether a comment can be written and read again: printable, which tabs are and other control characters are not. */
export function checkComment(comment: string, bytesMax: number, refuse: Refuse): void {
  if (/[^\P{Cc}\t]/u.test(comment) || !comment.isWellFormed())
    throw refuse('its comment has characters that are not printable');
  if (Buffer.byteLength(comment) > bytesMax) throw refuse(`its comment has more than ${bytesMax} bytes`);
}

/** The bytes of a line of base64: the standard alphabet, padded, without stray bits, and of this very size. */
export function readBase64(line: string, size: number, refuse: Refuse): Uint8Array {
  const bytes = Buffer.from(line, 'base64');
  if (bytes.toString('base64') !== line) throw refuse('a line is not base64');
  if (bytes.length !== size) throw refuse(`a line has ${bytes.length} bytes in base64, and ${size} are wanted`);
  return Uint8Array.from(bytes);
}

/** A line of base64. */
export function printBase64(...parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('base64');
}

/** A key's id as minisign shows it: its eight bytes as a little-endian number, 16 hexadecimal digits in upper case. */
export function keyIdText(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString('hex').toUpperCase();
}

/** The eight bytes of a key's id. */
export function keyIdBytes(keyId: string): Uint8Array {
  return Uint8Array.from(Buffer.from(keyId, 'hex').reverse());
}

/** Two characters that name an algorithm. */
export function algorithmText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** The bytes of such a name. */
export function algorithmBytes(name: string): Uint8Array {
  return Uint8Array.from(Buffer.from(name, 'latin1'));
}
