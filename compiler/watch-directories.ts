/** Watches directories, without polling, and says when something in them has changed and it has been quiet since. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { buildCancelled } from './pack/errors.ts';
import { watchersExhausted } from './errors.ts';
import type { WatchedPlaces } from './watch-scope.ts';

/** Opens a watcher of one directory, not of what lies below it. */
export type OpenWatcher = (directory: string, onEvent: (event: string, name: string | null) => void) => FSWatcher;

/** Directories that are watched at most. Those of packages come last; that one is installed anew shows above them. */
const watchersMax = 4_096;
/** An editor writes a file in several steps, and a branch of a repository many files: this long nothing may happen. */
const quietMs = 30;
/** Where something happens all the time, this is waited for and no more. */
const burstMsMax = 500;
/** The system has no more of what a watcher takes. */
const exhaustedCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EMFILE', 'ENFILE']);

interface HeldWatcher {
  readonly watcher: FSWatcher;
  /** A directory that was removed and made again is another one, of which the old watcher says nothing. */
  readonly inode: bigint;
}

/** The owner of its watchers, until it is disposed of. */
export class DirectoryWatchers implements Disposable {
  readonly #open: OpenWatcher;
  readonly #held = new Map<string, HeldWatcher>();
  #places: WatchedPlaces = new Map();
  #burstStartedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #changed = false;
  #onChange: (() => void) | undefined;

  constructor(open: OpenWatcher = (directory, onEvent) => watch(directory, onEvent)) {
    this.#open = open;
  }

  /**
   * Watches these directories and no others; those that are not there, or that nobody may read, are left out.
   * @throws {CodedError} `UNAVAILABLE` where the system gives no more watchers.
   */
  watch(places: WatchedPlaces): void {
    this.#places = places;
    const wanted = new Map<string, bigint>();
    for (const directory of places.keys()) {
      const inode = wanted.size < watchersMax ? inodeOf(directory) : undefined;
      if (inode !== undefined) wanted.set(directory, inode);
    }
    for (const [directory, { inode }] of this.#held) if (wanted.get(directory) !== inode) this.#close(directory);
    for (const [directory, inode] of wanted) if (!this.#held.has(directory)) this.#add(directory, inode);
  }

  /**
   * Resolves once there has been a change since the last call, and quiet after it. One caller at a time.
   * @throws {CodedError} `CANCELLED`
   */
  change(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(buildCancelled());
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#onChange = undefined;
        reject(buildCancelled());
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#onChange = () => {
        this.#onChange = undefined;
        this.#changed = false;
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      if (this.#changed) this.#onChange();
    });
  }

  /** Counts as a change: for one that was seen otherwise, and may not be complete yet. */
  notice(): void {
    const nowMs = performance.now();
    if (this.#timer === undefined) this.#burstStartedMs = nowMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#changed = true;
        this.#onChange?.();
      },
      Math.max(0, Math.min(quietMs, this.#burstStartedMs + burstMsMax - nowMs)),
    );
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const directory of [...this.#held.keys()]) this.#close(directory);
  }

  #add(directory: string, inode: bigint): void {
    try {
      const watcher = this.#open(directory, (_event, name) => {
        const names = this.#places.get(directory);
        if (name === null || names === 'any' || names?.has(name) === true) this.notice();
      });
      // Some systems say so when the directory itself goes.
      watcher.on('error', () => {
        this.#close(directory);
        this.notice();
      });
      this.#held.set(directory, { watcher, inode });
    } catch (error) {
      if (exhaustedCodes.has(codeOf(error))) throw watchersExhausted(directory, this.#held.size, error);
    }
  }

  #close(directory: string): void {
    this.#held.get(directory)?.watcher.close();
    this.#held.delete(directory);
  }
}

function inodeOf(directory: string): bigint | undefined {
  try {
    const stats = statSync(directory, { bigint: true });
    return stats.isDirectory() ? stats.ino : undefined;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
