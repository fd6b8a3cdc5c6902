/** What the control groups of this process leave it of the machine: version 1, version 2, and both side by side. */
import { access, constants, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** What is set for this process or for a group around it. */
export interface ControlGroups {
  /** 0: none are mounted. */
  readonly version: 0 | 1 | 2;
  readonly memoryBytesMax: number | undefined;
  /** Cores, as a fraction. */
  readonly coresMax: number | undefined;
  /** Whether this process may make groups of its own with limits; only version 2 gives this away. */
  readonly delegated: boolean;
}

interface Mount {
  readonly point: string;
  /** The part of the hierarchy that is mounted. */
  readonly root: string;
  readonly controllers: readonly string[] | 'all';
}

/** Beyond this a limit of version 1 means that there is none: the largest number of pages. */
const unlimitedBytes = 2 ** 60;
/** Groups around ours, at most; deeper ones than systemd and container engines make do not exist in earnest. */
const depthMax = 32;

/** Reads them below a root, `/` but in tests. Whatever cannot be read counts as not limited. */
export async function readControlGroups(root: string): Promise<ControlGroups> {
  const mounts = mountsOf(await fileText(join(root, 'proc/self/mountinfo')));
  const groups = (await fileText(join(root, 'proc/self/cgroup'))).split('\n').map((line) => line.split(':'));
  /** The directories of our group and of those around it, the innermost first. */
  const directories = (controller: string): readonly string[] => {
    const found = groups.find(([number, names]) => number !== '0' && names?.split(',').includes(controller));
    const [, , path] = found ?? groups.find(([number, names]) => number === '0' && names === '') ?? [];
    const mount = mounts.find(({ controllers }) =>
      found === undefined ? controllers === 'all' : controllers !== 'all' && controllers.includes(controller),
    );
    return path === undefined || mount === undefined ? [] : upwards(root, mount, path);
  };
  const unified = mounts.find(({ controllers }) => controllers === 'all');
  const memory = directories('memory');
  const cores = directories('cpu');
  const version =
    unified !== undefined && mounts.every(({ controllers }) => controllers === 'all') ? 2 : mounts.length > 0 ? 1 : 0;
  return {
    version,
    memoryBytesMax: least([
      ...(await Promise.all(memory.map((directory) => number(join(directory, 'memory.max'))))),
      ...(await Promise.all(memory.map((directory) => number(join(directory, 'memory.limit_in_bytes'))))),
    ]),
    coresMax: least(await Promise.all(cores.map(coresOf))),
    delegated: version === 2 && (await delegated(memory[0])),
  };
}

function mountsOf(mountinfo: string): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of mountinfo.split('\n')) {
    // … root point options … - type source super-options
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root = '/', point = ''] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (type === 'cgroup2') mounts.push({ point, root, controllers: 'all' });
    else if (type === 'cgroup') mounts.push({ point, root, controllers: options.split(',') });
  }
  return mounts;
}

/** A container may see the path of the machine while only its own part is mounted: then the mount itself is its group. */
function upwards(root: string, { point, root: mounted }: Mount, path: string): readonly string[] {
  const inside = posix.relative(mounted, path);
  let at = inside === '..' || inside.startsWith('../') ? '' : inside;
  const directories: string[] = [];
  for (let depth = 0; depth < depthMax; depth += 1) {
    directories.push(join(root, point, at));
    if (at === '' || at === '.') break;
    at = posix.dirname(at);
  }
  return directories;
}

async function coresOf(directory: string): Promise<number | undefined> {
  const [quota = '', period = ''] = (await fileText(join(directory, 'cpu.max'))).trim().split(' ');
  if (/^\d+$/.test(quota) && /^\d+$/.test(period)) return Number(quota) / Number(period);
  const [quotaUs, periodUs] = await Promise.all([
    number(join(directory, 'cpu.cfs_quota_us')),
    number(join(directory, 'cpu.cfs_period_us')),
  ]);
  return quotaUs !== undefined && periodUs !== undefined && periodUs > 0 ? quotaUs / periodUs : undefined;
}

async function delegated(directory: string | undefined): Promise<boolean> {
  if (directory === undefined) return false;
  try {
    await access(join(directory, 'cgroup.subtree_control'), constants.W_OK);
    await access(directory, constants.W_OK);
  } catch {
    return false;
  }
  const controllers = (await fileText(join(directory, 'cgroup.controllers'))).trim().split(' ');
  return ['memory', 'pids', 'cpu'].every((name) => controllers.includes(name));
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** `max`, -1 and the like are no number. */
async function number(path: string): Promise<number | undefined> {
  const found = (await fileText(path)).trim();
  return /^\d+$/.test(found) && Number(found) < unlimitedBytes ? Number(found) : undefined;
}

/** What a file of the kernel says; nothing where it cannot be read. */
export async function fileText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
