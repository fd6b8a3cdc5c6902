/** The key that vouches for compiled code: 32 random bytes in a file that only its owner reads. */
import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { artifactKeyRefused } from './errors.ts';
import { privateDirectory } from './private-directory.ts';

const keyBytes = 32;

/**
 * Reads the key of a file, which is made where it is missing. Processes that make it at the same time all get the same one.
 * @throws {CodedError} `UNAVAILABLE` where it has another length, others may read it, or it can neither be read nor made
 */
export async function openArtifactKey(file: string): Promise<Uint8Array> {
  const fault = privateDirectory(dirname(file));
  if (fault !== undefined) throw artifactKeyRefused(file, `of "${dirname(file)}": ${fault}`);
  try {
    return readKey(file) ?? (await makeKey(file));
  } catch (cause) {
    throw artifactKeyRefused(file, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Nothing where there is no file. */
function readKey(path: string): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new Error('it is no file');
    if (process.getuid !== undefined) {
      if (found.uid !== process.getuid()) throw new Error(`it belongs to the user ${found.uid}`);
      if ((found.mode & 0o077) !== 0)
        throw new Error(`others may read it: its mode is ${(found.mode & 0o777).toString(8)}`);
    }
    const key = Buffer.alloc(keyBytes + 1);
    const count = readSync(file, key, 0, key.length, 0);
    if (count !== keyBytes) throw new Error(`it has ${found.size} bytes, and a key has ${keyBytes}`);
    return key.subarray(0, keyBytes);
  } finally {
    closeSync(file);
  }
}

/** Written aside and linked to its name, which one process can: nobody reads half a key, and nobody's key is replaced. */
async function makeKey(path: string): Promise<Uint8Array> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await writeKey(aside, randomBytes(keyBytes));
    await link(aside, path).catch(async (error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EEXIST') return;
      // Some file systems have no links: there a reader that comes between creation and writing refuses the file, and the next one does not.
      await writeKey(path, randomBytes(keyBytes));
    });
  } finally {
    await rm(aside, { force: true });
  }
  const key = readKey(path);
  if (!key) throw new Error('it was removed while it was made');
  return key;
}

async function writeKey(path: string, key: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(key);
  await file.sync();
}
