/** Takes the entrances of 32-bit programs (x64 only): their calls have other numbers, by which a filter for 64 bits may be passed by. Word: which. */
import { CFunction, toArrayBuffer } from 'bun:ffi';
import process from 'node:process';
import { call, callNumber, report } from './system-calls.ts';

/** getpid of the 32-bit machine, and of x32. */
function throughInterrupt(): number {
  const [readWriteExecute, privateAnonymous] = [7, 0x22];
  const page = call('mmap', 0, 4096, readWriteExecute, privateAnonymous, -1, 0);
  // mov eax, 20; int 0x80; ret
  new Uint8Array(toArrayBuffer(page, 0, 16)).set([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]);
  return Number(CFunction({ ptr: page, args: [], returns: 'i32' })());
}

report({ ready: true });
const answer = process.argv[2] === 'x32' ? callNumber(0x4000_0000 + 39) : throughInterrupt();
report({ answer });
process.exit(0);
