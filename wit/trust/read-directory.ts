/**
 * Reads `$ARIA_HOME/trust`:
 * - `NAME.pub`: a public key.
 * - `NAME.pub.minisig`: the signature of that file by the key that it replaces; then the key counts through that one only.
 * - `NAME.revoked`: nothing that NAME signed counts. Its first line is the reason; a second line `since: SECONDS` (since 1970) leaves
 *   the rotations standing that NAME signed before that moment, for a key that was retired. For one that was stolen it is left out,
 *   since a thief signs with any date.
 *
 * Whatever else is there is refused, so that a slip in a name does not quietly leave a key trusted; names that begin with a dot are
 * passed over, since unfinished copies have them.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keyTextBytesMax, signatureTextBytesMax } from '#wit/minisign';
import { trustDirectoryOpen, trustDirectoryUnreadable, trustFileRefused, trustFilesExceeded } from './errors.ts';

/** Maxima of a trust directory. */
export const trustMaxima = {
  /** Every signature looks its key up by id; a person has to keep an overview of them. */
  files: 1_024,
  revocationBytes: 4_096,
} as const;

/** What the directory says of the keys, by name. */
export interface TrustFiles {
  readonly directory: string;
  readonly publicKeys: ReadonlyMap<string, string>;
  readonly rotations: ReadonlyMap<string, string>;
  readonly revocations: ReadonlyMap<string, string>;
}

/** The longest first: `a.pub.minisig` ends with no other of them. */
const kinds = [
  { suffix: '.pub.minisig', map: 'rotations', bytesMax: signatureTextBytesMax },
  { suffix: '.pub', map: 'publicKeys', bytesMax: keyTextBytesMax },
  { suffix: '.revoked', map: 'revocations', bytesMax: trustMaxima.revocationBytes },
] as const;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Reads the directory; one that is not there has nothing in it. @throws {CodedError} `KEY_INVALID`, naming the file. */
export function readTrustDirectory(directory: string): TrustFiles {
  const maps = {
    publicKeys: new Map<string, string>(),
    rotations: new Map<string, string>(),
    revocations: new Map<string, string>(),
  };
  for (const file of listFiles(directory)) {
    const path = join(directory, file);
    const kind = kinds.find(({ suffix }) => file.endsWith(suffix));
    const name = kind === undefined ? '' : file.slice(0, -kind.suffix.length);
    if (kind === undefined || !namePattern.test(name))
      throw trustFileRefused(
        path,
        'its name is none of NAME.pub, NAME.pub.minisig and NAME.revoked',
        'Rename or remove it',
      );
    maps[kind.map].set(name, readText(path, kind.bytesMax));
  }
  return { directory, ...maps };
}

/** A text that differs whenever a file of the directory came, went or changed. @throws {CodedError} `KEY_INVALID`. */
export function trustFingerprint(directory: string): string {
  return listFiles(directory)
    .map((file) => {
      const status = lstatSync(join(directory, file), { bigint: true, throwIfNoEntry: false });
      return status === undefined ? file : [file, status.ino, status.size, status.mtimeNs, status.ctimeNs].join(' ');
    })
    .join('\n');
}

function listFiles(directory: string): readonly string[] {
  const files = readNames(directory).filter((file) => !file.startsWith('.'));
  if (files.length > trustMaxima.files) throw trustFilesExceeded(directory, trustMaxima.files);
  return files.toSorted();
}

function readNames(directory: string): readonly string[] {
  const status = statSync(directory, { throwIfNoEntry: false });
  // Whoever can put a key there is trusted.
  if (status !== undefined && (status.mode & 0o002) !== 0) throw trustDirectoryOpen(directory);
  try {
    return readdirSync(directory);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return [];
    throw trustDirectoryUnreadable(directory, cause);
  }
}

/** Everything is asked of the open file, so that nobody changes it in between; a pipe does not make the host wait. */
function readText(path: string, bytesMax: number): string {
  const file = openFile(path);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw trustFileRefused(path, 'it is no regular file', 'Put a copy of the file there');
    if ((status.mode & 0o002) !== 0)
      throw trustFileRefused(path, 'every user of the machine may change it', `Run "chmod o-w ${path}"`);
    const buffer = Buffer.alloc(bytesMax + 1);
    const length = readSync(file, buffer, 0, bytesMax + 1, 0);
    if (length > bytesMax) throw trustFileRefused(path, `it has more than ${bytesMax} bytes`, 'Replace or remove it');
    return decode(buffer.subarray(0, length), path);
  } finally {
    closeSync(file);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ELOOP') throw trustFileRefused(path, 'it is a symbolic link', 'Put a copy of the file there');
    if (code === 'ENXIO') throw trustFileRefused(path, 'it is no regular file', 'Put a copy of the file there');
    throw trustFileRefused(path, `it cannot be read (${code})`, 'Let this user read it, or remove it');
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw trustFileRefused(path, 'it is no text', 'Replace or remove it');
  }
}

function systemCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
