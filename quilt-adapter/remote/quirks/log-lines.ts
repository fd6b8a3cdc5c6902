/**
 * GetContainerLogs has lifecycle lines of the daemon, never what the workload writes. They come newest first, with a time in words that is another at
 * each look ("[INFO] [12s ago] text").
 */
import type { ContainerLogLine } from '../../runtime/container-runtime.ts';
import type { WireLogEntry } from '../messages.ts';
import { timeMs } from './time-units.ts';

/** The newest `tail` lines, oldest first. */
export function logLines(logs: readonly WireLogEntry[], tail: number): readonly ContainerLogLine[] {
  const lines = logs.toReversed().map(({ timestamp, message }): ContainerLogLine => ({
    atMs: timeMs('log', timestamp) ?? 0,
    stream: 'runtime',
    text: message.replace(/^(\[[A-Z]+\] )\[\d+\w+ ago\] /, '$1'),
  }));
  // The sort is stable: within a second the order of the daemon stays.
  lines.sort((left, right) => left.atMs - right.atMs);
  return tail > 0 ? lines.slice(-tail) : [];
}
