/**
 * Objects as files: `objects/aa/<hash>`, written by way of `temporary/`.
 * - A name in `objects/` stands for all bytes of that hash, on disk: a file gets it by a rename after it was synced.
 * - Links are never followed, whoever planted them; nothing is read as an object but a plain file of the right size and hash.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashBytes } from '#wit/bundle';

/** An object as the index knows it. */
export interface ObjectFacts {
  readonly hash: string;
  readonly bytes: number;
}

/** What came of reading an object: its bytes, or why they are not its own, as in `"manifest.json" is missing`. */
export type ReadObject =
  | { readonly kind: 'intact'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'damaged'; readonly reason: string };

/** Files that are open at the same time while an install writes; a process may have 1,024. */
const filesPerBatch = 32;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const hashPattern = /^[0-9a-f]{64}$/;
const prefixPattern = /^[0-9a-f]{2}$/;
/** What the file system says where there is no plain file of that name. */
const absences: Readonly<Record<string, string>> = {
  ENOENT: 'is missing',
  ENOTDIR: 'is missing',
  ELOOP: 'is a link',
  ENXIO: 'is not a file',
};

/** The directory of the store. Its methods throw what the file system throws. */
export class ObjectFiles {
  readonly #objects: string;
  readonly #temporary: string;
  #serial = 0;

  /** Makes what is missing of the directories, and removes what an install left half written. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // The directory itself may be a link: to a larger disk. Nothing below it may.
    const root = realpathSync(directory);
    this.#objects = join(root, 'objects');
    this.#temporary = join(root, 'temporary');
    chmodSync(root, 0o700);
    const made = [this.#objects, this.#temporary].filter(makePrivate);
    if (made.length > 0) for (const path of [root, dirname(root)]) syncDirectory(path);
    for (const name of readdirSync(this.#temporary)) rmSync(join(this.#temporary, name), { recursive: true });
  }

  /** Hashes of all files that lie where an object does. */
  list(): Set<string> {
    const found = new Set<string>();
    for (const entry of readdirSync(this.#objects, { withFileTypes: true })) {
      if (!entry.isDirectory() || !prefixPattern.test(entry.name)) continue;
      for (const name of readdirSync(join(this.#objects, entry.name)))
        if (hashPattern.test(name) && name.startsWith(entry.name)) found.add(name);
    }
    return found;
  }

  /** Reads and verifies an object at once, for what is small and needed now. */
  readSync(facts: ObjectFacts): ReadObject {
    return reading(() => {
      if (!this.#directoryIsOwn(facts.hash)) return damaged('is behind a link');
      const descriptor = openSync(this.#pathOf(facts.hash), readFlags);
      try {
        const fault = faultOf(fstatSync(descriptor), facts);
        return fault ?? verified(readFileSync(descriptor), facts);
      } finally {
        closeSync(descriptor);
      }
    });
  }

  /** Reads and verifies an object. */
  async read(facts: ObjectFacts): Promise<ReadObject> {
    try {
      if (!this.#directoryIsOwn(facts.hash)) return damaged('is behind a link');
      await using file = await open(this.#pathOf(facts.hash), readFlags);
      const fault = faultOf(await file.stat(), facts);
      return fault ?? verified(await file.readFile(), facts);
    } catch (thrown) {
      return absence(thrown);
    }
  }

  /**
   * Writes objects and returns when they are on disk: all files, then their names, then the directories, each directory once.
   * If it throws, some may be there and some not.
   */
  async write(objects: readonly { readonly hash: string; readonly bytes: Uint8Array }[]): Promise<void> {
    const prefixes = new Set(objects.map(({ hash }) => hash.slice(0, 2)));
    const written = new Map<string, string>();
    try {
      for (let first = 0; first < objects.length; first += filesPerBatch)
        await this.#writeBatch(objects.slice(first, first + filesPerBatch), written);
      await this.#makeDirectories(prefixes);
      for (const [hash, path] of written) {
        await rename(path, this.#pathOf(hash));
        written.delete(hash);
      }
    } catch (thrown) {
      // What cannot be removed now goes when the store is opened next.
      await Promise.allSettled([...written.values()].map((path) => unlink(path)));
      throw thrown;
    }
    await this.#syncDirectories(prefixes);
  }

  /** Removes an object. @returns the bytes that this freed, or nothing if it still is there. */
  remove(hash: string): number | undefined {
    if (!this.#directoryIsOwn(hash)) return 0;
    const path = this.#pathOf(hash);
    try {
      const size = lstatSync(path, { throwIfNoEntry: false })?.size;
      if (size !== undefined) unlinkSync(path);
      return size ?? 0;
    } catch {
      return undefined;
    }
  }

  async #writeBatch(
    objects: readonly { readonly hash: string; readonly bytes: Uint8Array }[],
    written: Map<string, string>,
  ): Promise<void> {
    const files: FileHandle[] = [];
    try {
      for (const { hash, bytes } of objects) {
        const path = join(this.#temporary, `${hash}.${(this.#serial += 1)}`);
        const file = await open(path, 'wx', 0o600);
        files.push(file);
        written.set(hash, path);
        await file.writeFile(bytes);
      }
      // Together, since a journal of the file system takes several syncs as one.
      await settled(files.map((file) => file.sync()));
    } finally {
      await Promise.all(files.map((file) => file.close()));
    }
  }

  async #makeDirectories(prefixes: ReadonlySet<string>): Promise<void> {
    let made = false;
    for (const prefix of prefixes) {
      const path = join(this.#objects, prefix);
      try {
        await mkdir(path, { mode: 0o700 });
        made = true;
      } catch (thrown) {
        if (codeOf(thrown) !== 'EEXIST') throw thrown;
        if (lstatSync(path).isDirectory()) continue;
        // A link or a file in the place of a directory is nobody's content.
        await unlink(path);
        await mkdir(path, { mode: 0o700 });
        made = true;
      }
    }
    if (made) await syncPath(this.#objects);
  }

  async #syncDirectories(prefixes: ReadonlySet<string>): Promise<void> {
    const paths = [...prefixes].map((prefix) => join(this.#objects, prefix));
    for (let first = 0; first < paths.length; first += filesPerBatch)
      await settled(paths.slice(first, first + filesPerBatch).map(syncPath));
  }

  #directoryIsOwn(hash: string): boolean {
    return lstatSync(dirname(this.#pathOf(hash)), { throwIfNoEntry: false })?.isDirectory() !== false;
  }

  #pathOf(hash: string): string {
    return join(this.#objects, hash.slice(0, 2), hash);
  }
}

/** Waits for all, also if one fails: nobody may close a file that is being synced. */
async function settled(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

/** @returns whether the directory was missing. */
function makePrivate(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) {
    // It may be from a copy that lost its modes.
    chmodSync(path, 0o700);
    return false;
  }
  if (found !== undefined) unlinkSync(path);
  mkdirSync(path, { mode: 0o700 });
  return true;
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function syncPath(path: string): Promise<void> {
  await using directory = await open(path, directoryFlags);
  await directory.sync();
}

function reading(read: () => ReadObject): ReadObject {
  try {
    return read();
  } catch (thrown) {
    return absence(thrown);
  }
}

/** Only what says that the content is not there: a disk that fails to read may read again, which is no reason to shut a bundle out. */
function absence(thrown: unknown): ReadObject {
  const reason = absences[codeOf(thrown)];
  if (reason === undefined) throw thrown;
  return damaged(reason);
}

function faultOf(stat: { readonly size: number; isFile(): boolean }, { bytes }: ObjectFacts): ReadObject | undefined {
  if (!stat.isFile()) return damaged('is not a file');
  return stat.size === bytes ? undefined : damaged(`has ${stat.size} bytes instead of ${bytes}`);
}

function verified(read: Buffer<ArrayBuffer>, { hash }: ObjectFacts): ReadObject {
  const found = hashBytes(read);
  if (found !== hash) return damaged(`has the hash ${found.slice(0, 12)} instead of ${hash.slice(0, 12)}`);
  // A plain view, as `readBundle` gives them: a Buffer's `slice` would share memory.
  return { kind: 'intact', bytes: new Uint8Array(read.buffer, read.byteOffset, read.byteLength) };
}

function damaged(reason: string): ReadObject {
  return { kind: 'damaged', reason };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
