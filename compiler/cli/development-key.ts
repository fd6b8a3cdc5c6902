/**
 * The key that `arc dev` signs with. The user who owns the host's home may run the source that they write: the key lies in that home, its public half among
 * the keys that the host trusts, and nobody else can read or place either.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type SecretKey,
  decodeSecretKey,
  encodeSecretKey,
  generateKeyPair,
  keyTextBytesMax,
  printPublicKey,
} from '#wit/minisign';
import { writeAtomically } from '../pack/write-atomically.ts';
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
    await writeAtomically({ path: publicPath, bytes: new TextEncoder().encode(text), durable: true, private: true });
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
    await writeFirst(path, await encodeSecretKey(made));
    return made;
  } catch (thrown) {
    const kept = await readKey(path);
    if (kept === undefined) throw thrown;
    return kept;
  }
}

/** Writes a file that nobody else may read; one that is there already stays, and that is an error. */
async function writeFirst(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Names with a dot are passed over by who reads the keys.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await link(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
