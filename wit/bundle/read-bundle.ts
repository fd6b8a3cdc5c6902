/** Reads a bundle and believes nothing of it: the archive, then the manifest, then every file by size, checksum and hash. */
import { constants, crc32, inflateRawSync } from 'node:zlib';
import { type Manifest, parseManifest } from '#wit/manifest';
import { parseJson } from '#wit/values';
import { manifestName, methods } from './archive-format.ts';
import { bundleCorrupt, manifestRefused } from './errors.ts';
import { hashBytes } from './hash.ts';
import { manifestText } from './manifest-text.ts';
import { type ArchiveEntry, readArchive } from './read-archive.ts';
import { filesOfManifest, verifyHash, verifySizes } from './verify-files.ts';

/** A bundle whose every byte has been checked. */
export interface Bundle {
  readonly manifest: Manifest;
  /** The files that the manifest names, by path; the manifest is not among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of the archive, in bytes. */
  readonly size: number;
  /** BLAKE3 of the archive. */
  readonly hash: string;
  /** BLAKE3 of `manifest.json`, which stands for all files: what a signature names. */
  readonly manifestHash: string;
}

/**
 * Reads the bytes of an archive. Files may be views into `bytes`, which must not be changed afterwards.
 * @throws {CodedError} `BUNDLE_…`; nothing of a bundle that is refused has any effect.
 */
export function readBundle(bytes: Uint8Array): Bundle {
  // A plain view, also of a Buffer, whose `slice` would share memory where a Uint8Array's copies.
  const [first, ...rest] = readArchive(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (first === undefined) throw bundleCorrupt(`it has no "${manifestName}"`);
  const manifestBytes = unpack(first);
  const manifest = readManifest(manifestBytes);
  const listed = filesOfManifest(manifest);
  verifySizes(listed, new Map(rest.map(({ name, size }) => [name, size])));
  const files = new Map<string, Uint8Array>();
  for (const entry of rest) {
    const content = unpack(entry);
    const file = listed.get(entry.name);
    if (file !== undefined) verifyHash(file, content);
    files.set(entry.name, content);
  }
  return { manifest, files, size: bytes.length, hash: hashBytes(bytes), manifestHash: hashBytes(manifestBytes) };
}

/** Unpacks to the declared size and not a byte further. */
function unpack(entry: ArchiveEntry): Uint8Array {
  const content = entry.method === methods.stored ? entry.packed : inflate(entry);
  if (content.length !== entry.size)
    throw bundleCorrupt(`"${entry.name}" has ${content.length} bytes, ${entry.size} are declared`);
  if (crc32(content) !== entry.crc) throw bundleCorrupt(`the checksum of "${entry.name}" does not fit`);
  return content;
}

function inflate({ name, size, packed }: ArchiveEntry): Uint8Array {
  const { content, consumed } = inflateWithin(name, packed, size);
  // Bytes behind the end of the stream would be carried along unread.
  if (consumed !== packed.length)
    throw bundleCorrupt(`"${name}" is followed by ${packed.length - consumed} unread bytes`);
  return content;
}

function inflateWithin(name: string, packed: Uint8Array, size: number): { content: Uint8Array; consumed: number } {
  try {
    const options = { maxOutputLength: Math.max(size, 1), finishFlush: constants.Z_FINISH, info: true };
    // With `info`, Node returns the engine too, which the types do not know.
    const result = inflateRawSync(packed, options) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    const { buffer, byteOffset, byteLength } = result.buffer;
    return { content: new Uint8Array(buffer, byteOffset, byteLength), consumed: result.engine.bytesWritten };
  } catch (cause) {
    const state = cause instanceof Error ? cause.message : String(cause);
    throw bundleCorrupt(`"${name}" cannot be unpacked to its ${size} bytes (${state})`);
  }
}

function readManifest(bytes: Uint8Array): Manifest {
  const text = decodeText(bytes);
  const manifest = parseManifest(jsonOf(text));
  // After the schema, which bounds depth and keys. Whatever else the text could say (twice the same key, spaces) is refused too.
  if (manifestText(manifest) !== text) throw manifestRefused('it is not in the canonical form of RFC 8785');
  return manifest;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw manifestRefused('it is not UTF-8', cause);
  }
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw manifestRefused('it is not JSON', cause);
  }
}
