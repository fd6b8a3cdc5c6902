/** Directories that users of containers have to pass, whatever the umask of the host: a service has one that keeps everybody out. */
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** rwxr-xr-x. */
const passableMode = 0o755;

/** Makes a directory and those above it that are missing, all of this mode; what is there keeps its own. */
export function makePassableSync(directory: string, mode = passableMode): void {
  const first = mkdirSync(directory, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = path.resolve(directory); ; made = path.dirname(made)) {
    chmodSync(made, mode);
    if (made === first || made === path.dirname(made)) return;
  }
}
