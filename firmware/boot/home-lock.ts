/**
 * One host for one data directory.
 * - The lock is the kernel's: it ends with the process, after `kill -9` too, and no number of a process is ever believed.
 * - `lock.holder` beside it only tells others who it is; it may be of a process that is gone.
 */
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '#wit/errors';
import { directoryMade } from '../../bin/directory-made.js';
import { type FileLock, isLocked, lockFile } from '../stores/file-lock.ts';
import { storeError } from '../stores/store-error.ts';
import { homeLocked, homeUnusable } from './errors.ts';

/** Who has a data directory. */
export interface HomeHolder {
  readonly pid: number;
  readonly sinceMs: number;
  /** Name of the machine or container. */
  readonly machine: string;
}

/** The data directory belongs to the holder of this until it is disposed. */
export interface HomeLock extends Disposable {
  readonly holder: HomeHolder;
}

/** `aria doctor` looks for a moment with a lock that others can share; a host waits for it and for no host. Milliseconds. */
const lookMsMax = 250;
/** ECMAScript's last moment. */
const dateMsMax = 8.64e15;

/**
 * Takes a data directory, which is made where it is missing.
 * @throws {CodedError} `HOME_LOCKED` with the holder as far as it is known, `STORE_FULL`, `IO_FAILED`.
 */
export function lockHome(home: string, { nowMs, pid }: { readonly nowMs: number; readonly pid: number }): HomeLock {
  if (!directoryMade(home) || !statSync(home).isDirectory())
    throw homeUnusable(home, 'it is no directory, and none can be made there');
  let lock: FileLock | undefined;
  try {
    lock = lockFile(join(home, 'lock'), lookMsMax);
  } catch (cause) {
    const told = storeError(`use the data directory "${home}"`, cause);
    if (told instanceof CodedError && told.code === 'STORE_FULL') throw told;
    throw homeUnusable(home, cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (lock === undefined) throw homeLocked(home, readHolder(home));
  const holder: HomeHolder = { pid, sinceMs: nowMs, machine: hostname() };
  writeHolder(home, holder);
  let held = true;
  return {
    holder,
    [Symbol.dispose]() {
      if (held) rmSync(holderPath(home), { force: true });
      held = false;
      lock[Symbol.dispose]();
    },
  };
}

/** Who has a data directory now: `free`, or the holder as far as it says who it is. @throws what SQLite throws where it cannot look. */
export function homeHolder(home: string): 'free' | HomeHolder | 'unknown' {
  if (!statSync(join(home, 'lock'), { throwIfNoEntry: false })?.isFile() || !isLocked(join(home, 'lock')))
    return 'free';
  return readHolder(home) ?? 'unknown';
}

/** Of a process that had the lock before; whoever has it now is about to say so. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'EPERM';
  }
}

function holderPath(home: string): string {
  return join(home, 'lock.holder');
}

/** Without it others are told less; a full disk must not be a reason not to start. */
function writeHolder(home: string, holder: HomeHolder): void {
  const aside = `${holderPath(home)}.${holder.pid}`;
  try {
    writeFileSync(aside, JSON.stringify(holder), { mode: 0o600 });
    renameSync(aside, holderPath(home));
    chmodSync(join(home, 'lock'), 0o600);
  } catch {
    rmSync(aside, { force: true });
    rmSync(holderPath(home), { force: true });
  }
}

function readHolder(home: string): HomeHolder | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(holderPath(home), 'utf8'));
    if (typeof found !== 'object' || found === null) return undefined;
    const { pid, sinceMs, machine } = found as Readonly<Record<string, unknown>>;
    const fine = Number.isSafeInteger(pid) && Number.isSafeInteger(sinceMs) && typeof machine === 'string';
    if (!fine || Math.abs(Number(sinceMs)) > dateMsMax) return undefined;
    const holder = { pid: Number(pid), sinceMs: Number(sinceMs), machine: machine.slice(0, 253) };
    return holder.machine === hostname() && isGone(holder.pid) ? undefined : holder;
  } catch {
    return undefined;
  }
}
