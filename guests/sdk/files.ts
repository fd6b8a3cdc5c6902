/** Files below the roots that a tool was given. */
import type { FilesEntry, FilesStatus } from '#wit/host-types';
import { toBytes, toText } from './bytes.ts';
import { start } from './operations.ts';

/** One root. A path is relative, `/`-separated, at most 1,024 bytes, without `..`; a file at most 8 MiB. */
export interface FilesRoot {
  /** The bytes of a file. Token mode `r` or `rw`. */
  read(path: string): Promise<Uint8Array>;
  /** As `read`, as UTF-8. */
  readText(path: string): Promise<string>;
  /** Replaces a file as a whole, and makes its directories. Token mode `rw`. */
  write(path: string, content: Uint8Array | string): Promise<void>;
  /** What is in a directory, in the order of the names' bytes. Default: the root. */
  list(path?: string): Promise<readonly FilesEntry[]>;
  /** Kind, size and time of a path. */
  stat(path: string): Promise<FilesStatus>;
  /** Removes a file or an empty directory; says whether there was something. */
  remove(path: string): Promise<boolean>;
}

/**
 * A root, by the tokens `fs:<root>:r|rw`.
 * @example
 * await files('reports').write('2026/may.csv', 'day,total\n');
 */
export function files(root: string): FilesRoot {
  return {
    read: (path) => start('files.read', root, path),
    readText: async (path) => toText(await start('files.read', root, path)),
    write: async (path, content) => start('files.write', root, path, toBytes(content)),
    list: (path = '') => start('files.entries', root, path),
    stat: (path) => start('files.stat', root, path),
    remove: (path) => start('files.remove', root, path),
  };
}
