/** Builds a project whenever something that went into its bundle has changed: one build at a time, and none that nothing asks for. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodedError } from '#wit/errors';
import {
  type BuildControl,
  type BuildOutcome,
  type Builder,
  type ProjectBuild,
  bundlePath,
  createBuilder,
  holdsBundle,
  writeBundleFile,
} from './build.ts';
import { projectNotFound } from './errors.ts';
import { DirectoryWatchers, type OpenWatcher } from './watch-directories.ts';
import {
  type Snapshot,
  type WatchScope,
  changedSince,
  firstScope,
  nextScope,
  placesOf,
  takeSnapshot,
} from './watch-scope.ts';

/** A project to build again and again. */
export interface ProjectWatch extends ProjectBuild {
  /** Milliseconds since 1970, of the clock that files get their times from. */
  readonly now: () => number;
  /** What opens a watcher of a directory; the system's own where absent. */
  readonly openWatcher?: OpenWatcher;
}

/** What one build of a watched project came to. */
export type WatchedBuild = { readonly elapsedMs: number } & (
  | (Extract<BuildOutcome, { kind: 'built' }> & {
      /** Absolute path of the bundle. */
      readonly path: string;
      /** Whether its file was written: one that holds the same bytes is left alone. */
      readonly written: boolean;
    })
  | (Extract<BuildOutcome, { kind: 'refused' }> & LeftBundle)
  /** The source has no errors, and still makes no bundle: it is too large. */
  | ({ readonly kind: 'failed'; readonly error: CodedError } & LeftBundle)
);

interface LeftBundle {
  /** Absolute path of the last bundle that was built, which is still there. */
  readonly lastPath: string | undefined;
}

/**
 * Builds, and builds again after each change, until it is aborted or the project is gone. A change during a build leads to one more.
 * Between two builds the caller has the time that it takes: what changes meanwhile is not missed.
 * @throws {CodedError} `CANCELLED`; `NOT_FOUND`; `USAGE` where the bundle cannot be written; `UNAVAILABLE` where nothing can be watched.
 */
export async function* watchProject({ openWatcher, now, ...build }: ProjectWatch): AsyncGenerator<WatchedBuild, never> {
  const path = resolve(build.directory);
  let scope = firstScope(path);
  await using builder = createBuilder({ ...build, components: 'hashes' });
  using watchers = new DirectoryWatchers(openWatcher);
  let last: LastBuild = { path: undefined, inputs: [] };
  for (;;) {
    watchers.watch(placesOf(scope));
    const before = takeSnapshot(scope);
    const startedMs = now();
    const outcome = await buildOnce(builder, build, last.path).catch((error: unknown) => {
      if (!existsSync(path)) throw projectNotFound(build.directory, error);
      // A file that was listed and is gone when it is read: the change asks for another build.
      if (isMissingFile(error) && changedSince(before, takeSnapshot(scope), startedMs)) return undefined;
      throw error;
    });
    if (outcome === undefined) continue;
    if (outcome.kind === 'built') last = { path: outcome.path, inputs: outcome.bundle.inputs };
    yield { ...outcome, elapsedMs: now() - startedMs };
    scope = scopeAfter(path, outcome, { scope, last });
    await nextChange({ watchers, before, startedMs, signal: build.signal }, scope);
  }
}

/** The last build that came to a bundle. */
interface LastBuild {
  readonly path: string | undefined;
  readonly inputs: readonly string[];
}

/** A build that was made, and what watches for the next. */
interface Waiting {
  readonly watchers: DirectoryWatchers;
  readonly before: Snapshot;
  readonly startedMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Omits the time from each member. */
type TimelessBuild = WatchedBuild extends infer Member
  ? Member extends WatchedBuild
    ? Omit<Member, 'elapsedMs'>
    : never
  : never;

async function buildOnce(
  builder: Builder,
  { out, signal, onStep }: Pick<ProjectBuild, 'out'> & BuildControl,
  lastPath: string | undefined,
): Promise<TimelessBuild> {
  const outcome = await builder.build({ signal, onStep }).catch(faultOfSource);
  if (outcome instanceof CodedError) return { kind: 'failed', error: outcome, lastPath };
  if (outcome.kind === 'refused') return { ...outcome, lastPath };
  const path = bundlePath(outcome.bundle, out);
  const written = !(await holdsBundle(path, outcome.bundle));
  if (written) {
    onStep?.({ kind: 'write' });
    await writeBundleFile(path, outcome.bundle, signal);
  }
  return { ...outcome, path, written };
}

/** What another version of the source would not throw. */
function faultOfSource(error: unknown): CodedError {
  if (error instanceof CodedError && error.code.startsWith('BUNDLE_')) return error;
  throw error;
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code));
}

function scopeAfter(
  path: string,
  outcome: TimelessBuild,
  { scope, last }: { readonly scope: WatchScope; readonly last: LastBuild },
): WatchScope {
  // Where the project is gone by now, the next build says so.
  if (outcome.kind === 'failed' || !existsSync(path)) return scope;
  const inputs = outcome.kind === 'built' ? outcome.bundle.inputs : outcome.inputs;
  return nextScope(path, { ...outcome, inputs }, last.inputs);
}

/** Resolves when the scope is not what the build has read, and quiet. */
async function nextChange({ watchers, before, startedMs, signal }: Waiting, scope: WatchScope): Promise<void> {
  watchers.watch(placesOf(scope));
  const after = takeSnapshot(scope);
  const changed = changedSince(before, after, startedMs);
  if (changed) watchers.notice();
  do {
    await watchers.change(signal);
    // Folders may have come and gone.
    watchers.watch(placesOf(scope));
  } while (!changed && !changedSince(after, takeSnapshot(scope), Infinity));
}
