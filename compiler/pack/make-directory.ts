/** Makes a directory and those above it. Node's own way of doing so never ends where a file system takes no directories, as /proc. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes what is missing; `mode` is for what is made. @throws the system's own errors as they are. */
export async function makeDirectory(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const parent = dirname(path);
    if (code === 'ENOENT' && parent !== path && !(await isDirectory(parent))) {
      await makeDirectory(parent, mode);
      // Again from the start: somebody else may have made it meanwhile, and what is above it is there now.
      return makeDirectory(path, mode);
    }
    // The parent was made between the two looks.
    if (code === 'ENOENT' && parent !== path && !(await isDirectory(path))) {
      await mkdir(path, { mode }).catch(async (again: unknown) => {
        if (!(await isDirectory(path))) throw again;
      });
      return undefined;
    }
    // Whatever mkdir has against a directory that is there: a read-only disk says so before it looks.
    if (!(await isDirectory(path))) throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
