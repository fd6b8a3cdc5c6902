/** Wasmtime for Python, another host of components. */
import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `.ci/run` puts the package there. */
const candidates = [join(homedir(), '.cache/aria/python/bin/python'), 'python3'];
/** A Python that has it; nothing where there is none. */
export const python = candidates.find((name) => {
  try {
    execFileSync(name, ['-c', 'import wasmtime.component'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
