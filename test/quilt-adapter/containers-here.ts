/** Whether this machine can isolate a container at all: one of the back ends but `none` works. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackend } from '#quilt-adapter';

/** Says why on stderr where it cannot. */
export async function containersHere(): Promise<boolean> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'aria-probe-'));
  try {
    await using backend = await openBackend({ choice: 'auto', allowNone: false, stateDirectory, owner: 'probe' });
    return backend.name !== 'none';
  } catch (thrown) {
    console.warn(`Containers are skipped: ${String(thrown)}`);
    return false;
  } finally {
    await rm(stateDirectory, { recursive: true, force: true });
  }
}
