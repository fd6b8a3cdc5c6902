/** The two files of a project that dependencies stand in, read as they are, and written only if nobody else has. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CodedError, systemState } from '#wit/errors';
import { DiagnosticCollector } from '../check/diagnostic.ts';
import { writeAtomically } from '../pack/write-atomically.ts';
import { readRanges } from '../read/dependencies.ts';
import { readMetadata } from '../read/project-config.ts';
import { type TomlFile, parseTomlFile, noToml, tableOf, tomlName } from '../read/toml-file.ts';
import { projectChanged, projectFileInvalid, projectFileUnwritable, projectMissing } from './errors.ts';
import { type LockedBundle, lockBytesMax, lockName, parseLock } from './lock-file.ts';

/** The largest aria.toml that is edited, in bytes. */
const tomlBytesMax = 1024 * 1024;

/** What a project says of its dependencies. */
export interface ProjectDependencies {
  readonly directory: string;
  /** Of its bundle; that of the directory where only a decorator says it. */
  readonly name: string;
  readonly version?: string;
  /** The texts as they were read; absent where there is no such file. */
  readonly tomlText: string | undefined;
  readonly lockText: string | undefined;
  readonly ranges: Readonly<Record<string, string>>;
  readonly locked: ReadonlyMap<string, LockedBundle>;
  /** `[registry] path`, as it is written. */
  readonly registryPath?: string;
}

/** New texts of the two files. */
export interface ProjectTexts {
  readonly tomlText: string | undefined;
  readonly lockText: string | undefined;
}

/**
 * Reads them.
 * @throws {CodedError} `NOT_FOUND` where there is no project, `CONFIG_INVALID` where a file is broken.
 */
export async function readProjectDependencies(directory: string): Promise<ProjectDependencies> {
  if (!(await isProject(directory))) throw projectMissing(directory);
  const [tomlText, lockText] = [
    await readText(directory, tomlName, tomlBytesMax),
    await readText(directory, lockName, lockBytesMax),
  ];
  const collector = new DiagnosticCollector();
  const toml = parseToml(tomlText, collector);
  const { name, version } = readMetadata(directory, toml, collector);
  const ranges = readRanges(toml, name?.text ?? '', collector);
  const [fault] = collector.sorted();
  if (fault !== undefined)
    throw projectFileInvalid(`${fault.file}:${fault.line}`, fault.message.replace(/^Cannot /, 'cannot '), fault.remedy);
  const registryPath = registryPathIn(toml);
  return {
    directory,
    name: name?.text ?? basename(directory),
    ...(version === undefined ? {} : { version: version.text }),
    tomlText,
    lockText,
    ranges: Object.fromEntries(ranges),
    locked: readLocked(lockText),
    ...(registryPath === undefined ? {} : { registryPath }),
  };
}

/** `[registry] path` of a directory that may be a project or not. */
export async function registryPathOf(directory: string): Promise<string | undefined> {
  return registryPathIn(parseToml(await readText(directory, tomlName, tomlBytesMax), new DiagnosticCollector()));
}

function parseToml(text: string | undefined, collector: DiagnosticCollector): TomlFile {
  return text === undefined ? noToml : parseTomlFile(text.replace(/^\uFEFF/, ''), collector);
}

function registryPathIn(toml: TomlFile): string | undefined {
  const path = tableOf(toml.table.get('registry')).get('path');
  return typeof path === 'string' ? path : undefined;
}

/**
 * Writes what differs: the lock file first, which may know more than aria.toml asks for, so that a crash between the two leaves a
 * project that builds as before.
 * @throws {CodedError} `UNAVAILABLE` where somebody else has changed one of the files; `IO_FAILED`, `CANCELLED`.
 */
export async function writeProjectTexts(
  { directory, ...before }: ProjectDependencies,
  after: ProjectTexts,
  signal?: AbortSignal,
): Promise<void> {
  const files = [
    { file: lockName, before: before.lockText, after: after.lockText, bytesMax: lockBytesMax },
    { file: tomlName, before: before.tomlText, after: after.tomlText, bytesMax: tomlBytesMax },
  ];
  for (const { file, before: text, bytesMax } of files)
    if ((await readText(directory, file, bytesMax)) !== text) throw projectChanged(file);
  for (const { file, before: text, after: next } of files) {
    if (next === undefined || next === text) continue;
    const path = join(directory, file);
    try {
      // Once the first is written, an interrupt would leave the second behind.
      const abortable = file === lockName ? signal : undefined;
      await writeAtomically({ path, bytes: new TextEncoder().encode(next), durable: true, signal: abortable });
    } catch (error) {
      throw error instanceof CodedError ? error : projectFileUnwritable(path, error);
    }
  }
}

function readLocked(text: string | undefined): ReadonlyMap<string, LockedBundle> {
  const lock = text === undefined ? [] : parseLock(text);
  if (!('state' in lock)) return new Map(lock.map((bundle) => [bundle.name, bundle]));
  throw projectFileInvalid(
    `${lockName}:${lock.line}`,
    lock.state,
    `Restore it, or remove it and run "arc install" again`,
  );
}

async function isProject(directory: string): Promise<boolean> {
  for (const name of [tomlName, 'package.json', 'src'])
    if ((await stat(join(directory, name)).catch(() => undefined)) !== undefined) return true;
  return false;
}

async function readText(directory: string, file: string, bytesMax: number): Promise<string | undefined> {
  const path = join(directory, file);
  const remedy = 'Put a file there that you may read, or remove what is there';
  const found = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw projectFileInvalid(file, systemState(error), remedy);
  });
  if (found === undefined) return undefined;
  if (!found.isFile()) throw projectFileInvalid(file, 'it is no regular file', remedy);
  if (found.size > bytesMax) throw projectFileInvalid(file, `it has more than ${bytesMax} bytes`, 'Make it smaller');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw projectFileInvalid(file, systemState(error), remedy);
  }
}
