/**
 * Why a container is FAILED stands nowhere on the wire: `error_message` is always "Container failed", and the logs rarely have an ERROR line. The time
 * that it took tells the two common causes apart.
 */
import type { WireLogEntry } from '../messages.ts';

/** Of the start deadline of 15 s: the daemon as published gives up after 12.2 s, or 7.2 s; a bad image fails within 25 ms. */
const readinessPart = 0.25;

/** Lines that may say why; at most ten. */
export function errorLines(logs: readonly WireLogEntry[]): readonly string[] {
  return logs
    .filter(({ message }) => message.startsWith('[ERROR]'))
    .map(({ message }) => message.slice(0, 500))
    .slice(0, 10);
}

/** What to do about a start that failed after so long. */
export function startRemedy(afterMs: number, startMs: number): string {
  return afterMs >= startMs * readinessPart
    ? 'Let something on the daemon\'s machine create "/tmp/quilt_ready_<id>", which it waits for and nothing of it writes, or patch the daemon'
    : "Check that the image is a .tar.gz of a root directory on the daemon's machine, and that it holds the program";
}
