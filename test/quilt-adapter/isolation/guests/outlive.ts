/**
 * Makes processes that want to outlive it: daemons by a double fork, in sessions of their own, deaf to signals, under other names, with its
 * streams still open. Words: whether it ends by itself then, or waits.
 */
import * as fs from 'node:fs';
import process from 'node:process';
import { call } from './system-calls.ts';

const signals = [1, 2, 3, 10, 12, 13, 14, 15];
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const)
  process.on(signal, () => undefined);

function fork(): number {
  return process.arch === 'x64' ? call('fork') : call('clone', 17, 0, 0, 0, 0);
}
for (let index = 0; index < 5; index += 1) {
  if (fork() !== 0) continue;
  call('setsid');
  if (fork() !== 0) process.kill(process.pid, 'SIGKILL');
  call('prctl', 15, index % 2 === 0 ? 'aria-keeper' : ') R 1 1 (');
  // As long as it lives it takes compute: one that slept could be missed.
  for (let round = 0; ; round += 1) if (round % 1_000_000 === 0) call('setsid');
}
fs.writeSync(1, 'up\n');
if (process.argv[2] === 'end') process.exit(0);
// Everybody that it can see or name, as the machine's numbers and as its own; none is another container's or the host's.
for (const signal of signals) {
  call('kill', 0, signal === 15 ? 0 : signal === 1 ? 1 : 0);
  call('kill', -1, signal === 14 ? 14 : 0);
}
for (let pid = 2; pid < 70_000; pid += 1) call('kill', -pid, 9);
const victim = Number(process.argv[3] ?? 0);
if (victim > 0) for (const signal of [9, 15, 19]) call('kill', victim, signal);
fs.writeSync(1, 'signalled\n');
for (;;) call('getpid');
