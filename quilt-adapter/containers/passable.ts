/** Directories that users of containers have to pass, whatever the umask of the host: a service has one that keeps everybody out. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** rwxr-xr-x. */
const passableMode = 0o755;

/**
 * Makes a directory and those above it that are missing, all of this mode; what is there keeps its own. One after the other, since Node's own way of doing so
 * never ends where a file system takes no directories, as /proc.
 */
export function makePassableSync(directory: string, mode = passableMode): void {
  if (existsSync(directory)) return;
  makePassableSync(path.dirname(directory), mode);
  try {
    mkdirSync(directory);
  } catch (error) {
    // Somebody else may have made it meanwhile, and gives it its mode.
    if (existsSync(directory)) return;
    throw error;
  }
  chmodSync(directory, mode);
}
