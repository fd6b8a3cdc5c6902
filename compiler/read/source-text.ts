/** Reads source files as text, and says why one cannot be: too large, no UTF-8, no file. */
import { systemState } from '#wit/errors';
import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import type { Place } from '../check/diagnostic.ts';
import type { DiagnosticFacts } from './read-scope.ts';

/** A source file has at most this many bytes: as much as the text of a whole tool, and so more than any of its files. */
export const sourceFileBytesMax = 8 * 1024 * 1024;

/** Why a file has no text, and where in it. */
export interface SourceProblem extends DiagnosticFacts, Pick<Place, 'line' | 'column'> {}

/** The text of a file without a byte order mark, or what is wrong; undefined where there is no file. */
export function readSourceText(path: string): string | SourceProblem | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    // A pipe or a device would never end.
    if (!stats.isFile()) return unreadable('it is no regular file');
    if (stats.size > sourceFileBytesMax) return tooLarge(stats.size);
    const bytes = readFileSync(path);
    return isUtf8(bytes) ? bytes.toString('utf8', startsWithMark(bytes) ? utf8Mark.length : 0) : notUtf8(bytes);
  } catch (error) {
    return unreadable(systemState(error));
  }
}

/** A file or a folder that the system does not give. */
export function unreadable(state: string): SourceProblem {
  return {
    code: 'SOURCE_UNREADABLE',
    message: `Cannot read it: ${state}`,
    remedy: 'Correct it, or remove it from the sources',
    line: 1,
    column: 1,
  };
}

/** A file whose nesting is more than the compiler can follow. */
export function tooDeep(): SourceProblem {
  return {
    code: 'SOURCE_INVALID',
    message: 'Cannot read the file: its expressions or types are nested too deeply',
    remedy: 'Name parts of them: give them constants, functions or types of their own',
    line: 1,
    column: 1,
  };
}

const utf8Mark = [0xef, 0xbb, 0xbf];

function startsWithMark(bytes: Uint8Array): boolean {
  return utf8Mark.every((byte, index) => bytes[index] === byte);
}

function tooLarge(size: number): SourceProblem {
  return {
    code: 'SOURCE_TOO_LARGE',
    message: `Cannot read the file: it has ${size} bytes, more than ${sourceFileBytesMax}`,
    remedy: 'Split it, or read the data while the tool runs',
    line: 1,
    column: 1,
  };
}

function notUtf8(bytes: Buffer): SourceProblem {
  const marked = markedEncoding(bytes);
  const offset = marked === undefined ? firstInvalid(bytes) : 0;
  const lineStart = bytes.lastIndexOf('\n', offset - 1) + 1;
  const found =
    marked === undefined
      ? `the byte 0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')} is not UTF-8`
      : `it is ${marked}, not UTF-8`;
  return {
    code: 'SOURCE_NOT_UTF8',
    message: `Cannot read the file: ${found}`,
    remedy: 'Save it as UTF-8',
    line: offset === 0 ? 1 : countOf(bytes.subarray(0, lineStart), 0x0a) + 1,
    column: offset === 0 ? 1 : bytes.toString('utf8', lineStart, offset).length + 1,
  };
}

/** The encoding that the first bytes announce. */
function markedEncoding(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'UTF-16 (little endian)';
  return first === 0xfe && second === 0xff ? 'UTF-16 (big endian)' : undefined;
}

/** The index of the byte with which the first character begins that is none. */
function firstInvalid(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes[offset] ?? 0);
    if (length === 0 || !isUtf8(bytes.subarray(offset, offset + length))) return offset;
    offset += length;
  }
  return bytes.length;
}

/** How many bytes a character has by its first one; 0 for a byte that begins none. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function countOf(bytes: Uint8Array, wanted: number): number {
  let count = 0;
  for (const byte of bytes) if (byte === wanted) count += 1;
  return count;
}
