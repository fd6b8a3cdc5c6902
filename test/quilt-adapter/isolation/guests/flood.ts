/** Writes to its streams without end, whether anybody reads or not. Words: which ones. */
import * as fs from 'node:fs';
import process from 'node:process';

const chunk = Buffer.alloc(65_536, 'x');
const streams = process.argv.slice(2).map(Number);
for (;;)
  for (const stream of streams) {
    try {
      fs.writeSync(stream, chunk);
    } catch {
      // The pipe is full, and it does not wait: again.
    }
  }
