/** The first phase of a boot: what the machine has, as far as it is left to this process, and whether that is enough. */
import { readdir, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { type ControlGroups, fileText, readControlGroups } from './control-groups.ts';
import { machineTooSmall } from './errors.ts';

/** What was found. */
export interface MachineReport {
  readonly architecture: string;
  /** As a fraction where control groups limit it. */
  readonly cores: number;
  /** What this process may use; less than the machine has where control groups limit it. */
  readonly memoryBytes: number;
  readonly diskFreeBytes: number;
  /** Files and sockets that this process may have open; absent where the system does not say. */
  readonly descriptorsMax: number | undefined;
  /** Devices for computing, as `/dev/dri/renderD128`. */
  readonly graphics: readonly string[];
  readonly controlGroups: ControlGroups;
  /** Engines that can run components, the usual one first. */
  readonly engines: readonly string[];
}

export interface MachineSetup {
  /** The data directory; may not exist yet. */
  readonly home: string;
  readonly engines: readonly string[];
  /** Where `proc`, `sys` and `dev` are; `/` but in tests. */
  readonly root?: string;
}

/** What a boot refuses to run below. */
export interface MachineMinimum {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** The engine that the configuration asks for. */
  readonly engine: string;
}

/** Sockets of the APIs, of SQLite and of bundles; below this the first busy minute fails. */
export const descriptorsUseful = 1024;
const mebibyte = 2 ** 20;

/** Looks at the machine. Never rejects: what cannot be read is not limited, or none. */
export async function readMachine({ home, engines, root = '/' }: MachineSetup): Promise<MachineReport> {
  const [controlGroups, total, diskFreeBytes, descriptorsMax, graphics] = await Promise.all([
    readControlGroups(root),
    memoryTotal(root),
    diskFree(home),
    descriptors(root),
    graphicsDevices(root),
  ]);
  const { coresMax = Infinity, memoryBytesMax = Infinity } = controlGroups;
  return {
    architecture: process.arch,
    cores: Math.min(availableParallelism(), coresMax),
    memoryBytes: Math.min(total, memoryBytesMax),
    diskFreeBytes,
    descriptorsMax,
    graphics,
    controlGroups,
    engines,
  };
}

/**
 * Refuses a machine that is too small, with all the reasons at once.
 * @throws {CodedError} `BOOT_FAILED`.
 */
export function requireMachine(found: MachineReport, minimum: MachineMinimum): void {
  const faults: { state: string; remedy: string }[] = [];
  if (found.memoryBytes < minimum.memoryBytes)
    faults.push({
      state: `it has ${mebibytes(found.memoryBytes)} of memory for this process, less than ${mebibytes(minimum.memoryBytes)}`,
      remedy: 'Raise the memory of the machine or of the control group, or lower minimum.memory_bytes',
    });
  if (found.diskFreeBytes < minimum.diskBytes)
    faults.push({
      state: `its disk has ${mebibytes(found.diskFreeBytes)} left, less than ${mebibytes(minimum.diskBytes)}`,
      remedy: 'Free space, or lower minimum.disk_bytes',
    });
  if (minimum.engine !== 'auto' && !found.engines.includes(minimum.engine))
    faults.push({
      state: `it has no engine "${minimum.engine}", only ${found.engines.map((name) => `"${name}"`).join(' and ')}`,
      remedy: 'Run "npm run build:native" where Rust is, or set host.engine to "auto"',
    });
  if (faults.length > 0) throw machineTooSmall(faults);
}

/** What was found, in a line. */
export function machineText(found: MachineReport): string {
  const { cores, memoryBytes, diskFreeBytes, descriptorsMax, graphics, controlGroups, architecture, engines } = found;
  return [
    `${architecture}, ${Math.round(cores * 100) / 100} cores`,
    `${mebibytes(memoryBytes)} of memory`,
    `${mebibytes(diskFreeBytes)} of disk left`,
    ...(descriptorsMax === undefined ? [] : [`${descriptorsMax} open files`]),
    controlGroups.version === 0
      ? 'no control groups'
      : `control groups ${controlGroups.version}${controlGroups.delegated ? ', delegated' : ''}`,
    graphics.length === 0 ? 'no GPU' : graphics.join(' '),
    `engines ${engines.join(', ')}`,
  ].join('; ');
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / mebibyte)} MiB`;
}

async function memoryTotal(root: string): Promise<number> {
  const [, kibibytes] = /^MemTotal:\s+(\d+) kB$/m.exec(await fileText(join(root, 'proc/meminfo'))) ?? [];
  return kibibytes === undefined ? totalmem() : Number(kibibytes) * 1024;
}

/** Of the nearest directory that is there. */
async function diskFree(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    const above = dirname(path);
    return above === path ? 0 : diskFree(above);
  }
}

async function descriptors(root: string): Promise<number | undefined> {
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(await fileText(join(root, 'proc/self/limits'))) ?? [];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Infinity : Number(soft);
}

async function graphicsDevices(root: string): Promise<readonly string[]> {
  const [devices, direct] = await Promise.all([names(join(root, 'dev')), names(join(root, 'dev/dri'))]);
  return [
    ...direct.filter((name) => /^renderD\d+$/.test(name)).map((name) => `/dev/dri/${name}`),
    ...devices.filter((name) => /^(?:nvidia\d+|kfd)$/.test(name)).map((name) => `/dev/${name}`),
  ].sort();
}

async function names(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
