/**
 * What a path of the machine leads to, and that nobody but the host can make it lead elsewhere before it is mounted.
 *
 * A back end mounts by path, so a check of a path has to hold until then. It holds if every directory above the source can be changed by the
 * host's own user or root only (the rule by which OpenSSH's `StrictModes` trusts a file), and if no container may write to any of them.
 */
import type { Stats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import { systemState } from '#wit/errors';
import { isPlainPath, isWithin, sourceProblem } from './mount-rules.ts';

/** What may be mounted from where. */
export interface BindRules {
  /** Directories below which a source may lie; they themselves may be mounted, too. */
  readonly roots: readonly string[];
  /** The host's own directories. */
  readonly own: readonly string[];
  /** Sources that containers may write to, resolved. */
  readonly writable: readonly string[];
}

/** A source as it is, or why it cannot be mounted. */
export type BindSource =
  | { readonly kind: 'file' | 'directory'; readonly path: string }
  | { readonly kind: 'refused'; readonly why: string };

/** The writable and executable bits of others, and the one by which only owners rename in a directory. */
const writableByOthers = 0o022;
const sticky = 0o1000;

/** Resolves a source with all links in it and checks what it is. The rules' directories are resolved as well. */
export async function resolveBindSource(source: string, rules: BindRules): Promise<BindSource> {
  if (!isPlainPath(source)) return refused('must be an absolute path without ".", ".." and empty parts');
  try {
    const path = await realpath(source);
    const problem = sourceProblem(path, { roots: await resolved(rules.roots), own: await resolved(rules.own) });
    if (problem !== undefined) return refused(problem);
    const writer = rules.writable.find((writable) => writable !== path && isWithin(writable, path));
    if (writer !== undefined)
      return refused(`"${path}" lies in "${writer}", which a container may write to: mount that instead`);
    const loose = await looseParent(path);
    if (loose !== undefined)
      return refused(
        `"${path}" can be replaced by other users of the machine: make "${loose}" writable by its owner only`,
      );
    return kindOf(path, await lstat(path));
  } catch (error) {
    return refused(`cannot be mounted: ${systemState(error)}`);
  }
}

function kindOf(path: string, stats: Stats): BindSource {
  if (stats.isDirectory()) return { kind: 'directory', path };
  if (stats.isFile()) return { kind: 'file', path };
  return refused(`"${path}" is neither a file nor a directory`);
}

/** The first directory above a path in which others than root and the host's user may put something else in the place of the next part. */
async function looseParent(path: string): Promise<string | undefined> {
  const own = process.getuid?.() ?? 0;
  const isTrusted = (uid: number): boolean => uid === 0 || uid === own;
  let directory = '/';
  let stats = await lstat('/');
  for (const part of path.split('/').filter((text) => text !== '')) {
    const child = posix.join(directory, part);
    const childStats = await lstat(child);
    const open = (stats.mode & writableByOthers) !== 0 && !((stats.mode & sticky) !== 0 && isTrusted(childStats.uid));
    if (open || !isTrusted(stats.uid)) return directory;
    directory = child;
    stats = childStats;
  }
  return undefined;
}

/** Directories as they are; one that does not exist stays as it is said. */
async function resolved(paths: readonly string[]): Promise<readonly string[]> {
  return Promise.all(paths.map((path) => realpath(path).catch(() => path)));
}

function refused(why: string): BindSource {
  return { kind: 'refused', why };
}
