/** Opens one back end as a probe has found it to work. */
import process from 'node:process';
import type { BackendName, BackendProbe, ContainerBackend } from './backend.ts';
import { openBubblewrapBackend } from './bubblewrap-backend.ts';
import { type ControlGroups, type HierarchyMounts, findHierarchies, openControlGroups } from './control-groups.ts';
import { containersUnavailable } from './errors.ts';
import { type Instance, openInstance } from './instance.ts';
import { type Machine, inspectMachine } from './machine.ts';
import { openOciBackend } from './oci-backend.ts';
import { removeOrphans } from './orphans.ts';
import { openProcessBackend } from './process-backend.ts';
import { isSyscallArchitecture } from './syscalls.ts';
import { Workplace } from './workplace.ts';

/** Where a back end works and for whom. */
export interface BackendOptions {
  /** In memory where possible (`/run`): the bundles and the state of runtimes. Whoever makes it decides its mode; 0700 will do. */
  readonly stateDirectory: string;
  /** Tells the hosts of one machine apart: `[a-z0-9-]`, up to 32. */
  readonly owner: string;
  /** The parent of our control groups in every hierarchy; `aria` where absent. */
  readonly controlGroupName?: string;
  /** The first of 65,536 ids of the machine that containers run as; 100,000 where absent. */
  readonly userBase?: number;
  /** Programs and rights; those of this machine where absent. */
  readonly machine?: Machine;
}

/** The program of each back end that has one. */
export const programs: Readonly<Record<Exclude<BackendName, 'none'>, string>> = {
  crun: 'crun',
  runc: 'runc',
  bubblewrap: 'bwrap',
};

/** Opens a back end. @throws `CONTAINERS_UNAVAILABLE`, `IO_FAILED`, or what the control groups say. */
export function openNamed(name: BackendName, probe: BackendProbe, options: BackendOptions): ContainerBackend {
  const { controlGroupName = 'aria', stateDirectory, owner, machine = inspectMachine() } = options;
  const hierarchies = findHierarchies();
  const orphans = () => removeOrphans({ stateDirectory, owner, controlGroupName, hierarchies });
  const instance = openInstance({ stateDirectory, owner, backend: name, controlGroupName });
  try {
    const common = { machine, probe, removeOrphans: orphans };
    if (name === 'none') return openProcessBackend({ ...common, instance });
    return openIsolating(name, { ...common, instance, hierarchies, userBase: options.userBase ?? 100_000 });
  } catch (error) {
    instance[Symbol.dispose]();
    throw error;
  }
}

interface Isolating {
  readonly machine: Machine;
  readonly probe: BackendProbe;
  readonly removeOrphans: ContainerBackend['removeOrphans'];
  readonly instance: Instance;
  readonly hierarchies: HierarchyMounts;
  readonly userBase: number;
}

function openIsolating(name: Exclude<BackendName, 'none'>, parts: Isolating): ContainerBackend {
  const { machine, instance, hierarchies, probe, userBase } = parts;
  const program = machine.find(programs[name]);
  const architecture = process.arch;
  if (program === undefined || !isSyscallArchitecture(architecture))
    throw containersUnavailable(name, 'it is not there for this machine', `Install ${name} on x64 or arm64`);
  const groups = probe.controlGroups === 'none' ? undefined : openGroups(hierarchies, instance);
  // Only crun minds, and only one that finds controllers in both versions.
  const hiddenMount = name === 'crun' ? hierarchies.hybridMount : undefined;
  const workplace = new Workplace({
    machine,
    instance,
    groups,
    launcher: { script: name === 'bubblewrap' ? 'files' : 'plain', privateMounts: machine.isRoot, hiddenMount },
    joinsGroup: name !== 'runc',
  });
  if (name === 'bubblewrap') return openBubblewrapBackend({ ...parts, program, workplace, architecture });
  const bundle = { architecture, userBase, userNamespace: probe.userNamespace };
  const { runtimeDirectory } = instance;
  return openOciBackend({ ...parts, name, program, workplace, runtimeDirectory, hiddenMount, bundle });
}

function openGroups(hierarchies: HierarchyMounts, { record }: Instance): ControlGroups | undefined {
  return record.groupPath === undefined ? undefined : openControlGroups(hierarchies, record.groupPath);
}
