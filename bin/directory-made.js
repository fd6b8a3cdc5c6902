/** Makes directories for the starter and the commands. Plain JavaScript, since an older Node reads it. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it, where they are missing. Node's own way of doing so never ends where a file system takes no
 * directories, as /proc.
 * @param {string} path
 * @returns {boolean} whether it is there now
 */
export function directoryMade(path) {
  if (existsSync(path)) return true;
  const parent = dirname(path);
  if (parent === path || !directoryMade(parent)) return false;
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch {
    // Somebody else may have made it meanwhile.
    return existsSync(path);
  }
}
