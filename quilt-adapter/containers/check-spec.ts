/** Refuses specs that no back end may be given, before anything is made on the machine. */
import { type Stats, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ContainerMount, ContainerSpec } from './backend.ts';
import { specInvalid } from './errors.ts';
import * as limits from './limits.ts';

/** What a runtime puts there itself, and what must stay as it is. */
const reservedTargets = ['/proc', '/sys', '/dev'];
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/** A container's name. */
function checkId(id: string): void {
  if (!/^[a-z0-9-]{1,64}$/.test(id))
    throw specInvalid('id', `is ${JSON.stringify(id.slice(0, 80))}`, 'Use 1 to 64 of a to z, 0 to 9 and "-"');
}

/** @throws `CONTAINER_SPEC_INVALID`, with the place. */
export function checkSpec(spec: ContainerSpec): void {
  checkId(spec.id);
  checkCommand(spec);
  checkLimits(spec);
  if (!isDirectory(checkedPath('rootDirectory', spec.rootDirectory)))
    throw specInvalid('rootDirectory', `"${spec.rootDirectory}" is no directory`, 'Build it with buildRootDirectory');
  checkMounts(spec);
}

/** Arguments, environment and working directory; of a further process, too. */
export function checkCommand({
  args,
  environment,
  workingDirectory,
}: Pick<ContainerSpec, 'args' | 'environment' | 'workingDirectory'>): void {
  const [program] = args;
  if (program === undefined) throw specInvalid('args', 'is empty', 'Name a program');
  checkedPath('args[0]', program);
  checkedPath('workingDirectory', workingDirectory);
  const variables = Object.entries(environment);
  if (args.length > limits.argumentsMax)
    throw specInvalid('args', `has more than ${limits.argumentsMax}`, 'Pass data by a file or a socket');
  if (variables.length > limits.variablesMax)
    throw specInvalid('environment', `has more than ${limits.variablesMax} variables`, 'Pass data by a file');
  let bytes = 0;
  for (const [name, value] of [...args.entries(), ...variables]) {
    const where = typeof name === 'number' ? `args[${name}]` : `environment["${name.slice(0, 80)}"]`;
    if (typeof name === 'string' && !variableName.test(name))
      throw specInvalid(where, 'is no name of a variable', 'Use letters, digits and "_"');
    if (value.includes('\0')) throw specInvalid(where, 'holds a zero byte', 'Leave it out');
    bytes += Buffer.byteLength(value) + (typeof name === 'string' ? name.length : 0) + 2;
  }
  if (bytes > limits.argumentBytesMax)
    throw specInvalid('args and environment', `have more than ${limits.argumentBytesMax} bytes`, 'Pass data by a file');
}

function checkLimits({ limits: wanted }: ContainerSpec): void {
  const within = (name: keyof typeof wanted, least: number, most: number, whole: boolean) => {
    const value = wanted[name];
    if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
      throw specInvalid(
        `limits.${name}`,
        `is ${value}`,
        `Use ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}`,
      );
  };
  within('memoryBytesMax', limits.memoryBytesMin, limits.memoryBytesMax, true);
  within('cpusMax', limits.cpusMin, limits.cpusMax, false);
  within('processesMax', limits.processesMin, limits.processesMax, true);
  within('openFilesMax', limits.openFilesMin, limits.openFilesMax, true);
  within('temporaryBytesMax', limits.temporaryBytesMin, limits.memoryBytesMax, true);
}

function checkMounts({ mounts, rootDirectory }: ContainerSpec): void {
  if (mounts.length > limits.mountsMax)
    throw specInvalid('mounts', `has more than ${limits.mountsMax}`, 'Mount a directory that holds them');
  const before: ContainerMount[] = [];
  for (const [index, mount] of mounts.entries()) {
    const where = `mounts[${index}]`;
    const target = checkedPath(`${where}.target`, mount.target);
    if (
      target === '/' ||
      target === '/tmp' ||
      reservedTargets.some((place) => target === place || target.startsWith(`${place}/`))
    )
      throw specInvalid(
        `${where}.target`,
        `is "${target}", which is the runtime's`,
        'Mount it elsewhere, as at /workspace',
      );
    if (before.some((other) => other.target === target))
      throw specInvalid(`${where}.target`, `is "${target}" a second time`, 'Mount each place once');
    const source = mount.kind === 'bind' ? sourceState(where, mount.source) : undefined;
    if (
      mount.kind === 'tmpfs' &&
      !(mount.bytesMax >= limits.temporaryBytesMin && mount.bytesMax <= limits.memoryBytesMax)
    )
      throw specInvalid(`${where}.bytesMax`, `is ${mount.bytesMax}`, `Use ${limits.temporaryBytesMin} or more`);
    checkTarget(where, { target, isDirectory: source?.isDirectory() ?? true, before, rootDirectory });
    before.push(mount);
  }
}

function sourceState(where: string, source: string): Stats {
  try {
    return statSync(checkedPath(`${where}.source`, source));
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw specInvalid(`${where}.source`, `"${source}" is not there`, 'Make it first');
    throw error;
  }
}

interface Target {
  readonly target: string;
  readonly isDirectory: boolean;
  readonly before: readonly ContainerMount[];
  readonly rootDirectory: string;
}

/**
 * A target has to be there already: a runtime would make it in the root directory, which is shared and named by its contents. And no part of
 * its path may be a symbolic link, which some runtimes follow out of the root.
 */
function checkTarget(where: string, { target, isDirectory: directory, before, rootDirectory }: Target): void {
  const above = before.toReversed().find((mount) => target.startsWith(`${mount.target}/`));
  // In an empty directory in memory the runtime makes it, and that is the container's own.
  if (above?.kind === 'tmpfs') return;
  if (target.startsWith('/tmp/')) return;
  let at = above ? above.source : rootDirectory;
  const parts = target
    .slice(above ? above.target.length : 0)
    .split('/')
    .filter(Boolean);
  for (const [index, part] of parts.entries()) {
    at = path.join(at, part);
    const state = lstatSync(at, { throwIfNoEntry: false });
    if (!state)
      throw specInvalid(
        `${where}.target`,
        `"${target}" is not in the root directory`,
        'Put it there when you build it',
      );
    const wantsDirectory = directory || index < parts.length - 1;
    if (wantsDirectory !== state.isDirectory() || state.isSymbolicLink())
      throw specInvalid(`${where}.target`, `"${target}" is of another kind than its source`, 'Mount files upon files');
  }
}

function checkedPath(where: string, value: string): string {
  const plain =
    value.startsWith('/') && path.posix.normalize(value) === value && (value === '/' || !value.endsWith('/'));
  if (!plain || Buffer.byteLength(value) > limits.pathBytesMax || /[\0\n]/.test(value))
    throw specInvalid(
      where,
      `is ${JSON.stringify(value.slice(0, 200))}`,
      'Write an absolute path without "..", "." and a slash at its end',
    );
  return value;
}

function isDirectory(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
