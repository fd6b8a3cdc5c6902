/**
 * The last build of each project, so that calling a tool of an unchanged one needs no compiler. An entry is the archive, and what it
 * was made of: it holds while every file that went into it, the list of source files, the configuration, the installed packages and
 * the compiler are the same. `arc build` never reads it, so that what is published is always compiled anew.
 */
import { hash } from 'node:crypto';
import { readFile, readdir, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { loadTemplate } from '#guest-engine';
import { type Bundle, hashBytes, readBundle } from '#wit/bundle';
import { type ProjectLocation, findProjectFiles, locateProject } from '../read/project-files.ts';
import { pruneDirectory } from './prune-directory.ts';
import { writeAtomically } from './write-atomically.ts';

/** All kept archives together, in bytes: some thousand projects. */
const cacheBytesMax = 64 * 1024 * 1024;
/** Beside the project: what can change the meaning of its sources without being one. */
const configurationNames = [
  'package.json',
  'package-lock.json',
  'aria.toml',
  'aria.lock',
  'tsconfig.json',
  'node_modules/.package-lock.json',
];
/** What the compiler itself is made of. */
const compilerFolders = ['../../compiler', '../../guests/sdk', '../../wit'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

/** What an entry was made of. */
interface Recipe {
  readonly compiler: string;
  readonly sources: readonly string[];
  /** By absolute path, the state of each file; `null` where there is none. */
  readonly inputs: Readonly<Record<string, string | null>>;
}

/** The kept build of a project, if it still holds. `path`: a directory or a TypeScript file. */
export async function readKeptBuild(path: string, cacheDirectory: string): Promise<Bundle | undefined> {
  const entryPath = pathOfEntry(path, cacheDirectory);
  const entry = await readFile(entryPath).catch(() => undefined);
  const headEnd = entry?.indexOf('\n') ?? -1;
  if (entry === undefined || headEnd < 0) return undefined;
  try {
    const recipe = JSON.parse(entry.toString('utf8', 0, headEnd)) as Recipe;
    if (!(await holds(recipe, path))) return undefined;
    const bundle = readBundle(entry.subarray(headEnd + 1));
    const now = new Date();
    await utimes(entryPath, now, now).catch(() => undefined);
    return bundle;
  } catch {
    // Damaged, or written by another release: a miss like any other.
    return undefined;
  }
}

/**
 * Keeps a build. `inputs`: absolute paths of all files that went into it; `startedMs`: when it began. One of which an input has changed
 * since then is not kept: the build may have read either text. A cache that cannot be written only costs time.
 */
export async function keepBuild(
  path: string,
  build: { archive: Uint8Array; inputs: readonly string[]; startedMs: number },
  cacheDirectory: string,
): Promise<void> {
  try {
    const location = locateProject(path);
    const files = new Set([...build.inputs, ...configurationFiles(location.directory)]);
    if (await anyChangedSince([...files], build.startedMs)) return;
    const recipe: Recipe = {
      compiler: await compilerIdentity(),
      sources: sourcesOf(location),
      inputs: Object.fromEntries(
        await Promise.all([...files].map(async (file) => [file, await fingerprint(file)] as const)),
      ),
    };
    const head = new TextEncoder().encode(`${JSON.stringify(recipe)}\n`);
    await writeAtomically({
      path: pathOfEntry(path, cacheDirectory),
      bytes: [head, build.archive],
      durable: false,
      private: true,
    });
    await pruneDirectory(join(cacheDirectory, 'projects'), cacheBytesMax);
  } catch {
    // The next call builds again.
  }
}

/** Times of files and of this process come from one clock, but are cut to different places: a millisecond is not trusted. */
async function anyChangedSince(files: readonly string[], startedMs: number): Promise<boolean> {
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return times.some((time) => time >= startedMs - 1);
}

function pathOfEntry(path: string, cacheDirectory: string): string {
  return join(cacheDirectory, 'projects', hashBytes(new TextEncoder().encode(path)));
}

async function holds({ compiler, sources, inputs }: Recipe, path: string): Promise<boolean> {
  const found = sourcesOf(locateProject(path));
  if (found.length !== sources.length || found.some((file, index) => file !== sources[index])) return false;
  if (compiler !== (await compilerIdentity())) return false;
  const same = await Promise.all(
    Object.entries(inputs).map(async ([file, expected]) => (await fingerprint(file)) === expected),
  );
  return same.every(Boolean);
}

/** Of the project and of all directories above it, since packages and configuration are found upwards. */
function configurationFiles(directory: string): readonly string[] {
  const above = dirname(directory);
  const here = configurationNames.map((name) => join(directory, name));
  return above === directory ? here : [...here, ...configurationFiles(above)];
}

function sourcesOf(location: ProjectLocation): readonly string[] {
  const { sources, declarations } = findProjectFiles(location);
  return [...sources, ...declarations];
}

/** Of a package's file its size and time, since there are many and they change by being installed; else the SHA-256. */
async function fingerprint(file: string): Promise<string | null> {
  if (/[\\/]node_modules[\\/]/.test(file)) {
    const found = await stat(file).catch(() => undefined);
    return found === undefined ? null : `${found.size} ${found.mtimeMs}`;
  }
  const bytes = await readFile(file).catch(() => undefined);
  return bytes === undefined ? null : hash('sha256', bytes);
}

/** Tells one state of the compiler from another by its template and by the sizes and times of its files. */
async function compilerIdentity(): Promise<string> {
  const lists = await Promise.all(
    compilerFolders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })),
  );
  const files = lists.flat().filter((entry) => entry.isFile());
  const facts = await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = await stat(path);
      return `${path} ${size} ${mtimeMs}`;
    }),
  );
  const template = await loadTemplate();
  return hash('sha256', [template.hash, process.versions.node, ...facts.toSorted()].join('\n'));
}
