/** Whether a command may ask. */
import process from 'node:process';

/** Whether there is somebody to ask. On a terminal that says it has no columns, as serial lines do, questions would be endless. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && process.stderr.columns > 0;
}
