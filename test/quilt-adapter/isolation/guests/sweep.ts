/** Makes every system call by number but those that it is told of, with nothing in them, and tells what each was answered. */
import process from 'node:process';
import { callNumber, report } from './system-calls.ts';

const allowed = new Set(JSON.parse(process.argv[2] ?? '[]') as number[]);
/** Beyond the newest of Linux 6.18, and the numbers at which filters have been passed by: x32's, negative ones. */
const numbers = [...Array.from({ length: 600 }, (_, number) => number), 1000, 4095, 0x3fff_ffff];
// runc's filter ends who takes these, so they are tried one by one elsewhere.
if (process.argv[3] === 'x32') {
  numbers.push(0x7fff_ffff, -1, -2);
  for (let number = 0; number < 600; number += 1) numbers.push(0x4000_0000 + number);
}
/** What the kernel keeps for its own probes on x64: it passes them by every filter, and ends who makes them by himself (SIGILL). */
if (process.arch === 'x64') for (const number of [335, 336]) allowed.add(number);
const answers: Record<string, number[]> = {};
for (const number of numbers) {
  if (allowed.has(number)) continue;
  const answer = callNumber(number);
  (answers[answer] ??= []).push(number);
}
report(answers);
