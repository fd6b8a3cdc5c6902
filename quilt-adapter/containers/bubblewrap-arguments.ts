/** bubblewrap's arguments. They come from a file, since a command line is everybody's to read, and so would be the environment. */
import { existsSync } from 'node:fs';
import type { ContainerMount, ContainerSpec } from './backend.ts';
import { containerUserId, maskedPaths, readOnlyPaths } from './oci-config.ts';
import type { Stage } from './stage.ts';

/** What of /dev libraries ask for. */
const devices = ['null', 'zero', 'full', 'random', 'urandom'];

/** The options, each as one word; the command follows them. */
export function bubblewrapArguments(spec: ContainerSpec, stage: Stage): string[] {
  const { limits, workingDirectory, environment, rootDirectory, mounts } = spec;
  return [
    // The second one turns "if possible" of the first into "or not at all".
    ...['--unshare-all', '--unshare-user'],
    ...['--uid', String(containerUserId), '--gid', String(containerUserId)],
    ...['--hostname', 'aria', '--cap-drop', 'ALL'],
    // Dies with us; no terminal of ours to write into; the program is the first process, so that its death is everybody's.
    ...['--die-with-parent', '--new-session', '--as-pid-1'],
    ...['--ro-bind', stage.reach(rootDirectory), '/', '--proc', '/proc'],
    ...readOnlyPaths.filter((place) => existsSync(place)).flatMap((place) => ['--ro-bind', place, place]),
    ...maskedPaths.flatMap(mask),
    ...['--perms', '0755', '--size', '65536', '--tmpfs', '/dev'],
    ...devices.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`]),
    ...[0, 1, 2].flatMap((number) => ['--symlink', `/proc/self/fd/${number}`, `/dev/${standardNames[number]}`]),
    ...['--symlink', '/proc/self/fd', '/dev/fd', '--remount-ro', '/dev'],
    ...temporary('/tmp', limits.temporaryBytesMax),
    ...mounts.flatMap((mount) => words(mount, stage)),
    ...['--chdir', workingDirectory, '--clearenv'],
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

const standardNames = ['stdin', 'stdout', 'stderr'] as const;

function words(mount: ContainerMount, stage: Stage): string[] {
  if (mount.kind === 'tmpfs') return temporary(mount.target, mount.bytesMax);
  return [mount.writable ? '--bind' : '--ro-bind', stage.reach(mount.source), mount.target];
}

function temporary(target: string, bytes: number): string[] {
  return ['--perms', '1777', '--size', String(bytes), '--tmpfs', target];
}

/** An empty file over a file, an empty directory over a directory; nothing where the kernel has none. */
function mask(place: string): string[] {
  if (!existsSync(place)) return [];
  return directories.has(place)
    ? ['--perms', '0555', '--size', '4096', '--tmpfs', place]
    : ['--ro-bind', '/dev/null', place];
}

const directories: ReadonlySet<string> = new Set(['/proc/acpi', '/proc/asound', '/proc/pressure', '/proc/scsi']);
