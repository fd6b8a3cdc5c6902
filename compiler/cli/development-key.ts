/**
 * The key that `arc dev` signs with. The user who owns the host's home may run the source that they write: the key lies in that home, its public half among
 * the keys that the host trusts, and nobody else can read or place either.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type SecretKey,
  decodeSecretKey,
  encodeSecretKey,
  generateKeyPair,
  keyTextBytesMax,
  printPublicKey,
} from '#wit/minisign';
import { keyUnreadable } from './key-errors.ts';
import { readSmallFile } from './small-file.ts';

const keyName = 'development';

/** The key of a home; made where there is none. @throws {CodedError} `KEY_INVALID` for a file that is none. */
export async function developmentKey(home: string): Promise<SecretKey> {
  const path = join(home, `${keyName}.key`);
  const key = (await readKey(path)) ?? (await makeKey(path));
  const publicPath = join(home, 'trust', `${keyName}.pub`);
  const text = printPublicKey(key.publicKey);
  if ((await readFile(publicPath, 'utf8').catch(() => undefined)) !== text)
    await writeWhole(publicPath, text, (temporary) => rename(temporary, publicPath));
  return key;
}

async function readKey(path: string): Promise<SecretKey | undefined> {
  const file = await readSmallFile(path, keyTextBytesMax);
  if (file.kind === 'refused') throw keyUnreadable(path, file.state);
  return file.kind === 'read' ? decodeSecretKey(file.text, { shown: path }) : undefined;
}

/** Of two sessions that begin at the same time both have the key of the one that was first. */
async function makeKey(path: string): Promise<SecretKey> {
  const made = generateKeyPair((length) => randomBytes(length));
  try {
    await writeWhole(path, await encodeSecretKey(made), (temporary) => link(temporary, path));
    return made;
  } catch (thrown) {
    const kept = await readKey(path);
    if (kept === undefined) throw thrown;
    return kept;
  }
}

/** Writes a file that nobody else may read; `place` gives it its name. */
async function writeWhole(path: string, text: string, place: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Names with a dot are passed over by who reads the keys.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await place(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}
