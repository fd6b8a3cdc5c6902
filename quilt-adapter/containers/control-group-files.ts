/** Reading and writing the files of control groups, the same for both versions. */
import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** A file's text; empty if it is not there, since a controller may be missing or the group gone. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A file that holds one number; `max` and what is missing are undefined. */
export function readNumber(file: string): number | undefined {
  const text = readText(file).trim();
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The number behind a word, in a file of lines as `oom_kill 1`. */
export function readField(file: string, name: string): number | undefined {
  for (const line of readText(file).split('\n')) {
    const [key, value] = line.split(' ');
    if (key === name && value !== undefined && /^\d+$/.test(value)) return Number(value);
  }
  return undefined;
}

/** Writes where the kernel, or an older one, may not have the file. */
export function writeIfThere(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'r+' });
  } catch {
    // The machine has no such knob: what it is for is not limited, and nothing else depends on it.
  }
}

/** Process ids of a directory of a group. */
export function readMembers(directory: string): number[] {
  return readText(path.join(directory, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
}

/** Groups in a directory. */
export function listGroups(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch {
    return [];
  }
}

/** Makes a group's directory and those above it. Another host may remove an empty one above in between. */
export function makeGroup(directory: string): void {
  for (let attempt = 0; ; attempt += 1) {
    try {
      mkdirSync(directory, { recursive: true });
      return;
    } catch (error) {
      if (attempt >= 8) throw error;
    }
  }
}

/** Removes a directory of groups, and those above it that are empty then. */
export function removeHome(mount: string, groupPath: string): void {
  removeGroup(path.join(mount, groupPath));
  for (let at = path.posix.dirname(groupPath); at !== '.' && at !== '/'; at = path.posix.dirname(at)) {
    try {
      rmdirSync(path.join(mount, at));
    } catch {
      return;
    }
  }
}

/** Removes a group and the groups in it; false while a process is in one. */
export function removeGroup(directory: string): boolean {
  for (const name of listGroups(directory)) removeGroup(path.join(directory, name));
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

/** Ends processes, this one never. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    if (pid === 0 || pid === process.pid) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
