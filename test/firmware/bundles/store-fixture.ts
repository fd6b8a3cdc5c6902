/** A bundle store in a directory of its own, with what tests look at behind its back. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashBytes } from '#wit/bundle';
import { bundleMigrations } from '../../../firmware/bundles/migrations.ts';
import {
  type BundleStoreOptions,
  type ContentStore,
  openBundleStore,
} from '../../../firmware/bundles/open-bundle-store.ts';
import { type Database, openDatabase } from '../../../firmware/stores/open-database.ts';

/** A store on a directory. */
export class StoreFixture implements Disposable {
  readonly home: string;
  readonly #owned: boolean;
  readonly #options: Partial<BundleStoreOptions>;
  /** Lines of what was quarantined. */
  readonly quarantined: string[] = [];
  nowMs = 1_000;
  database: Database;
  store: ContentStore;

  /** @param home of an existing store, which stays; absent: a new one, which goes. */
  constructor(options: Partial<BundleStoreOptions> = {}, home?: string) {
    this.#owned = home === undefined;
    this.home = home ?? mkdtempSync(join(tmpdir(), 'aria-bundles-'));
    this.#options = options;
    this.database = openDatabase(join(this.home, 'aria.db'), [bundleMigrations]);
    this.store = this.#open();
  }

  /** Closes all and opens it again, as a host that starts. */
  reopen(): ContentStore {
    this.#close();
    this.database = openDatabase(join(this.home, 'aria.db'), [bundleMigrations]);
    this.store = this.#open();
    return this.store;
  }

  get directory(): string {
    return join(this.home, 'bundles');
  }

  pathOf(hash: string): string {
    return join(this.directory, 'objects', hash.slice(0, 2), hash);
  }

  /** Hashes of the files in `objects/`, sorted. */
  objectFiles(): string[] {
    const objects = join(this.directory, 'objects');
    return readdirSync(objects)
      .flatMap((prefix) => readdirSync(join(objects, prefix)))
      .toSorted();
  }

  temporaryFiles(): string[] {
    return readdirSync(join(this.directory, 'temporary'));
  }

  /** How many files there are that the index does not know. */
  leftFiles(): number {
    const known = new Set(this.database.prepare('SELECT hash FROM bundle_objects').pluck().all());
    return this.temporaryFiles().length + this.objectFiles().filter((hash) => !known.has(hash)).length;
  }

  /** Bytes of all files in `objects/`. */
  bytesOnDisk(): number {
    return this.objectFiles().reduce((sum, hash) => sum + statSync(this.pathOf(hash)).size, 0);
  }

  /** Objects that versions need, sorted. */
  async neededObjects(): Promise<string[]> {
    const needed = new Set<string>();
    for (const { hash, manifestHash } of this.store.versions()) {
      needed.add(manifestHash);
      for (const bytes of (await this.store.open(hash)).files.values()) needed.add(hashBytes(bytes));
    }
    return [...needed].toSorted();
  }

  /** The bytes of an object as they lie there. */
  read(hash: string): Uint8Array {
    return readFileSync(this.pathOf(hash));
  }

  [Symbol.dispose](): void {
    this.#close();
    if (this.#owned) rmSync(this.home, { recursive: true, force: true });
  }

  #close(): void {
    this.store[Symbol.dispose]();
    this.database.close();
  }

  #open(): ContentStore {
    return openBundleStore({
      directory: this.directory,
      database: this.database,
      bytesMax: 1_000_000,
      versionsKept: 2,
      clock: { nowMs: () => (this.nowMs += 1) },
      quarantined: ({ name, version }, reason) => this.quarantined.push(`${name} ${version}: ${reason}`),
      ...this.#options,
    });
  }
}

/** Expects the code of a coded error. */
export function code(expected: string): unknown {
  return {
    asymmetricMatch: (thrown: unknown) => thrown instanceof Error && 'code' in thrown && thrown.code === expected,
  };
}

/** Runs checks whose failures say where they were made. */
export async function inContext(context: string, checks: () => unknown): Promise<void> {
  try {
    await checks();
  } catch (cause) {
    throw new Error(`${context}\n${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
