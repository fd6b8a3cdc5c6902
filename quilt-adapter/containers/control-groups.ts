/**
 * Control groups of ours: made before a container, so that it never runs without its limits, and read after it, so that the cause of its
 * death is known. A runtime's own groups are gone by then.
 */
import { readFileSync } from 'node:fs';
import type { ContainerLimits, ContainerUsage } from './backend.ts';
import { openControlGroupsV1 } from './control-groups-v1.ts';
import { openControlGroupsV2 } from './control-groups-v2.ts';

/** How often the kernel enforced a limit. */
export interface LimitEvents {
  readonly memoryKills: number;
  readonly processRefusals: number;
}

/** The group of one container. */
export interface ControlGroup {
  readonly name: string;
  /** A process that writes its id into each of them belongs to the group. */
  readonly memberFiles: readonly string[];
  /** For a runtime that wants to make a group of its own: the path in every hierarchy, as OCI's `cgroupsPath`. */
  readonly path: string;
  limit(limits: ContainerLimits): void;
  events(): LimitEvents;
  usage(): ContainerUsage;
  members(): readonly number[];
  /** Ends every member; true once there is none. */
  kill(): boolean;
  /** False while a member is left. */
  remove(): boolean;
}

/** The groups of one instance of a back end. Leaving the scope removes what is empty. */
export interface ControlGroups extends Disposable {
  readonly version: 'v1' | 'v2';
  /** Directories that hold the groups, for whoever sweeps them after a death. */
  readonly directories: readonly string[];
  /** A hierarchy that stops crun from starting, as long as it sees it. */
  readonly hybridMount: string | undefined;
  create(name: string): ControlGroup;
  /** Takes over a group that an earlier process has made. */
  adopt(name: string): ControlGroup;
  /** Names of the groups that are there. */
  list(): readonly string[];
}

/** A mounted hierarchy. */
export interface HierarchyMount {
  readonly kind: 'cgroup' | 'cgroup2';
  readonly directory: string;
  /** Of v1: its controllers. */
  readonly options: readonly string[];
}

/** What the machine has. */
export interface HierarchyMounts {
  readonly version: 'v1' | 'v2' | 'none';
  readonly seen: string;
  readonly mounts: readonly HierarchyMount[];
  readonly hybridMount: string | undefined;
}

/** Looks at what is mounted; `mountInfo` is the text of `/proc/self/mountinfo`. */
export function findHierarchies(mountInfo: string = readFileSync('/proc/self/mountinfo', 'utf8')): HierarchyMounts {
  const mounts = mountInfo.split('\n').flatMap(parseMount);
  const v1 = mounts.filter(({ kind }) => kind === 'cgroup');
  const v2 = mounts.find(({ kind }) => kind === 'cgroup2');
  const hybridMount = v1.length > 0 && v2 && controllersOf(v2.directory).length > 0 ? v2.directory : undefined;
  const has = (controller: string) => v1.some(({ options }) => options.includes(controller));
  if (has('memory') && has('pids') && has('cpu'))
    // runc makes a group in v2's hierarchy as well, which goes with the others.
    return { version: 'v1', seen: `v1 at ${directoriesOf(v1, 'memory')}`, mounts: v2 ? [...v1, v2] : v1, hybridMount };
  const missing = v2 && ['memory', 'pids', 'cpu'].filter((name) => !controllersOf(v2.directory).includes(name));
  if (v2 && missing?.length === 0)
    return { version: 'v2', seen: `v2 at ${v2.directory}`, mounts: [v2], hybridMount: undefined };
  const seen = v2 ? `v2 at ${v2.directory} without ${missing?.join(', ')}` : 'no hierarchy with memory, pids and cpu';
  return { version: 'none', seen, mounts: [], hybridMount };
}

/** Makes a directory for the groups of an instance. @throws what the file system says if the machine does not let us. */
export function openControlGroups(
  { version, mounts, hybridMount }: HierarchyMounts,
  path: string,
): ControlGroups | undefined {
  const [unified] = mounts;
  if (version === 'v1') return openControlGroupsV1(mounts, path, hybridMount);
  if (version === 'v2' && unified) return openControlGroupsV2(unified.directory, path);
  return undefined;
}

function directoriesOf(mounts: readonly HierarchyMount[], controller: string): string {
  return mounts.find(({ options }) => options.includes(controller))?.directory ?? '';
}

function controllersOf(directory: string): readonly string[] {
  try {
    return readFileSync(`${directory}/cgroup.controllers`, 'utf8').trim().split(' ').filter(Boolean);
  } catch {
    return [];
  }
}

/** A line of mountinfo (proc(5)): id, parent, device, root, mount point, options, optional fields, "-", type, source, super options. */
function parseMount(line: string): HierarchyMount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [kind, , options = ''] = after.split(' ');
  if (kind !== 'cgroup' && kind !== 'cgroup2') return [];
  const directory = (before.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return [{ kind, directory, options: options.split(',') }];
}
