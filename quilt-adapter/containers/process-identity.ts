/** Which process a number means: numbers come again, number and start time together do not, until the machine starts anew. */
import { readFileSync } from 'node:fs';

/** A process of this boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of `/proc/<pid>/stat` (proc(5)). */
  readonly startTicks: number;
}

/** The process that has this number now; undefined if none has. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, field 2, may hold anything, a parenthesis too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie is dead: field 3.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs. */
export function isAlive({ pid, startTicks }: ProcessIdentity): boolean {
  return identityOf(pid)?.startTicks === startTicks;
}

/** What tells one boot of the machine from another; empty where the kernel does not say. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
