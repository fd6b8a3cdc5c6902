/**
 * What one back end of one host process owns on the machine, all of it under one name: `<owner>-<pid>-<start>-<n>`.
 * Whoever finds the name knows whether that process still runs, also if the directory is gone and only control groups are left.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { BackendName } from './backend.ts';
import { fileFailed, specInvalid } from './errors.ts';
import { type ProcessIdentity, bootId, identityOf } from './process-identity.ts';

/** What `owner.json` says. */
export interface InstanceRecord {
  readonly name: string;
  readonly owner: string;
  readonly backend: BackendName;
  readonly host: ProcessIdentity;
  readonly boot: string;
  /** Relative to each hierarchy of control groups; absent where there are none. */
  readonly groupPath: string | undefined;
}

/** The directories of an instance. Leaving the scope removes them. */
export interface Instance extends Disposable {
  readonly record: InstanceRecord;
  readonly directory: string;
  /** Of the runtime: crun's and runc's `--root`. */
  readonly runtimeDirectory: string;
  /** One directory for each container. */
  readonly containersDirectory: string;
  /** Files that hold the number of a process group; for what no control group holds. */
  readonly processesDirectory: string;
}

/** Who owns what a back end makes. */
export interface InstanceOptions {
  readonly stateDirectory: string;
  readonly owner: string;
  readonly backend: BackendName;
  readonly controlGroupName: string;
}

let count = 0;

/** Makes the directories. @throws `IO_FAILED`, `CONTAINER_SPEC_INVALID` for a name that is none. */
export function openInstance({ stateDirectory, owner, backend, controlGroupName }: InstanceOptions): Instance {
  for (const [where, name] of Object.entries({ owner, controlGroupName }))
    if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name))
      throw specInvalid(where, `is ${JSON.stringify(name.slice(0, 80))}`, 'Use 1 to 32 of a to z, 0 to 9 and "-"');
  const host = identityOf(process.pid) ?? { pid: process.pid, startTicks: 0 };
  count += 1;
  const name = instanceName(owner, host, count);
  const directory = path.join(stateDirectory, name);
  const record = { name, owner, backend, host, boot: bootId(), groupPath: path.posix.join(controlGroupName, name) };
  const [runtimeDirectory, containersDirectory, processesDirectory] = ['runtime', 'containers', 'processes'].map(
    (part) => path.join(directory, part),
  ) as [string, string, string];
  try {
    for (const part of [runtimeDirectory, containersDirectory, processesDirectory])
      mkdirSync(part, { recursive: true, mode: 0o700 });
    writeFileSync(path.join(directory, 'owner.json'), JSON.stringify(record), { mode: 0o600 });
  } catch (error) {
    throw fileFailed('make the state directory of containers', directory, error);
  }
  return {
    record,
    directory,
    runtimeDirectory,
    containersDirectory,
    processesDirectory,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The name of an instance. */
function instanceName(owner: string, { pid, startTicks }: ProcessIdentity, index: number): string {
  return `${owner}-${pid}-${startTicks}-${index}`;
}

/** Owner and host process of a name; undefined if it is not one of ours. */
export function parseInstanceName(
  name: string,
): { readonly owner: string; readonly host: ProcessIdentity } | undefined {
  const match = /^([a-z0-9][a-z0-9-]*)-(\d+)-(\d+)-\d+$/.exec(name);
  const [, owner, pid, startTicks] = match ?? [];
  if (owner === undefined) return undefined;
  return { owner, host: { pid: Number(pid), startTicks: Number(startTicks) } };
}
