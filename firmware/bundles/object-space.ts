/**
 * Objects that come and go: pins what an install relies on, takes back what a failed one wrote, and frees what nobody names.
 * A file goes only after a commit that settles that nobody names it: a commit that failed because of the disk may have reached the log of
 * the database all the same, and would come back with a crash, naming files.
 */
import type { ObjectFiles } from './object-files.ts';
import type { VersionIndex } from './version-index.ts';

/** What a collection freed. */
export interface Freed {
  readonly objects: number;
  readonly bytes: number;
}

/** Knows which objects may go. */
export class ObjectSpace {
  readonly #files: ObjectFiles;
  readonly #index: VersionIndex;
  #pinned: ReadonlySet<string> = new Set();
  /** Whether there may be files that the index does not know. */
  #strays: boolean;
  /** Whether a commit failed that may come back. */
  #unsettled = false;

  constructor(files: ObjectFiles, index: VersionIndex, { strays }: { readonly strays: boolean }) {
    this.#files = files;
    this.#index = index;
    this.#strays = strays;
  }

  /** A collection leaves these until this is disposed of. One at a time. */
  pin(objects: Iterable<string>): Disposable {
    this.#pinned = new Set(objects);
    return { [Symbol.dispose]: () => void (this.#pinned = new Set()) };
  }

  /** Runs the commit of an install. */
  commit(change: () => void): void {
    try {
      change();
    } catch (thrown) {
      // A log that is full lacks the end of the commit, which is written last; any other failure may have come after it.
      this.#unsettled ||= !(thrown instanceof Error && 'code' in thrown && thrown.code === 'SQLITE_FULL');
      throw thrown;
    }
    this.#unsettled = false;
  }

  /** Takes back what an install wrote that has failed; what cannot be taken back now goes with a collection. */
  abandon(objects: Iterable<string>): void {
    try {
      if (this.#unsettled) this.#index.forget([], () => true);
      this.#unsettled = false;
      for (const hash of objects)
        if (!this.#index.hasObject(hash) && this.#files.remove(hash) === undefined) this.#strays = true;
    } catch {
      // The failure of the install is what its caller hears of.
      this.#strays = true;
    }
  }

  /** Forgets versions, then frees what no version names. */
  collect(expendable: readonly string[]): Freed {
    if (expendable.length === 0 && !this.#strays && !this.#index.hasUnused(this.#isPinned))
      return { objects: 0, bytes: 0 };
    const doomed = new Set(this.#index.forget(expendable, this.#isPinned));
    this.#unsettled = false;
    if (this.#strays) {
      const known = this.#index.objects();
      for (const hash of this.#files.list()) if (!known.has(hash) && !this.#isPinned(hash)) doomed.add(hash);
    }
    this.#strays = false;
    let [objects, bytes] = [0, 0];
    for (const hash of doomed) {
      const freed = this.#files.remove(hash);
      if (freed === undefined) this.#strays = true;
      else [objects, bytes] = [objects + 1, bytes + freed];
    }
    return { objects, bytes };
  }

  readonly #isPinned = (hash: string): boolean => this.#pinned.has(hash);
}
