/**
 * The bundle store: content by hash, versions, activations.
 * - Content is on disk before the commit that names it, and its files go after the commit that forgets it. A crash leaves files that nobody
 *   names, never names without files.
 * - Installs run one after the other. What an install relies on is pinned, so that a collection in between leaves it.
 * - Nothing leaves the store that was not compared with its hash; a manifest that was parsed lately counts as compared.
 */
import assert from 'node:assert/strict';
import { type Bundle, hashBytes, writeBundle } from '#wit/bundle';
import type { Clock } from '#host';
import type { Manifest, ManifestFile } from '#wit/manifest';
import type { Activation, BundleStore, SignedBy, StoreUsage, StoredVersion } from '../service/ports.ts';
import type { Database } from '../stores/open-database.ts';
import { storeError } from '../stores/store-error.ts';
import { type InstallRequest, admitInstall } from './admit-install.ts';
import { filesOf, manifestOf, requestOf } from './bundle-content.ts';
import {
  archiveDiffers,
  bundleInUse,
  bundleNotFound,
  bundleQuarantined,
  quotaExceeded,
  storeClosed,
  tooManyInstalls,
} from './errors.ts';
import { expendableVersions } from './expendable-versions.ts';
import { ManifestCache } from './manifest-cache.ts';
import { type ObjectFacts, ObjectFiles, type ReadObject } from './object-files.ts';
import { type Freed, ObjectSpace } from './object-space.ts';
import { type IndexedVersion, VersionIndex } from './version-index.ts';

/** What a store is made of. */
export interface BundleStoreOptions {
  /** `$ARIA_HOME/bundles`; made where it is missing. Only one process may have it open. */
  readonly directory: string;
  /** With the tables of `bundleMigrations`. It stays the caller's, and outlives the store. */
  readonly database: Database;
  /** Of all content together. */
  readonly bytesMax: number;
  /** Inactive versions of a bundle that a collection leaves. */
  readonly versionsKept: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Versions that calls in flight run on, for the collection of an install that needs room; none where absent. */
  readonly held?: () => ReadonlySet<string>;
  /** Hears of each version that is quarantined, with the reason; also while the store is being opened. */
  readonly quarantined?: (version: StoredVersion, reason: string) => void;
}

/** What came of an install. */
export interface Installed {
  readonly version: StoredVersion;
  readonly unchanged: boolean;
}

/** The store with what its users beside the service need. */
export interface ContentStore extends BundleStore {
  /** The bytes that were uploaded. @throws {CodedError} `BUNDLE_NOT_FOUND`, `BUNDLE_QUARANTINED`; `BUNDLE_HASH_MISMATCH` for an archive that arc did not pack. */
  archive(hash: string): Promise<Uint8Array>;
  /** The manifest and the files of one tool, for who loads a tool of many; no other files where there is no such tool. */
  openTool(hash: string, tool: string): Promise<Pick<Bundle, 'manifest' | 'files'>>;
  /** One file of a version. @throws {CodedError} `BUNDLE_NOT_FOUND`, `BUNDLE_QUARANTINED`. */
  file(hash: string, path: string): Promise<Uint8Array>;
  /** Reads all content and quarantines what is not its own; ends early with the signal. @returns how many objects it read. */
  verify(signal?: AbortSignal): Promise<number>;
}

/** Files that are read at the same time. */
const readsAtOnce = 8;
/** Installs that wait for another one; each holds its bundle in memory. */
const installsWaitingMax = 32;

/**
 * Opens the store of a directory and recovers it: what an install left half written is removed, versions whose content is missing are
 * quarantined and named. What no version names goes with the first collection.
 * @throws {CodedError} `IO_FAILED`, `STORE_FULL`, `STORE_CORRUPT`.
 */
export function openBundleStore(options: BundleStoreOptions): ContentStore {
  try {
    return new FileBundleStore(options);
  } catch (thrown) {
    throw storeError('open the bundle store', thrown);
  }
}

class FileBundleStore implements ContentStore {
  readonly #options: BundleStoreOptions;
  readonly #files: ObjectFiles;
  readonly #index: VersionIndex;
  readonly #space: ObjectSpace;
  readonly #manifests = new ManifestCache();
  /** Ends when the last install that was asked for ends. */
  #installs: Promise<unknown> = Promise.resolve();
  #installsWaiting = 0;
  #closed = false;

  constructor(options: BundleStoreOptions) {
    this.#options = options;
    this.#files = new ObjectFiles(options.directory);
    this.#index = new VersionIndex(options.database);
    const found = this.#files.list();
    const objects = this.#index.objects();
    const missing = [...objects].filter((hash) => !found.has(hash));
    this.#space = new ObjectSpace(this.#files, this.#index, { strays: found.size > objects.size - missing.length });
    this.#quarantine(missing.map((object) => ({ object, reason: 'is missing' })));
  }

  versions(): readonly StoredVersion[] {
    return this.#do('list the bundles', () => this.#index.versions().map(({ stored }) => stored));
  }

  version(hash: string): StoredVersion | undefined {
    return this.#do('look for the bundle', () => this.#index.version(hash)?.stored);
  }

  activations(): readonly Activation[] {
    return this.#do('list the active bundles', () => this.#index.activations());
  }

  activation(name: string): Activation | undefined {
    return this.#do('look for the active bundle', () => this.#index.activation(name));
  }

  usage(): StoreUsage {
    const { bytesMax } = this.#options;
    return this.#do('measure the bundle store', () => ({ ...this.#index.usage(), bytesMax }));
  }

  async install(
    bundle: Bundle,
    signedBy: SignedBy,
    { allowDowngrade, commit }: Parameters<BundleStore['install']>[2],
  ): Promise<Installed> {
    const request = requestOf(bundle, signedBy, allowDowngrade);
    if (this.#installsWaiting >= installsWaitingMax) throw tooManyInstalls(request.content, installsWaitingMax);
    this.#installsWaiting += 1;
    const turn = this.#installs.then(() => {
      this.#installsWaiting -= 1;
      return this.#install(request, commit);
    });
    this.#installs = turn.catch(() => undefined);
    return turn;
  }

  activate(hash: string): Activation {
    return this.#do('activate the bundle', () => {
      const { stored } = this.#usable(hash);
      return this.#index.activate(stored, this.#options.clock.nowMs());
    });
  }

  deactivate(name: string): void {
    this.#do('deactivate the bundle', () => this.#index.deactivate(name));
  }

  remove(hash: string): void {
    this.#do('remove the bundle', () => {
      const { stored } = this.#known(hash);
      if (this.#index.activation(stored.name)?.hash === hash) throw bundleInUse(stored);
      this.#index.remove(hash);
      this.#manifests.delete(hash);
    });
  }

  manifest(hash: string): Manifest {
    return this.#do('read the manifest', () => {
      const { manifest: facts } = this.#usable(hash);
      const kept = this.#manifests.get(hash);
      if (kept !== undefined) return kept;
      const manifest = manifestOf(this.#intact(hash, facts, this.#files.readSync(facts)));
      this.#manifests.set(hash, manifest, facts.bytes);
      return manifest;
    });
  }

  async open(hash: string): Promise<Bundle> {
    return this.#doLater('read the bundle', async () => {
      const { stored, manifest: facts } = this.#usable(hash);
      const manifest = manifestOf(this.#intact(hash, facts, await this.#files.read(facts)));
      const files = await this.#read(hash, filesOf(manifest));
      return { manifest, files, size: stored.archiveBytes, hash, manifestHash: stored.manifestHash };
    });
  }

  async openTool(hash: string, tool: string): Promise<Pick<Bundle, 'manifest' | 'files'>> {
    const manifest = this.manifest(hash);
    const tools = manifest.tools.filter(({ name }) => name === tool);
    const files = await this.#doLater('read the tool', () => this.#read(hash, filesOf({ ...manifest, tools })));
    return { manifest, files };
  }

  async file(hash: string, path: string): Promise<Uint8Array> {
    const listed = filesOf(this.manifest(hash)).filter((file) => file.path === path);
    const files = await this.#doLater('read the file', () => this.#read(hash, listed));
    const bytes = files.get(path);
    assert.ok(bytes, `the manifest of ${hash} names no file "${path}"`);
    return bytes;
  }

  async archive(hash: string): Promise<Uint8Array> {
    const bundle = await this.open(hash);
    const archive = writeBundle(bundle);
    const found = hashBytes(archive);
    if (found !== hash) throw archiveDiffers(bundle.manifest, { expected: hash, found });
    return archive;
  }

  async verify(signal?: AbortSignal): Promise<number> {
    return this.#doLater('verify the bundles', async () => {
      let count = 0;
      for (const [hash, bytes] of this.#index.objectSizes()) {
        if (signal?.aborted === true || this.#closed) break;
        count += 1;
        if ((await this.#files.read({ hash, bytes })).kind === 'intact') continue;
        // Again and at once: it may have been repaired since it was read.
        const again = this.#files.readSync({ hash, bytes });
        if (again.kind === 'damaged') this.#quarantine([{ object: hash, reason: again.reason }]);
      }
      return count;
    });
  }

  collect(held: ReadonlySet<string>): Freed {
    return this.#do('collect what no bundle needs', () => this.#collect(held));
  }

  /** Later calls are refused; an install that runs ends without having happened, unless it has already. */
  [Symbol.dispose](): void {
    this.#closed = true;
  }

  #collect(held: ReadonlySet<string>): Freed {
    const { versionsKept } = this.#options;
    const versions = this.#index.versions().map(({ stored }) => stored);
    const expendable = expendableVersions(versions, { activations: this.#index.activations(), held, versionsKept });
    const freed = this.#space.collect(expendable);
    for (const hash of expendable) this.#manifests.delete(hash);
    return freed;
  }

  #install(request: InstallRequest, commit?: (version: StoredVersion) => void): Promise<Installed> {
    const { content, signedBy } = request;
    return this.#doLater(`install "${content.name}" ${content.version}`, async () => {
      admitInstall(this.#index, request);
      using _pins = this.#space.pin(request.bytes.keys());
      const missing = await this.#missing(request);
      this.#makeRoom(request);
      try {
        await this.#files.write(missing);
        if (this.#closed) throw storeClosed();
        // From here on nothing else runs until the commit: what was admitted still is.
        const admission = admitInstall(this.#index, request);
        const changed = admission !== 'held' || missing.length > 0;
        const change = this.#options.database.transaction(() => {
          if (changed) this.#index.install(content, signedBy, this.#options.clock.nowMs());
          commit?.(this.#known(content.hash).stored);
        });
        if (changed || commit !== undefined) this.#space.commit(change);
        const whole = missing.length === 0 && (admission === 'held' || admission === 'signed-again');
        return { version: this.#known(content.hash).stored, unchanged: whole };
      } catch (thrown) {
        this.#space.abandon(missing.map(({ hash }) => hash));
        throw thrown;
      }
    });
  }

  /** The objects that have to be written: those that are not there, and those whose content is not their own. */
  async #missing({ bytes }: InstallRequest): Promise<readonly { hash: string; bytes: Uint8Array }[]> {
    const missing: { hash: string; bytes: Uint8Array }[] = [];
    for (const [hash, content] of bytes) {
      const intact = this.#index.hasObject(hash) && (await this.#isIntact({ hash, bytes: content.length }));
      if (!intact) missing.push({ hash, bytes: content });
    }
    return missing;
  }

  async #isIntact(facts: ObjectFacts): Promise<boolean> {
    // A disk that cannot read it is a reason to write it anew.
    return this.#files.read(facts).then(
      ({ kind }) => kind === 'intact',
      () => false,
    );
  }

  #makeRoom({ content, bytes }: InstallRequest): void {
    const { bytesMax, held } = this.#options;
    let needed = 0;
    for (const [hash, { length }] of bytes) if (!this.#index.hasObject(hash)) needed += length;
    const lacks = (): boolean => needed > 0 && this.#index.usage().bytes + needed > bytesMax;
    // What never fits is no reason to let old versions go.
    if (lacks() && needed <= bytesMax) this.#collect(new Set([...(held?.() ?? []), content.hash]));
    if (lacks()) throw quotaExceeded(content, { needed, used: this.#index.usage().bytes, bytesMax });
  }

  /** Files of a version that its manifest names, a few at a time; by the manifest instead of the index, since its hash is what was signed. */
  async #read(hash: string, listed: readonly ManifestFile[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>();
    for (let first = 0; first < listed.length; first += readsAtOnce) {
      const batch = listed.slice(first, first + readsAtOnce);
      const read = batch.map(async ({ path, ...file }) => {
        const facts = { hash: file.hash, bytes: file.size };
        return [path, facts, await this.#files.read(facts)] as const;
      });
      for (const [path, facts, found] of await Promise.all(read)) files.set(path, this.#intact(hash, facts, found));
    }
    return files;
  }

  /** The bytes of an object of a version, or the end of that version. */
  #intact(version: string, { hash }: ObjectFacts, found: ReadObject): Uint8Array {
    if (found.kind === 'intact') return found.bytes;
    // It may have been removed while it was read: then nothing is wrong with it.
    this.#known(version);
    this.#quarantine([{ object: hash, reason: found.reason }]);
    const { stored } = this.#known(version);
    throw bundleQuarantined(stored, stored.quarantined ?? `a file of it ${found.reason}`);
  }

  /** Shuts out the versions that have a damaged object. */
  #quarantine(damage: readonly { readonly object: string; readonly reason: string }[]): void {
    if (damage.length === 0) return;
    const before = new Set(this.#index.versions().flatMap(({ stored }) => (stored.quarantined ? [stored.hash] : [])));
    try {
      this.#index.markDamaged(damage);
    } catch {
      // A disk that takes no note of it: whoever reads it next finds it again.
      return;
    }
    for (const { stored } of this.#index.versions())
      if (stored.quarantined !== undefined && !before.has(stored.hash))
        this.#options.quarantined?.(stored, stored.quarantined);
  }

  #known(hash: string): IndexedVersion {
    const version = this.#index.version(hash);
    if (version === undefined) throw bundleNotFound(hash);
    return version;
  }

  #usable(hash: string): IndexedVersion {
    const version = this.#known(hash);
    if (version.stored.quarantined !== undefined) throw bundleQuarantined(version.stored, version.stored.quarantined);
    return version;
  }

  #do<Result>(action: string, work: () => Result): Result {
    if (this.#closed) throw storeClosed();
    try {
      return work();
    } catch (thrown) {
      throw storeError(action, thrown);
    }
  }

  async #doLater<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw storeClosed();
    try {
      return await work();
    } catch (thrown) {
      throw storeError(action, thrown);
    }
  }
}
