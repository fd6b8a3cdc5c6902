/** Which places may be mounted, and where: rules about paths alone. What a path leads to is looked at by `bind-source.ts`. */
import { posix } from 'node:path';

/** Where nothing is mounted: the system of the container, and what the host puts into it. Neither there, nor below, nor above. */
const protectedTargets: readonly string[] = [
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/usr',
  '/proc',
  '/sys',
  '/dev',
  '/etc',
  '/boot',
  '/run/aria',
  '/aria',
];

/** The home of root, on every Linux (Filesystem Hierarchy Standard 3.0, 3.14). */
export const rootHome = '/root';

/** What is never mounted from the machine: Quilt's list, and the directories of sockets that give root. */
const deniedSources: readonly string[] = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/gshadow',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/ssh',
  '/proc',
  '/sys',
  '/dev',
  '/boot',
  `${rootHome}/.ssh`,
  '/run',
  '/var/run',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/containers',
];

/** Why a target cannot be; nothing where it can. */
export function targetProblem(target: string): string | undefined {
  if (!isPlainPath(target)) return 'must be an absolute path without ".", ".." and empty parts';
  const near = protectedTargets.find((place) => isWithin(place, target) || isWithin(target, place));
  return near === undefined ? undefined : `"${target}" is not free: "${near}" belongs to the container's system`;
}

/** Why a source that was resolved cannot be; nothing where it can. `own`: directories of the host itself. */
export function sourceProblem(
  source: string,
  { roots, own }: { readonly roots: readonly string[]; readonly own: readonly string[] },
): string | undefined {
  const denied = [...deniedSources, ...own].find((place) => isWithin(place, source) || isWithin(source, place));
  if (denied !== undefined) return `"${source}" is never mounted: it has to do with "${denied}"`;
  if (!roots.some((root) => isWithin(root, source)))
    return `"${source}" lies in none of the directories that this host mounts from`;
  return undefined;
}

/** Whether `path` is `place` or lies below it. Both are plain. */
export function isWithin(place: string, path: string): boolean {
  return place === '/' || path === place || path.startsWith(`${place}/`);
}

/** Whether a path is absolute, and says what it says without any resolving. */
export function isPlainPath(path: string): boolean {
  return (
    path.startsWith('/') &&
    !path.includes('\0') &&
    posix.normalize(path) === path &&
    (path === '/' || !path.endsWith('/'))
  );
}
