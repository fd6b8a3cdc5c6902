/**
 * Components of sources that were built before. A directory of files, shared by all processes of a user:
 * - the name is the BLAKE3 of everything that a component depends on, so that an entry never has to be replaced;
 * - a file is a head and the component. The head is the BLAKE3 of the component (32 bytes), the lengths of the readings and of the
 *   component, and a checksum of the head (4 bytes each), then the readings as JSON. What does not fit is a miss, and is written again;
 * - who asks for the hash alone reads the head alone: of ten tools that did not change that is 20 MB that nobody reads;
 * - the least recently used go first when the directory has grown beyond its maximum.
 */
import { open, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type RebuildOptions, type Rebuilt, rebuild } from '#guest-engine';
import { hashBytes } from '#wit/bundle';
import { pruneDirectory } from './prune-directory.ts';
import { writeAtomically } from './write-atomically.ts';

/** What the directory may hold in bytes: some 350 components. */
const cacheBytesMax = 512 * 1024 * 1024;
/** Counted up when the same template and source would give other bytes than before. */
const rebuildVersion = 3;
const hashBytesLength = 32;
/** Stacks of at most 64 places; a tool with longer ones is built each time. */
const readingsBytesMax = 256 * 1024;
const checksumAt = hashBytesLength + 8;
const headBytes = checksumAt + 4;

/** Everything that a component depends on. */
export type ComponentSource = Pick<RebuildOptions, 'template' | 'name' | 'source' | 'imports' | 'memoryBytesMax'>;

/** Where components are kept, and what ends waiting for them. */
export interface ComponentCacheSetup {
  readonly cacheDirectory: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The component of a source, kept or rebuilt.
 * @throws {CodedError} `BUILD_FAILED` where the top level throws, loops or grows; `CANCELLED`.
 */
export async function cachedComponent(
  wanted: ComponentSource,
  { cacheDirectory, signal }: ComponentCacheSetup,
): Promise<Rebuilt> {
  const path = pathOf(wanted, cacheDirectory);
  const kept = await readKept(path);
  if (kept) return kept;
  const rebuilt = await rebuild({ ...wanted, cacheDirectory, signal });
  await keep(path, rebuilt, signal);
  return rebuilt;
}

/** What is known of a component without having it. */
export type ComponentFacts = Pick<Rebuilt, 'hash' | 'readings'> & { /** In bytes. */ readonly size: number };

/** What is known of a component that was built before; the component itself is not read. */
export async function keptFacts(wanted: ComponentSource, cacheDirectory: string): Promise<ComponentFacts | undefined> {
  const path = pathOf(wanted, cacheDirectory);
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(headBytes + readingsBytesMax), 0);
    const facts = readHead(buffer.subarray(0, bytesRead), size);
    if (facts !== undefined) await touch(path);
    return facts;
  } catch {
    return undefined;
  }
}

/** Removes the least recently used components while there are too many. */
export function pruneComponents(cacheDirectory: string, bytesMax = cacheBytesMax): Promise<void> {
  return pruneDirectory(componentsDirectory(cacheDirectory), bytesMax);
}

function componentsDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'components');
}

function pathOf(wanted: ComponentSource, cacheDirectory: string): string {
  return join(componentsDirectory(cacheDirectory), `${cacheKey(wanted)}.component`);
}

function cacheKey({ template, name, source, imports, memoryBytesMax }: ComponentSource): string {
  return hashBytes(Buffer.from(JSON.stringify([rebuildVersion, template.hash, name, imports, memoryBytesMax, source])));
}

/** `start`: the beginning of a file of `fileBytes`. */
function readHead(start: Buffer, fileBytes: number): ComponentFacts | undefined {
  if (start.length < headBytes) return undefined;
  const readingsEnd = headBytes + start.readUInt32LE(hashBytesLength);
  const size = start.readUInt32LE(hashBytesLength + 4);
  if (start.length < readingsEnd || size === 0 || readingsEnd + size !== fileBytes) return undefined;
  const readings = start.subarray(headBytes, readingsEnd);
  if (checksumOf(start, readings) !== start.readUInt32LE(checksumAt)) return undefined;
  return {
    hash: start.toString('hex', 0, hashBytesLength),
    size,
    readings: JSON.parse(readings.toString()) as Rebuilt['readings'],
  };
}

function checksumOf(head: Buffer, readings: Buffer): number {
  return crc32(readings, crc32(head.subarray(0, checksumAt)));
}

async function readKept(path: string): Promise<Rebuilt | undefined> {
  const file = await readFile(path).catch(() => undefined);
  const facts = file && readHead(file, file.length);
  if (file === undefined || facts === undefined) return undefined;
  const { hash, readings, size } = facts;
  const component = new Uint8Array(file.buffer, file.byteOffset + file.length - size, size);
  if (hashBytes(component) !== hash) return undefined;
  await touch(path);
  return { component, hash, readings };
}

/** Notes that an entry has been used. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

/** A cache that cannot be written (a full disk, a home that is read-only) only costs time. */
async function keep(
  path: string,
  { component, hash, readings }: Rebuilt,
  signal: AbortSignal | undefined,
): Promise<void> {
  const listed = Buffer.from(JSON.stringify(readings));
  if (listed.length > readingsBytesMax) return;
  const head = Buffer.alloc(headBytes);
  head.write(hash, 'hex');
  head.writeUInt32LE(listed.length, hashBytesLength);
  head.writeUInt32LE(component.length, hashBytesLength + 4);
  head.writeUInt32LE(checksumOf(head, listed), checksumAt);
  try {
    await writeAtomically({ path, bytes: [head, listed, component], durable: false, private: true, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
  }
}
