/** On a machine with control groups v1 the daemon reads the files of v2, and reports every figure of a container as 0, some disk traffic aside. */
import type { ContainerMetrics } from '../../runtime/container-runtime.ts';
import type { WireContainerMetric } from '../messages.ts';
import { timeMs } from './time-units.ts';

/** Figures of a container. A process that runs uses memory: where there is none, nothing of its group was read. */
export function containerMetrics(metric: WireContainerMetric, nowMs: number): ContainerMetrics {
  const read = metric.memoryCurrentBytes > 0;
  const known = (value: number): number | undefined => (read && Number.isSafeInteger(value) ? value : undefined);
  const limited = metric.memoryLimitBytes > 0 ? known(metric.memoryLimitBytes) : undefined;
  const peak = metric.memoryPeakBytes >= metric.memoryCurrentBytes ? known(metric.memoryPeakBytes) : undefined;
  return {
    id: metric.containerId,
    atMs: timeMs('metrics', metric.timestamp) ?? nowMs,
    cpuMs: read ? metric.cpuUsageUsec / 1_000 : undefined,
    memoryBytes: known(metric.memoryCurrentBytes),
    memoryBytesPeak: peak,
    memoryBytesMax: limited,
    processes: undefined,
    readBytes: known(metric.diskReadBytes),
    writtenBytes: known(metric.diskWriteBytes),
  };
}

/** Figures of a container of which there are none. */
export function noMetrics(id: string, nowMs: number): ContainerMetrics {
  return {
    id,
    atMs: nowMs,
    cpuMs: undefined,
    memoryBytes: undefined,
    memoryBytesPeak: undefined,
    memoryBytesMax: undefined,
    processes: undefined,
    readBytes: undefined,
    writtenBytes: undefined,
  };
}
