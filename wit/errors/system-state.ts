/** What the system says when a file cannot be read or written, in words for a message. */

const states: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission is denied'],
  ['EPERM', 'permission is denied'],
  ['EROFS', 'the disk is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EISDIR', 'a directory is there'],
  ['ENOTDIR', 'a part of its path is no directory'],
  ['EEXIST', 'a part of its path is no directory'],
  ['ENOTEMPTY', 'a directory is there'],
  ['ENOENT', 'there is no such file or directory'],
  ['ELOOP', 'it is a symbolic link that leads to itself'],
  ['ENAMETOOLONG', 'its path is too long'],
  ['EIO', 'the disk fails'],
  ['EMFILE', 'too many files are open'],
]);

/** The state without the system's own name for the call and the paths in it; an unknown one in the system's words. */
export function systemState(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return states.get(code) ?? (error instanceof Error ? error.message : String(error));
}
