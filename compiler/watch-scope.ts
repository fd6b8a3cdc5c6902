/**
 * What decides a build, and where a change of it would be seen. What changed is told by comparing snapshots, never by an event: events
 * come late, twice, without a name, or for files that nobody reads, and only say that it is time to look.
 */
import { type BigIntStats, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { CheckOutcome } from './build.ts';
import type { Diagnostic } from './check/diagnostic.ts';
import { watchTooLarge } from './errors.ts';
import { findProjectFiles, locateProject, metadataFiles } from './read/project-files.ts';

/** What decides a build. */
export interface WatchScope {
  /** What was named: a directory, or a TypeScript file. */
  readonly path: string;
  /** Absolute path of the project's directory. */
  readonly directory: string;
  /** Absolute path of the folder below which new source files appear; none where the project is a single file. */
  readonly sourceFolder: string | undefined;
  /** Absolute paths of files that count by their content, whether they are there or not; the user's before those of packages. */
  readonly files: readonly string[];
  /** Absolute paths of directories that count by the names in them, whether they are there or not. */
  readonly listings: readonly string[];
}

/** The state of everything in a scope, and when it last changed as far as the system tells. */
export type Snapshot = ReadonlyMap<string, { readonly state: string; readonly changedMs: number }>;

/** By absolute path of a directory, the names in it that count. */
export type WatchedPlaces = ReadonlyMap<string, ReadonlySet<string> | 'any'>;

/** Source folders that are watched at most: far above any real project, so that a walk through a wrong directory ends. */
export const foldersMax = 2_000;
const skippedFolders: ReadonlySet<string> = new Set(['node_modules', 'dist']);
/** Times of files are cut to the tick of the system's clock, which lags behind by at most this. */
const tickMs = 10;
const unresolvedCodes: ReadonlySet<string> = new Set(['IMPORT_UNRESOLVED', 'TS2307', 'TS2732', 'TS2792', 'TS7016']);

/** What decides the first build of a project. @throws {CodedError} `NOT_FOUND` */
export function firstScope(path: string): WatchScope {
  const location = locateProject(path);
  const { sources, declarations } = findProjectFiles(location);
  const files = [...sources, ...declarations, ...configurationFiles(location.directory)];
  return { ...projectScope(path), files, listings: packageFolders(location.directory) };
}

/** What decides the next build. `before`: inputs of the last bundle, since what a failed one did not come to may be at fault. */
export function nextScope(
  path: string,
  { inputs, diagnostics, project }: Pick<CheckOutcome, 'inputs' | 'diagnostics' | 'project'>,
  before: readonly string[],
): WatchScope {
  const files = [...new Set([...inputs, ...configurationFiles(project.directory), ...before])];
  const isOfPackage = (file: string): boolean => file.includes('/node_modules/');
  const found = projectScope(path);
  return {
    ...found,
    files: [...files.filter((file) => !isOfPackage(file)), ...files.filter(isOfPackage)],
    listings: [...packageFolders(found.directory), ...awaitedFolders(diagnostics, project.directory, found)],
  };
}

/** What a project is configured by, whether it is there or not. */
function configurationFiles(directory: string): readonly string[] {
  return [...metadataFiles(directory), join(directory, 'tsconfig.json')];
}

function projectScope(path: string): Pick<WatchScope, 'path' | 'directory' | 'sourceFolder'> {
  const { directory, singleFile } = locateProject(path);
  const source = join(directory, 'src');
  const sourceFolder = statOf(source)?.isDirectory() === true ? source : directory;
  return { path, directory, sourceFolder: singleFile === undefined ? sourceFolder : undefined };
}

/** Where packages are installed, or would be: in the project, and in directories above it. */
function packageFolders(directory: string): readonly string[] {
  const above = dirname(directory);
  return [directory, ...(above === directory ? [] : directoriesFrom(above))]
    .filter((at) => at === directory || ['node_modules', 'package.json'].some((name) => existsSync(join(at, name))))
    .map((at) => join(at, 'node_modules'));
}

function directoriesFrom(directory: string): readonly string[] {
  const above = dirname(directory);
  return above === directory ? [directory] : [directory, ...directoriesFrom(above)];
}

/** The directories in which a file would be that an import did not find. */
function awaitedFolders(
  diagnostics: readonly Diagnostic[],
  directory: string,
  scope: Pick<WatchScope, 'sourceFolder'>,
): readonly string[] {
  return diagnostics
    .filter(({ code }) => unresolvedCodes.has(code))
    .flatMap((diagnostic) => {
      const specifier = specifierAt(diagnostic, directory);
      // A name may be mapped by tsconfig.json, mostly into the sources.
      if (specifier === undefined || !/^\.{0,2}\//.test(specifier)) return sourceFolders(scope);
      const target = resolve(directory, dirname(diagnostic.file), specifier);
      return [dirname(target), target];
    });
}

function specifierAt({ file, line, column, endColumn }: Diagnostic, directory: string): string | undefined {
  try {
    const text = readFileSync(join(directory, file), 'utf8').split(/\r?\n/)[line - 1] ?? '';
    return /^(['"])(.*)\1$/.exec(text.slice(column - 1, (endColumn ?? column) - 1))?.[2];
  } catch {
    return undefined;
  }
}

/** Looks at everything that decides a build. */
export function takeSnapshot({ path, files, listings }: WatchScope): Snapshot {
  const snapshot = new Map([
    ['project', { state: `${statOf(path)?.ino ?? 'missing'}`, changedMs: 0 }],
    ['sources', { state: sourcesState(path), changedMs: 0 }],
  ]);
  for (const file of files) snapshot.set(`file ${file}`, fileState(file));
  for (const listing of listings) {
    snapshot.set(`listing ${listing}`, { ...fileState(listing), state: listingState(listing) });
    snapshot.set(`installed ${listing}`, fileState(join(listing, '.package-lock.json')));
  }
  return snapshot;
}

/** Whether a build that began at `startedMs` with `before` may have read something else than what `after` shows. */
export function changedSince(before: Snapshot, after: Snapshot, startedMs: number): boolean {
  return [...after].some(([key, { state, changedMs }]) => {
    const known = before.get(key);
    return known === undefined ? changedMs >= startedMs - tickMs : known.state !== state;
  });
}

function fileState(path: string): { readonly state: string; readonly changedMs: number } {
  const stats = statOf(path);
  if (stats === undefined) return { state: 'missing', changedMs: 0 };
  const { ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = stats;
  // The size and times of a directory change with every name in it, also with those that do not count.
  const state = stats.isDirectory() ? `${ino}` : `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  return { state, changedMs: Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs) };
}

function sourcesState(path: string): string {
  try {
    const { sources, declarations } = findProjectFiles(locateProject(path));
    return [...sources, ...declarations].join('\n');
  } catch {
    return 'missing';
  }
}

/** Hidden entries, which other tools put beside packages, are not listed; a directory that is not there is as good as an empty one. */
function listingState(directory: string): string {
  const names = namesIn(directory);
  const scoped = names
    .filter((name) => name.startsWith('@'))
    .flatMap((name) => namesIn(join(directory, name)).map((inner) => `${name}/${inner}`));
  return [...names, ...scoped].join('\n');
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch {
    return [];
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true });
  } catch {
    // Below a file, or where nobody may look.
    return undefined;
  }
}

/**
 * The directories in which changes of a scope show, those that matter most first. What is not there shows in the nearest directory
 * above it that is; so does what is removed or renamed together with its directory.
 * @throws {CodedError} `UNAVAILABLE` beyond `foldersMax`.
 */
export function placesOf(scope: WatchScope): WatchedPlaces {
  const places = new Map<string, Set<string> | 'any'>();
  const folders = sourceFolders(scope);
  if (folders.length > foldersMax) throw watchTooLarge(scope.directory, foldersMax);
  const scopes = scope.listings.flatMap((listing) =>
    namesIn(listing)
      .filter((name) => name.startsWith('@'))
      .map((name) => join(listing, name)),
  );
  const listings = [...scope.listings, ...scopes];
  for (const folder of [...folders, ...listings]) places.set(folder, 'any');
  const top = dirname(scope.directory);
  const seen = new Set<string>();
  for (const path of [scope.directory, ...folders, ...listings, ...scope.files]) {
    for (let at = path; !seen.has(at) && dirname(at) !== at; at = dirname(at)) {
      seen.add(at);
      const above = dirname(at);
      const names = places.get(above) ?? new Set();
      if (names !== 'any') places.set(above, names.add(basename(at)));
      // Directories further up belong to others; when they go, the project's own goes as well.
      if (`${top}/`.startsWith(`${above}/`)) break;
    }
  }
  return places;
}

/** All folders in which a new file may be a source file, whether it is one being left to the reader. */
function sourceFolders({ sourceFolder }: Pick<WatchScope, 'sourceFolder'>): readonly string[] {
  if (sourceFolder === undefined) return [];
  const folders = [sourceFolder];
  for (const folder of folders) {
    if (folders.length > foldersMax) break;
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory() && !entry.name.startsWith('.') && !skippedFolders.has(entry.name))
          folders.push(join(folder, entry.name));
      }
    } catch {
      // It went away, or nobody may look: then the reader says so.
    }
  }
  return folders;
}
