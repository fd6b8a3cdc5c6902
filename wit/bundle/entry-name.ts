/** The names that entries may have: relative paths that mean the same on every system. */
import { bundleTooLarge, entryRefused } from './errors.ts';
import { bundleMaxima } from './archive-format.ts';

/** The tests in order; the first that a name fails says what is wrong with it. */
const faults: readonly { readonly found: (name: string) => boolean; readonly state: string }[] = [
  { found: (name) => name === '', state: 'has no name' },
  { found: (name) => name.includes('\0'), state: 'has a NUL in its name' },
  { found: (name) => name.includes('\\'), state: 'has a backslash in its name' },
  { found: (name) => name.startsWith('/'), state: 'has an absolute name' },
  { found: (name) => /^[A-Za-z]:/.test(name), state: 'has a drive letter in its name' },
  { found: (name) => name.split('/').includes('..'), state: 'has ".." in its name' },
  { found: (name) => name.endsWith('/'), state: 'is a directory' },
  {
    found: (name) => name.split('/').some((part) => part === '' || part === '.'),
    state: 'has an empty part or "." in its name',
  },
  {
    found: (name) => !/^[A-Za-z0-9._/-]+$/.test(name),
    state: 'has a character other than letters, digits, ".", "_", "-" and "/" in its name',
  },
];

/**
 * Checks a name; each byte is one character.
 * @throws {CodedError} `BUNDLE_ENTRY_REFUSED`, or `BUNDLE_TOO_LARGE` for its length.
 */
export function checkEntryName(name: string): void {
  if (name.length > bundleMaxima.nameBytes) {
    throw bundleTooLarge('the name of an entry', { value: name.length, max: bundleMaxima.nameBytes, unit: 'bytes' });
  }
  const fault = faults.find(({ found }) => found(name));
  if (fault !== undefined) throw entryRefused(name, fault.state);
}

/** The order of entries: the manifest, then by bytes; names are ASCII, so that characters compare as bytes do. */
export function compareEntryNames(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
