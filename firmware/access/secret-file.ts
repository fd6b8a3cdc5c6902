/**
 * Files with one secret each: a line of text that only its owner reads.
 * - Written whole or not at all, and on the disk before anybody is told.
 * - One that others may read, that belongs to somebody else or that is a link is refused, never repaired: whoever read it has it.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { secretFileFailed, secretFileRefused } from './errors.ts';

/** Longest file, in bytes: a secret of ours has 44, of others hardly more. */
const fileBytesMax = 4096;

/** What a secret may look like: what stands in a header as it is. */
const secretPattern = /^[A-Za-z0-9._~+/=-]+$/;

/**
 * Reads a secret; `undefined` where there is no file.
 * @throws {CodedError} `CONFIG_INVALID` for one that is not private or holds something else, `IO_FAILED`.
 */
export async function readSecretFile(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw secretFileRefused(path, 'it is a link', 'Name the file itself');
    throw secretFileFailed(path, error);
  }
  try {
    return await read(path, file);
  } finally {
    await file.close();
  }
}

/** Reads a secret, which is made where there is none. Two that make it at the same time get the same one. @throws as `readSecretFile`. */
export async function openSecretFile(path: string, make: () => string): Promise<string> {
  const found = await readSecretFile(path);
  if (found !== undefined) return found;
  // Another process may have made it meanwhile: its secret stands.
  await writeAside(path, make(), (aside) => link(aside, path).catch(exceptTaken));
  const made = await readSecretFile(path);
  if (made === undefined) throw secretFileRefused(path, 'it was removed while it was made', 'Start the host again');
  return made;
}

/** Puts another secret in the place of the one before. @throws {CodedError} `IO_FAILED`. */
export async function replaceSecretFile(path: string, secret: string): Promise<void> {
  await writeAside(path, secret, (aside) => rename(aside, path));
}

async function read(path: string, file: FileHandle): Promise<string> {
  const found = await file.stat();
  if (!found.isFile()) throw secretFileRefused(path, 'it is no file', 'Name a file');
  if (process.getuid !== undefined) {
    if (found.uid !== process.getuid())
      throw secretFileRefused(path, `it belongs to the user ${found.uid}`, `Run "chown ${process.getuid()} ${path}"`);
    if ((found.mode & 0o177) !== 0) {
      const mode = (found.mode & 0o777).toString(8);
      const remedy = `Replace the secret if others may have read it, then run "chmod 600 ${path}"`;
      throw secretFileRefused(path, `its mode is ${mode}, and only its owner may read it`, remedy);
    }
  }
  const buffer = Buffer.alloc(fileBytesMax + 1);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0).catch((cause: unknown) => {
    throw secretFileFailed(path, cause);
  });
  const remedy = 'Write the secret into it as one line, or remove the file to have it made anew';
  if (bytesRead > fileBytesMax)
    throw secretFileRefused(path, `it has more than ${fileBytesMax} bytes, the maximum`, remedy);
  const text = buffer.toString('latin1', 0, bytesRead).replace(/\r?\n$/, '');
  if (!secretPattern.test(text)) throw secretFileRefused(path, 'it is empty, or holds more than a secret', remedy);
  return text;
}

async function writeAside(path: string, secret: string, place: (aside: string) => Promise<void>): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(`${secret}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(aside);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw secretFileFailed(path, error);
  } finally {
    await rm(aside, { force: true }).catch(() => undefined);
  }
}

function exceptTaken(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
