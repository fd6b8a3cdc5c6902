/**
 * The process that compiles: `node compile-child.js LIBRARY MEMORY_BYTES PARENT_PID NICE`. Whatever a component does to the compiler, it does
 * it here: this process has limits, nothing of the host in it, and ends with its parent.
 *
 * Frames in both directions: two numbers of 4 bytes, little-endian, that count what follows: JSON, then bytes.
 * In: `{ kind, settings }` and WebAssembly. Out: `{ ok: true }` and code, or `{ ok: false, reason }`; before all others one without code, which
 * says that it is ready.
 *
 * Plain JavaScript: taking types away would triple the time until the first compile.
 */
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';
import process from 'node:process';

const [library = '', memoryBytes = '', parent = '', nice = '0'] = process.argv.slice(2);
const prefixBytes = 8;

// Before there are threads of the compiler: they take it over from this one.
if (nice !== '0') setPriority(Number(nice));
const { endWithParent, limitMemory, compileModule, compileComponent } = createRequire(import.meta.url)(library);
// Where the system can do it: otherwise this process ends with the compile that it is in.
endWithParent?.();
limitMemory(Number(memoryBytes));

/**
 * @param {Buffer} head
 * @param {Buffer} bytes
 * @returns {readonly [head: Record<string, unknown>, bytes: Uint8Array]}
 */
function answer(head, bytes) {
  try {
    const { kind, settings } = JSON.parse(head.toString());
    const compile = kind === 'module' ? compileModule : compileComponent;
    return [{ ok: true }, compile(bytes, settings)];
  } catch (error) {
    return [{ ok: false, reason: error instanceof Error ? error.message : String(error) }, new Uint8Array()];
  }
}

/** @param {readonly [head: Record<string, unknown>, bytes: Uint8Array]} frame */
function send([head, bytes]) {
  const json = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(bytes.length, 4);
  for (const part of [prefix, json, bytes]) process.stdout.write(part);
}

/** Nothing of this process outlives its end. */
function end() {
  // oxlint-disable-next-line unicorn/no-process-exit -- this file is a program
  process.exit(0);
}

/** @type {Buffer[]} */
let chunks = [];
let length = 0;
let wanted = prefixBytes;

/** Chunks are put together once for each frame, and not once for each chunk. */
function takeFrames() {
  while (length >= wanted) {
    const all = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    chunks = [all];
    const headBytes = all.readUInt32LE(0);
    wanted = prefixBytes + headBytes + all.readUInt32LE(4);
    if (length < wanted) return;
    const bytesStart = prefixBytes + headBytes;
    send(answer(all.subarray(prefixBytes, bytesStart), all.subarray(bytesStart, wanted)));
    chunks = [all.subarray(wanted)];
    length -= wanted;
    wanted = prefixBytes;
  }
}

process.stdin.on('data', (chunk) => {
  chunks.push(chunk);
  length += chunk.length;
  takeFrames();
});
// The parent closed its end, or is gone.
process.stdin.on('end', end);
process.stdout.on('error', end);
// It may have gone before this process was bound to it.
if (process.ppid === Number(parent)) send([{ ok: true }, new Uint8Array()]);
else end();
