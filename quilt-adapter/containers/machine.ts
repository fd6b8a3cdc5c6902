/** What of the machine's own programs is used, and as whom we run. */
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** Never the caller's PATH: what runs as root comes from where only root writes. */
const searchDirectories = [
  '/usr/bin',
  '/bin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/run/current-system/sw/bin',
];

/** Programs and rights of this machine. */
export interface Machine {
  readonly isRoot: boolean;
  readonly shell: string;
  readonly searchPath: string;
  /** What this process may open; a container cannot have more. */
  readonly openFilesMax: number;
  /** The path of a program; undefined where it is not installed. */
  find(program: string): string | undefined;
}

/** Looks at the machine. `directories` are for tests, which hide programs. */
export function inspectMachine(directories: readonly string[] = searchDirectories): Machine {
  return {
    isRoot: process.geteuid?.() === 0,
    shell: '/bin/sh',
    searchPath: directories.join(':'),
    openFilesMax: hardOpenFilesMax(),
    find: (program) => directories.map((directory) => path.join(directory, program)).find(isProgram),
  };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** proc(5): `Max open files  <soft>  <hard>  files`. */
function hardOpenFilesMax(): number {
  try {
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return hard === undefined ? 1024 : Number(hard);
  } catch {
    return 1024;
  }
}
