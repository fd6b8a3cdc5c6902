/** Root directories on the disk: whether one is whole, and which go. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { rootsMax } from './limits.ts';

/** Files up to this size are read at each check: some milliseconds for all of them. Bun is checked by what the file system says of it. */
const checkedBytesMax = 8 * 1024 * 1024;
/** What a builder that died has left goes after an hour. */
const leftoverMs = 60 * 60 * 1000;

/** A directory, or a file with its hash. */
export interface RootEntry {
  readonly path: string;
  readonly mode: number;
  /** Of a file that Bun makes of a source here: that of the source. */
  readonly hash: string | undefined;
  /** Its own hash is in the record of the directory, since it is known only when it is made. */
  readonly isMade?: true;
}

/** What is written beside a root directory when it is built. */
export interface RootRecord {
  /** `fileIdentity` of Bun. */
  readonly binary: string;
  /** Hashes of the files that were made, by path. */
  readonly made: Readonly<Record<string, string>>;
}

/** What must be in a root directory, and nothing else. */
export interface RootManifest {
  readonly hash: string;
  /** By path. */
  readonly entries: readonly RootEntry[];
}

/** What the file system says of a file: changes when its content does, unless somebody who may write it wants otherwise. */
export async function fileIdentity(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await fs.stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs].join(':');
}

/** SHA-256 of a file's content. */
export async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

/** Whether a root directory is there and is what its manifest says. */
export async function verifyRoot(home: string, manifest: RootManifest): Promise<boolean> {
  try {
    const root = path.join(home, 'root');
    const record = JSON.parse(await fs.readFile(path.join(home, 'manifest.json'), 'utf8')) as Partial<RootRecord>;
    if (record.binary !== (await fileIdentity(path.join(root, 'bin', 'bun')))) return false;
    const names = await fs.readdir(root, { recursive: true });
    if (names.length !== manifest.entries.length) return false;
    for (const entry of manifest.entries) {
      const hash = entry.isMade ? record.made?.[entry.path] : entry.hash;
      if (entry.isMade && hash === undefined) return false;
      if (!(await isWhole(root, { ...entry, hash }))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function isWhole(root: string, { path: inside, mode, hash }: RootEntry): Promise<boolean> {
  const file = path.join(root, inside);
  const state = await fs.lstat(file);
  if ((state.mode & 0o7777) !== mode) return false;
  if (hash === undefined) return state.isDirectory();
  return state.isFile() && (state.size > checkedBytesMax || (await hashOfFile(file)) === hash);
}

/** Keeps the newest by last use, and removes what dead builders left. A container that runs keeps its open files. */
export async function pruneRoots(roots: string, current: string): Promise<void> {
  const used: { readonly name: string; readonly atMs: number }[] = [];
  for (const name of await fs.readdir(roots)) {
    const home = path.join(roots, name);
    const isRoot = /^[0-9a-f]{64}$/.test(name);
    const state = await fs.stat(isRoot ? path.join(home, 'manifest.json') : home).catch(() => undefined);
    if (isRoot) used.push({ name, atMs: state?.mtimeMs ?? 0 });
    else if (state && Date.now() - state.mtimeMs > leftoverMs) await fs.rm(home, { recursive: true, force: true });
  }
  used.sort((left, right) => right.atMs - left.atMs);
  for (const { name } of used.filter(({ name }) => name !== current).slice(rootsMax - 1)) {
    const old = path.join(roots, `.old-${randomBytes(8).toString('hex')}`);
    await fs.rename(path.join(roots, name), old).then(
      () => fs.rm(old, { recursive: true, force: true }),
      // Another host prunes, too.
      () => undefined,
    );
  }
}
