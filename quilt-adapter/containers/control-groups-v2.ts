/** Control groups of version 2: one hierarchy. Files as in the kernel's Documentation/admin-guide/cgroup-v2. */
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
import type { ControlGroup, ControlGroups, LimitEvents } from './control-groups.ts';

/** `io` only counts, so a machine may lack it. */
const required = ['memory', 'pids', 'cpu'] as const;
const optional = ['io'] as const;
const periodUs = 100_000;

/** Opens a directory of groups, with the controllers that its groups need switched on at every level above them. */
export function openControlGroupsV2(mount: string, groupPath: string): ControlGroups {
  const home = path.join(mount, groupPath);
  let at = mount;
  for (const part of groupPath.split('/').filter(Boolean)) {
    enable(at);
    at = path.join(at, part);
    makeGroup(at);
  }
  enable(at);
  return {
    version: 'v2',
    directories: [home],
    hybridMount: undefined,
    create(name) {
      makeGroup(path.join(home, name));
      return new GroupV2(name, groupPath, path.join(home, name));
    },
    adopt: (name) => new GroupV2(name, groupPath, path.join(home, name)),
    list: () => listGroups(home),
    [Symbol.dispose]() {
      removeHome(mount, groupPath);
    },
  };
}

/** What is on is not written again: a group that holds processes refuses even that. */
function enable(directory: string): void {
  const file = path.join(directory, 'cgroup.subtree_control');
  const on = readText(file).trim().split(' ');
  const missing = required.filter((name) => !on.includes(name));
  if (missing.length > 0) writeFileSync(file, missing.map((name) => `+${name}`).join(' '));
  const there = readText(path.join(directory, 'cgroup.controllers')).trim().split(' ');
  for (const name of optional) if (there.includes(name) && !on.includes(name)) writeIfThere(file, `+${name}`);
}

class GroupV2 implements ControlGroup {
  readonly name: string;
  readonly path: string;
  readonly memberFiles: readonly string[];
  readonly #directory: string;

  constructor(name: string, groupPath: string, directory: string) {
    this.name = name;
    this.path = path.posix.join('/', groupPath, name);
    this.#directory = directory;
    this.memberFiles = [path.join(directory, 'cgroup.procs')];
  }

  limit({ memoryBytesMax, processesMax, cpusMax }: ContainerLimits): void {
    writeFileSync(this.#file('memory.max'), String(memoryBytesMax));
    writeIfThere(this.#file('memory.swap.max'), '0');
    writeFileSync(this.#file('pids.max'), String(processesMax));
    writeFileSync(this.#file('cpu.max'), `${Math.max(1000, Math.round(cpusMax * periodUs))} ${periodUs}`);
  }

  events(): LimitEvents {
    return {
      memoryKills: readField(this.#file('memory.events'), 'oom_kill') ?? 0,
      processRefusals: readField(this.#file('pids.events'), 'max') ?? 0,
    };
  }

  usage(): ContainerUsage {
    const cpuUs = readField(this.#file('cpu.stat'), 'usage_usec');
    const moved = readText(this.#file('io.stat'));
    return {
      cpuMs: cpuUs === undefined ? undefined : cpuUs / 1000,
      memoryBytes: readNumber(this.#file('memory.current')),
      memoryBytesPeak: readNumber(this.#file('memory.peak')),
      processes: readNumber(this.#file('pids.current')),
      readBytes: moved === '' ? undefined : sum(moved, 'rbytes'),
      writtenBytes: moved === '' ? undefined : sum(moved, 'wbytes'),
    };
  }

  members(): readonly number[] {
    const nested = listGroups(this.#directory).map((name) => path.join(this.#directory, name));
    return [this.#directory, ...nested].flatMap(readMembers);
  }

  kill(): boolean {
    const members = this.members();
    // Linux 5.14: all at once, so that nothing forks away between two reads.
    writeIfThere(this.#file('cgroup.kill'), '1');
    killAll(members);
    return members.length === 0;
  }

  remove(): boolean {
    return removeGroup(this.#directory);
  }

  #file(name: string): string {
    return path.join(this.#directory, name);
  }
}

/** Lines as `8:0 rbytes=4096 wbytes=0 …`, one for each device. */
function sum(text: string, key: string): number {
  let bytes = 0;
  for (const match of text.matchAll(new RegExp(`\\b${key}=(\\d+)`, 'g'))) bytes += Number(match[1]);
  return bytes;
}
