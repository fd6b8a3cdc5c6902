/** Finds the source files of a project: everything below `src/`, or the one file that was named. */
import { systemState } from '#wit/errors';
import { type Dirent, type Stats, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { compareText } from '../check/diagnostic.ts';
import { projectNotFound } from '../errors.ts';
import { type SourceProblem, unreadable } from './source-text.ts';

/** Files of a project at most: far above any real one, so that a walk through a wrong directory ends. */
export const projectFilesMax = 5_000;

const sourceFile = /\.tsx?$/;
const declarationFile = /\.d\.ts$/;
const testFile = /\.(test|spec)\.tsx?$/;
const configFile = /\.config\.ts$/;
const skippedFolders = ['node_modules', 'dist', '__tests__'];
/** Skipped only where a project has no `src`: beside the sources they hold what is not part of the bundle. */
const skippedBesideSource = ['test', 'tests', 'bench', 'scripts', 'examples'];

/** Where a project lies. */
export interface ProjectLocation {
  /** Absolute path of the project's directory. */
  readonly directory: string;
  /** Absolute path, where the project is a single file. */
  readonly singleFile?: string;
}

/** The source files of a project, absolute and sorted. */
export interface ProjectFiles {
  /** Files that may hold tools. */
  readonly sources: readonly string[];
  /** Declaration files, which only add types. */
  readonly declarations: readonly string[];
  /** Whether the walk stopped at `projectFilesMax`. */
  readonly truncated: boolean;
  /** Folders and files that the system does not give, with what is wrong. */
  readonly unreadable: ReadonlyMap<string, SourceProblem>;
}

/** @throws {CodedError} `NOT_FOUND` when the path is neither a directory nor a TypeScript file. */
export function locateProject(path: string): ProjectLocation {
  const given = resolve(path);
  const stats = statusOf(given);
  if (stats instanceof Error) throw projectNotFound(path, stats);
  // The bundler follows links, and its paths have to be the reader's.
  const absolute = stats === undefined ? given : realpathSync(given);
  if (stats?.isDirectory()) return { directory: absolute };
  if (stats?.isFile() && sourceFile.test(absolute)) return { directory: dirname(absolute), singleFile: absolute };
  throw projectNotFound(path);
}

/** Walks the project; symbolic links are not followed. */
export function findProjectFiles({ directory, singleFile }: ProjectLocation): ProjectFiles {
  if (singleFile !== undefined)
    return { sources: [singleFile], declarations: [], truncated: false, unreadable: new Map() };
  const sourceFolder = join(directory, 'src');
  const status = statusOf(sourceFolder);
  const hasSourceFolder = status instanceof Error || (status?.isDirectory() ?? false);
  const walk = new FileSearch(hasSourceFolder ? skippedFolders : [...skippedFolders, ...skippedBesideSource]);
  walk.visit(hasSourceFolder ? sourceFolder : directory);
  const found = walk.found.sort(compareText);
  return {
    sources: found.filter((file) => !declarationFile.test(file)),
    declarations: found.filter((file) => declarationFile.test(file)),
    truncated: walk.truncated,
    unreadable: walk.unreadable,
  };
}

/** The system's facts of a path, or why it gives none; undefined where nothing is there. */
function statusOf(path: string): Stats | Error | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

class FileSearch {
  readonly found: string[] = [];
  readonly unreadable = new Map<string, SourceProblem>();
  truncated = false;
  readonly #skipped: ReadonlySet<string>;

  constructor(skipped: readonly string[]) {
    this.#skipped = new Set(skipped);
  }

  visit(folder: string): void {
    for (const entry of this.#entriesOf(folder)) {
      if (this.truncated) return;
      const { name } = entry;
      if (name.startsWith('.')) continue;
      const path = join(folder, name);
      if (entry.isDirectory()) {
        if (!this.#skipped.has(name)) this.visit(path);
      } else if (isSource(name)) this.#addFile(path, entry);
    }
  }

  #addFile(path: string, entry: Dirent): void {
    if (entry.isSymbolicLink()) {
      const status = statusOf(path);
      if (status === undefined) this.unreadable.set(path, unreadable('it is a symbolic link that leads nowhere'));
      else if (status instanceof Error) this.unreadable.set(path, unreadable(systemState(status)));
    } else if (!entry.isFile()) this.unreadable.set(path, unreadable('it is no regular file'));
    else if (this.found.length >= projectFilesMax) this.truncated = true;
    else this.found.push(path);
  }

  #entriesOf(folder: string): readonly Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      this.unreadable.set(folder, unreadable(systemState(error)));
      return [];
    }
  }
}

function isSource(name: string): boolean {
  return sourceFile.test(name) && !testFile.test(name) && !configFile.test(name);
}

/** A path as diagnostics, manifests and maps show it: relative to the project, with forward slashes. */
export function projectPath(directory: string, file: string): string {
  const path = relative(directory, file);
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** Whether a file is of a package: below a `node_modules` of the project or of a directory above it. */
export function isPackageFile(directory: string, file: string): boolean {
  const own = file.startsWith(`${directory}/`) ? file.slice(directory.length) : file;
  return own.includes('/node_modules/');
}

/** The name of a file without its extension, as a bundle's name: lower-case words joined by dashes. */
export function nameOfFile(file: string): string {
  const words = basename(file)
    .replace(sourceFile, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
  const name = words
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 64)
    .replace(/-+$/, '');
  return name === '' ? 'tool' : name;
}

/** Where the metadata of a directory may stand. */
export function metadataFiles(directory: string): readonly string[] {
  return ['package.json', 'aria.toml'].map((file) => join(directory, file));
}
