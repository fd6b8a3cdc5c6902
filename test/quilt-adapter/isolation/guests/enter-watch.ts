/**
 * The first process of a container that others are made to enter: it looks at every process that appears, as long as it is still the
 * runtime's, and takes hold of whatever file of the machine is reached by it.
 */
import * as fs from 'node:fs';
import process from 'node:process';
import { call } from './system-calls.ts';

function entriesOf(place: string): readonly string[] {
  try {
    return fs.readdirSync(place);
  } catch {
    // It has ended, or is not for everybody to look at.
    return [];
  }
}

const own = new Set(entriesOf('/'));
const got = new Set<string>();
let seen = 0;

/** A way to write the runtime's own program. */
function tryProgram(place: string, target: string): void {
  const handle = call('openat', -100, place, 1, 0);
  if (handle < 0) return;
  got.add(`written: ${target}`);
  fs.closeSync(handle);
}

/** A file that the runtime has open still. */
function tryFile(name: string, target: string): void {
  if (target.startsWith('/') && !/^\/(dev|bin|lib|proc\/\d+)\b/.test(target)) got.add(`${name}: ${target}`);
}

function tryProcess(pid: string): void {
  for (const name of ['exe', 'fd/3', 'fd/4', 'fd/5', 'fd/6', 'fd/7', 'fd/8', 'fd/9', 'fd/10']) {
    const place = `/proc/${pid}/${name}`;
    try {
      const target = fs.readlinkSync(place);
      if (name === 'exe') tryProgram(place, target);
      else tryFile(name, target);
    } catch {
      // It is not there, or not for everybody to look at.
    }
  }
  for (const name of ['root', 'cwd'])
    for (const entry of entriesOf(`/proc/${pid}/${name}`)) if (!own.has(entry)) got.add(`${name}: ${entry}`);
}

fs.writeSync(1, 'up\n');
const end = Date.now() + Number(process.argv[2] ?? 2000);
while (Date.now() < end) {
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || pid === '1') continue;
    seen += 1;
    tryProcess(pid);
  }
}
fs.writeSync(1, `${JSON.stringify({ got: [...got], seen: seen > 0 })}\n`);
