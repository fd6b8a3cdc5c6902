/** What the machine uses. */
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import type { ContainerState, SystemMetrics } from './container-runtime.ts';

/** Reads it now. Memory counts as used where it could not be had without swapping. */
export function systemMetrics(states: readonly ContainerState[], atMs: number): SystemMetrics {
  const memoryBytes = totalmem();
  return {
    atMs,
    cpuCount: cpus().length,
    loadAverage: loadavg(),
    memoryBytes,
    memoryBytesUsed: memoryBytes - freemem(),
    containersTotal: states.length,
    containersRunning: states.filter((state) => state === 'running').length,
  };
}
