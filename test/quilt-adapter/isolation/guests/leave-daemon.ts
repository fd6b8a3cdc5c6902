/** Leaves a process behind that holds its streams open, and ends. */
import { spawn } from 'node:child_process';
import process from 'node:process';

spawn('/bin/bun', ['--no-install', '/aria/guests/waits.ts'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
}).unref();
setTimeout(() => process.exit(0), 100);
