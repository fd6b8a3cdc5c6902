/** Control groups of version 1: one directory in each hierarchy. Files as in the kernel's Documentation/admin-guide/cgroup-v1. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ContainerLimits, ContainerUsage } from './backend.ts';
import {
  killAll,
  listGroups,
  makeGroup,
  readField,
  readMembers,
  readNumber,
  readText,
  removeGroup,
  removeHome,
  writeIfThere,
} from './control-group-files.ts';
import type { ControlGroup, ControlGroups, HierarchyMount, LimitEvents } from './control-groups.ts';

/** What we use. `blkio` and `cpuacct` only count, so a machine may lack them. */
const controllers = ['memory', 'pids', 'cpu', 'cpuacct', 'blkio'] as const;
type Controller = (typeof controllers)[number];
/** The scheduler's period, microseconds: the kernel's default. */
const periodUs = 100_000;
/** Of the memory limit, and on top of it: 16 MiB of 64 are more than a dozen connections at full speed. */
const connectionShare = 0.25;

/** Opens a directory of groups in every hierarchy that we use. */
export function openControlGroupsV1(
  mounts: readonly HierarchyMount[],
  groupPath: string,
  hybridMount: string | undefined,
): ControlGroups {
  const homes = new Map<Controller, string>();
  for (const controller of controllers) {
    const mount = mounts.find(({ options }) => options.includes(controller));
    if (mount) homes.set(controller, path.join(mount.directory, groupPath));
  }
  const directories = [...new Set(homes.values())];
  // A runtime that manages groups by itself makes them in the other hierarchies, too.
  const everywhere = mounts.map(({ directory }) => path.join(directory, groupPath));
  for (const directory of directories) makeGroup(directory);
  const group = (name: string) => new GroupV1(name, groupPath, homes, everywhere);
  return {
    version: 'v1',
    directories: everywhere,
    hybridMount,
    create(name) {
      for (const directory of directories) makeGroup(path.join(directory, name));
      return group(name);
    },
    adopt: group,
    list: () => [...new Set(everywhere.flatMap(listGroups))],
    [Symbol.dispose]() {
      for (const { directory } of mounts) removeHome(directory, groupPath);
    },
  };
}

class GroupV1 implements ControlGroup {
  readonly name: string;
  readonly path: string;
  readonly memberFiles: readonly string[];
  readonly #homes: ReadonlyMap<Controller, string>;
  readonly #directories: readonly string[];

  constructor(name: string, groupPath: string, homes: ReadonlyMap<Controller, string>, everywhere: readonly string[]) {
    this.name = name;
    this.path = path.posix.join('/', groupPath, name);
    this.#homes = homes;
    this.#directories = everywhere.map((home) => path.join(home, name));
    this.memberFiles = [...new Set(homes.values())].map((home) => path.join(home, name, 'cgroup.procs'));
  }

  limit({ memoryBytesMax, processesMax, cpusMax }: ContainerLimits): void {
    const memory = this.#file('memory', 'memory.limit_in_bytes');
    writeFileSync(memory, String(memoryBytesMax));
    // Memory and swap together; a kernel without swap accounting has no such file, and no swap to escape into by it.
    writeIfThere(this.#file('memory', 'memory.memsw.limit_in_bytes'), String(memoryBytesMax));
    // What waits in connections is counted apart here, and not at all without a limit. Version 2 counts it as memory.
    const waiting = Math.ceil(memoryBytesMax * connectionShare);
    writeIfThere(this.#file('memory', 'memory.kmem.tcp.limit_in_bytes'), String(waiting));
    writeFileSync(this.#file('pids', 'pids.max'), String(processesMax));
    writeFileSync(this.#file('cpu', 'cpu.cfs_period_us'), String(periodUs));
    writeFileSync(this.#file('cpu', 'cpu.cfs_quota_us'), String(Math.max(1000, Math.round(cpusMax * periodUs))));
  }

  events(): LimitEvents {
    return {
      memoryKills: readField(this.#file('memory', 'memory.oom_control'), 'oom_kill') ?? 0,
      processRefusals: readField(this.#file('pids', 'pids.events'), 'max') ?? 0,
    };
  }

  usage(): ContainerUsage {
    const cpuNs = readNumber(this.#file('cpuacct', 'cpuacct.usage'));
    const moved = readText(this.#file('blkio', 'blkio.throttle.io_service_bytes'));
    return {
      cpuMs: cpuNs === undefined ? undefined : cpuNs / 1e6,
      memoryBytes: readNumber(this.#file('memory', 'memory.usage_in_bytes')),
      memoryBytesPeak: readNumber(this.#file('memory', 'memory.max_usage_in_bytes')),
      processes: readNumber(this.#file('pids', 'pids.current')),
      readBytes: moved === '' ? undefined : sum(moved, 'Read'),
      writtenBytes: moved === '' ? undefined : sum(moved, 'Write'),
    };
  }

  members(): readonly number[] {
    return [...new Set(this.#directories.flatMap(readMembers))];
  }

  kill(): boolean {
    const members = this.members();
    killAll(members);
    return members.length === 0;
  }

  remove(): boolean {
    return this.#directories.map(removeGroup).every(Boolean);
  }

  #file(controller: Controller, name: string): string {
    return path.join(this.#homes.get(controller) ?? '/nonexistent', this.name, name);
  }
}

/** Lines as `8:0 Read 4096`, one for each device. */
function sum(text: string, kind: string): number {
  let bytes = 0;
  for (const line of text.split('\n')) {
    const [, name, value] = line.split(' ');
    if (name === kind) bytes += Number(value);
  }
  return bytes;
}
