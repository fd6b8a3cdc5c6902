/** The smallest program there is: a static ELF file that ends with a status of its own. A probe runs it, so that it needs no Bun. */
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makePassableSync } from './passable.ts';
import type { SyscallArchitecture } from './syscalls.ts';

/** What the program ends with: no runtime has it for anything. */
export const probeStatus = 42;

/** exit_group(42). */
const code: Readonly<Record<SyscallArchitecture, readonly number[]>> = {
  // mov edi, 42; mov eax, 231; syscall
  x64: [0xbf, probeStatus, 0, 0, 0, 0xb8, 231, 0, 0, 0, 0x0f, 0x05],
  // mov x0, #42; mov x8, #94; svc #0
  arm64: [0x40, 0x05, 0x80, 0xd2, 0xc8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4],
};
const machine: Readonly<Record<SyscallArchitecture, number>> = { x64: 62, arm64: 183 };
const address = 0x400000n;
const headerBytes = 64;
const programHeaderBytes = 56;

/** The file's bytes: an ELF header, one segment, and the code (System V ABI, "Object Files"). */
export function probeProgram(architecture: SyscallArchitecture): Uint8Array {
  const start = headerBytes + programHeaderBytes;
  const size = start + code[architecture].length;
  const file = Buffer.alloc(size);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine[architecture], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(address + BigInt(start), 24);
  file.writeBigUInt64LE(BigInt(headerBytes), 32);
  file.writeUInt16LE(headerBytes, 52);
  file.writeUInt16LE(programHeaderBytes, 54);
  file.writeUInt16LE(1, 56);
  // PT_LOAD, readable and executable, all of the file.
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(address, 80);
  file.writeBigUInt64LE(address, 88);
  file.writeBigUInt64LE(BigInt(size), 96);
  file.writeBigUInt64LE(BigInt(size), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(code[architecture], start);
  return file;
}

/** Makes a root directory that holds nothing else. */
export function writeProbeRoot(directory: string, architecture: SyscallArchitecture): void {
  for (const name of ['proc', 'dev', 'tmp']) makePassableSync(path.join(directory, name));
  const program = path.join(directory, 'probe');
  writeFileSync(program, probeProgram(architecture));
  chmodSync(program, 0o755);
}
