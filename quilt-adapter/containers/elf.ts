/**
 * What an ELF file needs to run: its interpreter and libraries, read from the file. `ldd` would run it, or a shell script.
 * Layout: System V ABI, chapter "Object Files", 64-bit little-endian, which x64 and arm64 are.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { rootUnavailable } from './errors.ts';

/** `e_machine`. */
const machines: ReadonlyMap<number, NodeJS.Architecture> = new Map([
  [62, 'x64'],
  [183, 'arm64'],
]);
const programHeaderBytes = 56;
const programHeadersMax = 256;
const dynamicBytesMax = 64 * 1024;
const stringBytesMax = 4096;
const segment = { load: 1, dynamic: 2, interpreter: 3 } as const;
const tag = { end: 0, needed: 1, stringTable: 5 } as const;

/** What the loader will look for. */
export interface ElfFacts {
  readonly architecture: NodeJS.Architecture;
  /** Absent in a library. */
  readonly interpreter: string | undefined;
  /** Names, as `libc.so.6`, in the order of the file. */
  readonly needed: readonly string[];
}

interface Segment {
  readonly kind: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/** Reads the facts of a file. @throws `CONTAINERS_UNAVAILABLE` if it is no program or library of a known machine. */
export function readElf(path: string): ElfFacts {
  const descriptor = openSync(path, 'r');
  try {
    return readFacts(path, (offset, bytes) => {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, offset));
    });
  } finally {
    closeSync(descriptor);
  }
}

type Read = (offset: number, bytes: number) => Buffer;

function readFacts(path: string, read: Read): ElfFacts {
  const header = read(0, 64);
  const refuse = (state: string) => rootUnavailable(`"${path}"`, state, 'Install the package again that it is from');
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) throw refuse('is no ELF file');
  if (header[4] !== 2 || header[5] !== 1) throw refuse('is not of a 64-bit little-endian machine');
  const architecture = machines.get(header.readUInt16LE(18));
  if (architecture === undefined) throw refuse('is of a machine that is neither x64 nor arm64');
  const count = header.readUInt16LE(56);
  if (header.readUInt16LE(54) !== programHeaderBytes || count > programHeadersMax) throw refuse('is damaged');
  const segments = readSegments(read(Number(header.readBigUInt64LE(32)), count * programHeaderBytes));
  const interpreter = segments.find(({ kind }) => kind === segment.interpreter);
  return {
    architecture,
    interpreter: interpreter && text(read(interpreter.offset, Math.min(interpreter.bytes, stringBytesMax)), 0),
    needed: readNeeded(segments, read),
  };
}

function readSegments(table: Buffer): Segment[] {
  const segments: Segment[] = [];
  for (let at = 0; at + programHeaderBytes <= table.length; at += programHeaderBytes) {
    segments.push({
      kind: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      bytes: Number(table.readBigUInt64LE(at + 32)),
    });
  }
  return segments;
}

function readNeeded(segments: readonly Segment[], read: Read): string[] {
  const dynamic = segments.find(({ kind }) => kind === segment.dynamic);
  if (!dynamic) return [];
  const table = read(dynamic.offset, Math.min(dynamic.bytes, dynamicBytesMax));
  const nameOffsets: number[] = [];
  let strings: number | undefined;
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const kind = Number(table.readBigInt64LE(at));
    const value = Number(table.readBigUInt64LE(at + 8));
    if (kind === tag.end) break;
    if (kind === tag.needed) nameOffsets.push(value);
    if (kind === tag.stringTable) strings = fileOffset(segments, value);
  }
  if (strings === undefined) return [];
  const start = strings;
  return nameOffsets.map((offset) => text(read(start + offset, stringBytesMax), 0));
}

/** The dynamic table names addresses of the running program; segments say where in the file those are. */
function fileOffset(segments: readonly Segment[], address: number): number | undefined {
  const home = segments.find(
    ({ kind, address: start, bytes }) => kind === segment.load && address >= start && address < start + bytes,
  );
  return home && address - home.address + home.offset;
}

function text(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('latin1', at, end < 0 ? bytes.length : end);
}
