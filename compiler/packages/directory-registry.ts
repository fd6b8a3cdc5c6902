/**
 * A registry in a folder, which may lie on a share.
 *
 *     index/<name>/<version>/entry.json   what is said of a version; the folder appears whole, by one rename
 *     blobs/<aa>/<hash>                   archives and texts of signatures by their BLAKE3
 *     temporary/                          what is being written
 *
 * - A version is there from the rename of its folder on, and never again replaced: a rename onto a folder that holds something fails
 *   on every file system, so that of two publishers at the same time one is told of the other, without a lock that could go stale.
 * - Content is named by its hash and checked whenever it is read. What is damaged is named; the rest goes on.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, bundleMaxima, hashBytes, readBundle } from '#wit/bundle';
import { compareVersions, isVersion } from '#wit/dependencies';
import { CodedError, systemState } from '#wit/errors';
import { isBundleName } from '#wit/manifest';
import { signatureTextBytesMax } from '#wit/minisign';
import { makeDirectory } from '../pack/make-directory.ts';
import { packageCorrupt, registryUnreadable, registryUnwritable, versionPublished, versionUnusable } from './errors.ts';
import type {
  PackageContent,
  PackageRegistry,
  PackageSignature,
  PackageVersion,
  PackageVersions,
  PublishOutcome,
} from './package-registry.ts';
import { readFileWithin } from './read-file-within.ts';
import { entryBytesMax, parseEntry, printEntry, versionOf } from './registry-entry.ts';

/** Versions of a name that are looked at, the newest ones. */
const versionsMax = 1_000;
/** Entries that are read at the same time: a share answers slowly, but many at once. */
const readsAtOnce = 32;
/** What was begun longer ago than this was left by a publisher that died. */
const staleMs = 24 * 60 * 60 * 1000;

/** Opens the registry of a folder, which need not exist before something is published. */
export function openDirectoryRegistry(location: string): PackageRegistry {
  return new DirectoryRegistry(location);
}

class DirectoryRegistry implements PackageRegistry {
  readonly location: string;

  constructor(location: string) {
    this.location = location;
  }

  async versions(name: string): Promise<PackageVersions> {
    if (!isBundleName(name)) return { versions: [], problems: [] };
    const found = (await this.#namesIn(join('index', name)))
      .filter(isVersion)
      .toSorted((a, b) => compareVersions(b, a));
    const wanted = found.slice(0, versionsMax);
    const versions: PackageVersion[] = [];
    const problems: CodedError[] = [];
    for (let start = 0; start < wanted.length; start += readsAtOnce) {
      const reads = wanted.slice(start, start + readsAtOnce).map((version) => this.#entry(name, version));
      for (const entry of await Promise.all(reads)) {
        if (entry instanceof CodedError) problems.push(entry);
        else if (entry !== undefined) versions.push(entry);
      }
    }
    return { versions, problems };
  }

  async fetch(version: PackageVersion): Promise<PackageContent> {
    const archive = await this.#blob(version, version.hash, bundleMaxima.archiveBytes);
    const bundle = this.#verified(version, archive);
    if (version.signature === undefined) return { archive, bundle };
    const { hash, keyId } = version.signature;
    const text = new TextDecoder().decode(await this.#blob(version, hash, signatureTextBytesMax));
    const signature: PackageSignature = { text, keyId };
    return { archive, bundle, signature };
  }

  async publish(content: PackageContent): Promise<PublishOutcome> {
    const version = versionOf(content);
    if (!isVersion(version.version)) throw versionUnusable(version.name, version.version);
    try {
      const before = await this.#published(version);
      const temporary = join(this.location, 'temporary');
      await makeFolder(temporary);
      await this.#writeBlob(version.hash, content.archive);
      if (version.signature !== undefined && content.signature !== undefined)
        await this.#writeBlob(version.signature.hash, new TextEncoder().encode(content.signature.text));
      if (before !== undefined) return { version: before, unchanged: true };
      const raced = await this.#writeEntry(version);
      await removeStale(temporary);
      return raced === undefined ? { version, unchanged: false } : { version: raced, unchanged: true };
    } catch (error) {
      throw error instanceof CodedError ? error : registryUnwritable(this.location, error);
    }
  }

  /** What is published of this version; `undefined` where nothing is. @throws {CodedError} `BUNDLE_VERSION_TAKEN`, `BUNDLE_CORRUPT`. */
  async #published(version: PackageVersion): Promise<PackageVersion | undefined> {
    const found = await this.#entry(version.name, version.version);
    if (found === undefined) return undefined;
    if (found instanceof CodedError) throw found;
    const { location } = this;
    if (found.hash !== version.hash) throw versionPublished(version, { location, what: 'content' });
    if (found.signature?.hash !== version.signature?.hash)
      throw versionPublished(version, { location, what: 'signature' });
    return found;
  }

  /** Makes the version be there; gives what another publisher was quicker with. */
  async #writeEntry(version: PackageVersion): Promise<PackageVersion | undefined> {
    const { name } = version;
    const folder = join(this.location, 'index', name);
    await makeFolder(folder);
    const written = join(this.location, 'temporary', randomUUID());
    try {
      await mkdir(written);
      await writeDurably(join(written, 'entry.json'), new TextEncoder().encode(printEntry(version)));
      await syncDirectory(written);
      await rename(written, join(folder, version.version));
    } catch (error) {
      await rm(written, { recursive: true, force: true });
      const raced = await this.#published(version);
      if (raced === undefined) throw error;
      return raced;
    }
    await syncDirectory(folder);
    await syncDirectory(join(this.location, 'index'));
    return undefined;
  }

  /** Content that is there and whole stays; what is damaged is replaced. */
  async #writeBlob(hash: string, bytes: Uint8Array): Promise<void> {
    const folder = join(this.location, 'blobs', hash.slice(0, 2));
    const path = join(folder, hash);
    const known = await readFileWithin(path, bytes.length).catch(() => undefined);
    if (known !== undefined && known.length === bytes.length && hashBytes(known) === hash) return;
    await makeFolder(folder);
    const written = join(this.location, 'temporary', randomUUID());
    try {
      await writeDurably(written, bytes);
      await rename(written, path);
    } catch (error) {
      await rm(written, { force: true });
      throw error;
    }
    await syncDirectory(folder);
  }

  /** What is said of a version; an error where that cannot be read, `undefined` where there is no such version. */
  async #entry(name: string, version: string): Promise<PackageVersion | CodedError | undefined> {
    const folder = join(this.location, 'index', name, version);
    const path = join(folder, 'entry.json');
    const corrupt = (state: string): CodedError =>
      packageCorrupt({ name, version }, { location: this.location, path, state });
    try {
      const entry = parseEntry(new TextDecoder().decode(await readFileWithin(path, entryBytesMax)));
      if (entry === undefined) return corrupt('its entry is damaged');
      return entry.name === name && entry.version === version ? entry : corrupt('its entry is of another bundle');
    } catch (error) {
      if (isAbsent(error) && !(await hasContent(folder))) return undefined;
      return corrupt(`its entry cannot be read: ${systemState(error)}`);
    }
  }

  async #blob(version: PackageVersion, hash: string, bytesMax: number): Promise<Uint8Array> {
    const path = join(this.location, 'blobs', hash.slice(0, 2), hash);
    const bytes = await readFileWithin(path, bytesMax).catch(async (error: unknown) => {
      // A share that has gone is no damage.
      await stat(this.location).catch((cause: unknown) => {
        throw registryUnreadable(this.location, cause);
      });
      throw this.#damaged(version, path, systemState(error));
    });
    if (hashBytes(bytes) !== hash) throw this.#damaged(version, path, 'its content is not what was published');
    return bytes;
  }

  /** The bundle of an archive, if it is what the entry says. */
  #verified(version: PackageVersion, archive: Uint8Array): Bundle {
    const path = join(this.location, 'blobs', version.hash.slice(0, 2), version.hash);
    try {
      const bundle = readBundle(archive);
      if (printEntry({ ...versionOf({ archive, bundle }), ...signatureOf(version) }) === printEntry(version))
        return bundle;
    } catch (error) {
      throw this.#damaged(version, path, error instanceof Error ? error.message : String(error));
    }
    throw this.#damaged(version, path, 'its entry says something else of it than it does itself');
  }

  #damaged(version: PackageVersion, path: string, state: string): CodedError {
    return packageCorrupt(version, { location: this.location, path, state });
  }

  async #namesIn(folder: string): Promise<readonly string[]> {
    try {
      return await readdir(join(this.location, folder));
    } catch (error) {
      if (!isAbsent(error)) throw registryUnreadable(this.location, error);
      // A name that nobody published, or a share that is not mounted.
      await stat(this.location).catch((cause: unknown) => {
        throw registryUnreadable(this.location, cause);
      });
      return [];
    }
  }
}

/** Publishers make the same folders: of one that another has made between two looks, the system says that what is above it is missing. */
async function makeFolder(path: string): Promise<void> {
  await makeDirectory(path).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
    return makeDirectory(path);
  });
}

function signatureOf({ signature }: PackageVersion): Pick<PackageVersion, 'signature'> {
  return signature === undefined ? {} : { signature };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

async function hasContent(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o666);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename durable, where the file system can. */
async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch {
    // Shares and Windows have no such thing; the content is on the disk all the same.
  } finally {
    await handle?.close();
  }
}

/** Removes what dead publishers left. The share's own clock counts: that of a file which is written now. */
async function removeStale(temporary: string): Promise<void> {
  const clock = join(temporary, randomUUID());
  try {
    await writeDurably(clock, new Uint8Array());
    const { mtimeMs: now } = await stat(clock);
    for (const name of await readdir(temporary)) {
      const path = join(temporary, name);
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && found.mtimeMs < now - staleMs) await rm(path, { recursive: true, force: true });
    }
  } catch {
    // Only room is lost; the next one that publishes tries again.
  } finally {
    await rm(clock, { force: true });
  }
}
