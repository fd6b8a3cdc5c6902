/** Tries to start another program, and a second process of itself, by every way that there is. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { call, report, tell } from './system-calls.ts';

/** The child's end, from the parent; an error where there is no child. In the child it does not return. */
function fork(name: 'fork' | 'vfork' | 'clone', flags = 0): number {
  const made = name === 'clone' ? call(name, flags | 17, 0, 0, 0, 0) : call(name);
  if (made === 0) process.kill(process.pid, 'SIGKILL');
  if (made > 0) call('wait4', made, 0, 0, 0);
  return Math.sign(made) || made;
}
const result = {
  program: tell(() => spawnSync('/bin/bun', ['--version'], { timeout: 5000 }).status ?? 'refused'),
  fork: fork('fork') < 0 ? 'refused' : 'made',
  // vfork(2) shares the memory of a JavaScript engine: only whether it is refused can be looked at.
  clone: fork('clone') < 0 ? 'refused' : 'made',
  clone3: call('clone3', new Uint8Array(64), 64),
  execveat: call('execveat', -100, '/nothing', 0, 0, 0),
  families: [1, 2, 10].filter((family) => call('socket', family, 1, 0) >= 0),
  datagrams: [1, 2, 10].filter((family) => call('socket', family, 2, 0) >= 0),
  file: tell(() => {
    fs.copyFileSync('/aria/guests/start-others.ts', '/tmp/program');
    fs.chmodSync('/tmp/program', 0o755);
    return spawnSync('/tmp/program', []).status ?? 'refused';
  }),
};
const worker = new Worker('postMessage(1)', { eval: true });
worker.once('error', () => report({ ...result, thread: 'refused' }));
worker.once('message', () => {
  report({ ...result, thread: 'made' });
  process.exit(0);
});
