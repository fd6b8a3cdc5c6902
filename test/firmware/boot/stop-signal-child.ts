/** A process that says which way of stopping it was told, and leaves at the second. */
import process from 'node:process';
import { listenForStop } from '../../../firmware/boot/stop-signal.ts';

const stop = listenForStop(process, () => performance.now());
const say = (text: string): void => void process.stdout.write(`${text}\n`);
stop.drain.addEventListener('abort', () => say(`drain ${String(stop.drain.reason)}`));
stop.now.addEventListener('abort', () => {
  say('now');
  process.exit(130);
});
setInterval(() => undefined, 60_000);
say('listening');
