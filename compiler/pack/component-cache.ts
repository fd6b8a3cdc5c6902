/**
 * Components of sources that were built before. A directory of files, shared by all processes of a user:
 * - the name is the BLAKE3 of everything that a component depends on, so that an entry never has to be replaced;
 * - a file is the BLAKE3 of its component (32 bytes) and the component; what does not fit is a miss, and is written again;
 * - the least recently used go first when the directory has grown beyond its maximum.
 */
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type RebuildOptions, type Rebuilt, rebuild } from '#guest-engine';
import { hashBytes } from '#wit/bundle';
import { pruneDirectory } from './prune-directory.ts';
import { writeAtomically } from './write-atomically.ts';

/** What the directory may hold in bytes: some 350 components. */
const cacheBytesMax = 512 * 1024 * 1024;
/** Counted up when the same template and source would give other bytes than before. */
const rebuildVersion = 2;
const hashBytesLength = 32;

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
  const path = join(componentsDirectory(cacheDirectory), `${cacheKey(wanted)}.component`);
  const kept = await readKept(path);
  if (kept) return kept;
  const rebuilt = await rebuild({ ...wanted, cacheDirectory, signal });
  await keep(path, rebuilt, signal);
  return rebuilt;
}

/** Removes the least recently used components while there are too many. */
export function pruneComponents(cacheDirectory: string, bytesMax = cacheBytesMax): Promise<void> {
  return pruneDirectory(componentsDirectory(cacheDirectory), bytesMax);
}

function componentsDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'components');
}

function cacheKey({ template, name, source, imports, memoryBytesMax }: ComponentSource): string {
  return hashBytes(Buffer.from(JSON.stringify([rebuildVersion, template.hash, name, imports, memoryBytesMax, source])));
}

async function readKept(path: string): Promise<Rebuilt | undefined> {
  const file = await readFile(path).catch(() => undefined);
  if (file === undefined || file.length <= hashBytesLength) return undefined;
  const component = new Uint8Array(file.buffer, file.byteOffset + hashBytesLength, file.length - hashBytesLength);
  const hash = file.toString('hex', 0, hashBytesLength);
  if (hashBytes(component) !== hash) return undefined;
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
  return { component, hash };
}

/** A cache that cannot be written (a full disk, a home that is read-only) only costs time. */
async function keep(path: string, { component, hash }: Rebuilt, signal: AbortSignal | undefined): Promise<void> {
  try {
    await writeAtomically({
      path,
      bytes: [Buffer.from(hash, 'hex'), component],
      durable: false,
      private: true,
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
  }
}
