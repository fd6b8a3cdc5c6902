/** Makes a project of a template, as a whole or not at all. */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '#wit/errors';
import { manifestSchema } from '#wit/manifest';
import { nameOfFile } from '../read/project-files.ts';
import { editorTypes } from './editor-types.ts';
import { projectCancelled, projectDirectoryTaken, projectNameInvalid, projectUnwritable } from './errors.ts';
import { type TemplateName, templateFiles } from './templates.ts';

/** What is to be made. */
export interface NewProject {
  /** The name of its bundle. */
  readonly name: string;
  readonly template: TemplateName;
  /** Absolute path of the directory to be made, or of an empty one; its parent exists. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/** Why a text cannot be the name of a bundle; `undefined` where it can. */
export function projectNameProblem(name: string): CodedError | undefined {
  if (manifestSchema.shape.name.safeParse(name).success) return undefined;
  return projectNameInvalid(name, /[a-z]/i.test(name) ? nameOfFile(name) : 'my-tools');
}

/**
 * Writes a project beside its place and renames it there. Gives the paths of its files, with forward slashes, sorted.
 * @throws {CodedError} `USAGE` for a name that no bundle has, a directory that is not empty, or one that cannot be written; `CANCELLED`.
 */
export async function createProject({ name, template, directory, signal }: NewProject): Promise<readonly string[]> {
  const problem = projectNameProblem(name);
  if (problem !== undefined) throw problem;
  await checkPlace(directory);
  const files = new Map([...templateFiles(template, name), ...editorTypes()]);
  const temporary = join(dirname(directory), `.${name}.${randomUUID()}.tmp`);
  try {
    await mkdir(temporary);
    for (const [path, text] of files) {
      const target = join(temporary, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text, { flag: 'wx' });
    }
    if (signal?.aborted) throw projectCancelled();
    await moveInto(temporary, directory);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error instanceof CodedError ? error : projectUnwritable(directory, error);
  }
  return [...files.keys()].sort();
}

async function checkPlace(directory: string): Promise<void> {
  const found = await lstat(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw projectUnwritable(directory, error);
  });
  if (found === undefined) return;
  if (!found.isDirectory()) throw projectDirectoryTaken(directory, 'is not a directory');
  if ((await readdir(directory)).length > 0) throw projectDirectoryTaken(directory, 'is not empty');
}

/** An empty directory gives way. Whatever came there meanwhile stays, and the project is not made. */
async function moveInto(temporary: string, directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw projectDirectoryTaken(directory, 'is not empty');
    if (code !== 'ENOENT') throw error;
  }
  await rename(temporary, directory);
}
