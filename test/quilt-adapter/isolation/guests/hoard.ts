/** Takes as much memory as it gets, in one of the forms in which memory can be had. Says "up" when it has begun; tells how far it came, if it comes to an end. */
import * as fs from 'node:fs';
import net from 'node:net';
import process from 'node:process';
import { call, report, tell } from './system-calls.ts';

const [, , kind = '', amount = '512'] = process.argv;
const mebibyte = 1024 * 1024;
const wanted = Number(amount);
const filled = new Uint8Array(mebibyte).fill(7);

/** Until it is refused; what was had. */
function until(most: number, take: (index: number) => boolean): number {
  for (let index = 0; index < most; index += 1) if (!take(index)) return index;
  return most;
}

const kinds: Readonly<Record<string, () => void>> = {
  /** Shared memory without a name. */
  shared() {
    until(wanted, () => {
      const page = call('mmap', 0, mebibyte, 3, 0x21, -1, 0);
      // The kernel writes into it: every page is there then.
      const handle = call('openat', -100, '/dev/zero', 0, 0);
      return page > 0 && call('read', handle, page, mebibyte) > 0 && fs.closeSync(handle) === undefined;
    });
  },
  /** Files without a name, of which a mount's size knows nothing. */
  memfd() {
    until(wanted, () => {
      const file = call('memfd_create', 'hoard', 0);
      return file >= 0 && until(8, () => call('write', file, filled, mebibyte) === mebibyte) === 8;
    });
  },
  /** Full pipes of the largest size. */
  pipes() {
    until(wanted, () => {
      const ends = new Int32Array(2);
      if (call('pipe2', new Uint8Array(ends.buffer), 0o4000) < 0) return false;
      const end = ends[1] ?? 0;
      call('fcntl', end, 1031, mebibyte);
      return until(2, () => call('write', end, filled, mebibyte) > 0) > 0;
    });
  },
  /** Letters that nobody reads. */
  letters() {
    until(wanted, () => {
      const ends = new Int32Array(2);
      if (call('socketpair', 1, 1, 0, new Uint8Array(ends.buffer)) < 0) return false;
      const end = ends[1] ?? 0;
      call('fcntl', end, 4, 0o4000);
      return until(64, () => call('write', end, filled, 65_536) > 0) > 0;
    });
  },
  /** Reads and writes far more of a file on the disk than it may have of memory: that goes, so it may. */
  cache() {
    const file = fs.openSync('/workspace/large', 'w+');
    for (let index = 0; index < wanted; index += 1) fs.writeSync(file, filled, 0, mebibyte, index * mebibyte);
    const buffer = Buffer.alloc(mebibyte);
    for (let index = 0; index < wanted; index += 1) fs.readSync(file, buffer, 0, mebibyte, index * mebibyte);
    fs.closeSync(file);
  },
  /** Maps a file on the disk, and touches all of it. */
  mapped() {
    const file = fs.openSync('/workspace/mapped', 'w+');
    fs.ftruncateSync(file, wanted * mebibyte);
    const address = call('mmap', 0, wanted * mebibyte, 3, 1, file, 0);
    const zero = fs.openSync('/dev/zero', 'r');
    for (let index = 0; index < wanted; index += 1) call('read', zero, address + index * mebibyte, mebibyte);
  },
};

process.stdout.write('up\n');
if (kind === 'connections') connections();
else {
  const had = tell(() => kinds[kind]?.());
  report({ had });
}

/** Connections to itself, with all that the kernel lets wait in them. */
function connections(): void {
  let written = 0;
  const server = net
    .createServer((socket) => socket.pause())
    .listen(7777, '127.0.0.1', () => {
      for (let index = 0; index < 80; index += 1) {
        const socket = net.connect(7777, '127.0.0.1', () => {
          for (let part = 0; part < 6; part += 1) socket.write(filled);
          written += 1;
          if (written === 80) setTimeout(() => report({ written }), 1000);
        });
        socket.on('error', () => undefined);
      }
    });
  server.on('connection', (socket) => socket.on('error', () => undefined));
}
