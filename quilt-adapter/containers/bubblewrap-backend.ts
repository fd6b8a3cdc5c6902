/** bubblewrap: for machines without an OCI runtime, or without root. As root the process gets ids of its own and control groups. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { BackendProbe, ContainerBackend, ContainerSpec, RunningContainer } from './backend.ts';
import { bubblewrapArguments } from './bubblewrap-arguments.ts';
import { checkSpec } from './check-spec.ts';
import { executeUnavailable } from './errors.ts';
import { fileContent } from './file-watch.ts';
import type { Machine } from './machine.ts';
import { containerUserId } from './oci-config.ts';
import { seccompProfile } from './seccomp.ts';
import { bpfSeccomp } from './seccomp-formats.ts';
import type { SyscallArchitecture } from './syscalls.ts';
import type { Recipe, Workplace } from './workplace.ts';

/** What bubblewrap needs beside a workplace. */
export interface BubblewrapOptions {
  readonly program: string;
  readonly machine: Machine;
  readonly workplace: Workplace;
  readonly architecture: SyscallArchitecture;
  readonly userBase: number;
  readonly probe: BackendProbe;
  readonly removeOrphans: ContainerBackend['removeOrphans'];
}

/** A back end over bubblewrap. It owns the workplace. */
export function openBubblewrapBackend(options: BubblewrapOptions): ContainerBackend {
  const { workplace, probe, removeOrphans, machine, userBase } = options;
  const recipe = bubblewrapRecipe(options);
  const own = userBase + containerUserId;
  const [uid = own, gid = own] = machine.isRoot ? [] : [process.geteuid?.(), process.getegid?.()];
  return {
    name: 'bubblewrap',
    probe,
    user: { uid, gid },
    async start(spec: ContainerSpec): Promise<RunningContainer> {
      checkSpec(spec);
      return workplace.start(spec, recipe);
    },
    removeOrphans,
    [Symbol.asyncDispose]: () => workplace[Symbol.asyncDispose](),
  };
}

function bubblewrapRecipe({ program, machine, architecture, userBase }: BubblewrapOptions): Recipe {
  const id = String(userBase + containerUserId);
  // As root bubblewrap maps the container's user to root of the machine, so it must not be root.
  const drop = machine.isRoot
    ? [machine.find('setpriv') ?? 'setpriv', '--reuid', id, '--regid', id, '--clear-groups']
    : [];
  return {
    prepare({ spec, directory, stage }) {
      const write = (name: string, content: string | Uint8Array) =>
        writeFileSync(path.join(directory, name), content, { mode: 0o600 });
      const options = bubblewrapArguments(spec, stage);
      write('arguments', options.map((word) => `${word}\0`).join(''));
      write('seccomp', bpfSeccomp(seccompProfile(spec.profile), architecture));
      write('status', '');
      return [...drop, program, '--args', '3', '--seccomp', '4', '--json-status-fd', '5', '--', ...spec.args];
    },
    started: ({ directory }, signal) => fileContent(directory, 'status', (text) => field(text, 'child-pid'), signal),
    // It tells the exit status of a program, and of nothing else.
    failure: ({ directory }, exitCode) =>
      exitCode === null || field(textOf(path.join(directory, 'status')), 'exit-code') !== undefined
        ? undefined
        : `bubblewrap ended with exit status ${exitCode} before the program`,
    async execute() {
      throw executeUnavailable(
        'bubblewrap',
        'it has no way to give a further process the filter and the rights of the first',
      );
    },
    forget: () => undefined,
  };
}

/** A number of the status, which is lines of JSON. */
function field(text: string, name: string): number | undefined {
  const value = new RegExp(`"${name}":\\s*(\\d+)`).exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
