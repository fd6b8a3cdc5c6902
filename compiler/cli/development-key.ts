/**
 * The key that `arc dev` signs with. The user who owns the host's home may run the source that they write: the key lies in that home, its public half among
 * the keys that the host trusts, and nobody else can read or place either.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type SecretKey, decodeSecretKey, encodeSecretKey, generateKeyPair, printPublicKey } from '#wit/minisign';

const keyName = 'development';

/** The key of a home; made where there is none. @throws {CodedError} `KEY_INVALID` for a file that is none. */
export async function developmentKey(home: string): Promise<SecretKey> {
  const path = join(home, `${keyName}.key`);
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  const key =
    kept === undefined
      ? generateKeyPair((length) => randomBytes(length))
      : await decodeSecretKey(kept, { shown: path });
  if (kept === undefined) await writeWhole(path, await encodeSecretKey(key));
  const publicPath = join(home, 'trust', `${keyName}.pub`);
  const text = printPublicKey(key.publicKey);
  if ((await readFile(publicPath, 'utf8').catch(() => undefined)) !== text) await writeWhole(publicPath, text);
  return key;
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Names with a dot are passed over by who reads the keys.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  await rename(temporary, path);
}
