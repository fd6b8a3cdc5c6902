/** Files appear whole or not at all. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { buildCancelled } from './errors.ts';
import { makeDirectory } from './make-directory.ts';

/** How a file is written. */
export interface AtomicWrite {
  readonly path: string;
  readonly bytes: Uint8Array | readonly Uint8Array[];
  /** Whether to wait until the disk has it. A cache can do without: it is checked when it is read. */
  readonly durable: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Only for its owner: 0600, directories that are made 0700. For what is trusted when it is read again. */
  readonly private?: boolean;
}

/**
 * Writes beside the path, then renames; makes the directories above it. When it fails or is aborted, what was at the path
 * before is still there and nothing else is left.
 * @throws {CodedError} `CANCELLED`; the system's own errors as they are.
 */
export async function writeAtomically({
  path,
  bytes,
  durable,
  signal,
  private: own = false,
}: AtomicWrite): Promise<void> {
  const directory = dirname(path);
  await makeDirectory(directory, own ? 0o700 : undefined);
  const temporary = join(directory, `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', own ? 0o600 : 0o666);
    try {
      for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) await file.writeFile(part);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    if (signal?.aborted) throw buildCancelled();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (durable) await syncDirectory(directory);
}

/** Makes the rename itself durable, where the system can. */
async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(directory, 'r');
    await handle.sync();
  } catch {
    // Some file systems, and Windows, have no such thing; the content is on the disk all the same.
  } finally {
    await handle?.close();
  }
}
