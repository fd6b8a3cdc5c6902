/** A process that takes a data directory, says so, and holds it until it is killed or its stdin ends. */
import process from 'node:process';
import { lockHome } from '../../../firmware/boot/home-lock.ts';
import { toWireError } from '#wit/errors';

const [home = ''] = process.argv.slice(2);
try {
  const lock = lockHome(home, { nowMs: Date.now(), pid: process.pid });
  process.stdout.write(`${JSON.stringify({ locked: true, pid: process.pid })}\n`);
  process.stdin.resume().on('end', () => {
    lock[Symbol.dispose]();
    process.exit(0);
  });
} catch (thrown) {
  process.stdout.write(`${JSON.stringify({ locked: false, error: toWireError(thrown) })}\n`);
}
