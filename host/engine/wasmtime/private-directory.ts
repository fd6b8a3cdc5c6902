/** Directories that nobody but this user may write: code that is run, and the key that vouches for it, lie in them. */
import { lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

/**
 * Makes the directory, and those above it, where they are missing. Node's own way of making several never ends on a file system that
 * takes none, as /proc. Not recursive in a loop: the root always is there.
 * @returns what is wrong with it; nothing where it may be used
 */
export function privateDirectory(path: string): string | undefined {
  const fault = make(path);
  if (fault !== undefined) return fault;
  const { uid, mode, directory } = look(path);
  // `lstat`: a link would lead to where somebody else decides.
  if (!directory) return 'it is no directory';
  return foreignness(uid, mode);
}

/** Why a file or directory with this owner and mode may have been written by somebody else. */
export function foreignness(uid: number, mode: number): string | undefined {
  // Windows has neither owners nor modes here.
  if (process.getuid === undefined) return undefined;
  if (uid !== process.getuid()) return `it belongs to the user ${uid}`;
  return (mode & 0o022) === 0 ? undefined : `others may write it: its mode is ${(mode & 0o777).toString(8)}`;
}

function look(path: string): { readonly uid: number; readonly mode: number; readonly directory: boolean } {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return { uid: found?.uid ?? -1, mode: found?.mode ?? 0, directory: found?.isDirectory() === true };
}

function make(path: string): string | undefined {
  if (lstatSync(path, { throwIfNoEntry: false })) return undefined;
  const parent = dirname(path);
  const fault = parent === path ? 'there is no root' : make(parent);
  if (fault !== undefined) return fault;
  try {
    mkdirSync(path, { mode: 0o700 });
    return undefined;
  } catch (error) {
    // Another process may have made it meanwhile.
    if (lstatSync(path, { throwIfNoEntry: false })) return undefined;
    return `it cannot be made (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`;
  }
}
