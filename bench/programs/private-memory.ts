/** The memory that belongs to this process alone, as Linux counts it. */
import { readFileSync } from 'node:fs';

/**
 * Private memory in KiB that has been written to. Clean pages of mapped files, such as compiled code, are the page cache's: they are there once
 * for all processes, and the kernel takes them back when it needs them.
 */
export function privateKiB(): number {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return Number(/^Private_Dirty:\s+(\d+)/m.exec(rollup)?.[1] ?? Number.NaN);
}
