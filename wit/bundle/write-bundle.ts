/**
 * Writes a bundle. The same manifest and files give the same bytes on every machine: the compressor is in JavaScript (zlib's
 * output differs between builds of Node), its memory level is fixed, and no field holds a time, an owner or a system.
 */
import { crc32 } from 'node:zlib';
import { deflateSync } from 'fflate';
import { type Manifest, parseManifest } from '#wit/manifest';
import {
  bundleMaxima,
  centralHeaderBytes,
  centralSignature,
  endBytes,
  endSignature,
  fixedDate,
  fixedTime,
  localHeaderBytes,
  localSignature,
  manifestName,
  methods,
  zipVersion,
} from './archive-format.ts';
import { checkEntryName, compareEntryNames } from './entry-name.ts';
import { bundleTooLarge } from './errors.ts';
import { manifestText } from './manifest-text.ts';
import { filesOfManifest, verifyHash, verifySizes } from './verify-files.ts';

/** What goes into a bundle: the manifest, and the files that it names, by path. */
export interface BundleContent {
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** An entry as it is written. */
interface PackedEntry {
  readonly name: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
  readonly packed: Uint8Array;
}

/**
 * The bytes of the archive.
 * @throws {CodedError} the same codes as `readBundle`, where the content would not be readable.
 */
export function writeBundle({ manifest, files }: BundleContent): Uint8Array {
  const checked = parseManifest(manifest);
  const listed = filesOfManifest(checked);
  verifySizes(listed, new Map([...files].map(([name, bytes]) => [name, bytes.length])));
  for (const [name, bytes] of files) {
    const file = listed.get(name);
    if (file !== undefined) verifyHash(file, bytes);
  }
  const text = new TextEncoder().encode(manifestText(checked));
  checkMaxima(text, files);
  const sorted = [...files].toSorted(([left], [right]) => compareEntryNames(left, right));
  return assemble([pack(manifestName, text), ...sorted.map(([name, bytes]) => pack(name, bytes))]);
}

function checkMaxima(manifest: Uint8Array, files: ReadonlyMap<string, Uint8Array>): void {
  const { manifestBytes, entryBytes, unpackedBytes } = bundleMaxima;
  if (manifest.length > manifestBytes) {
    throw bundleTooLarge('the manifest', { value: manifest.length, max: manifestBytes, unit: 'bytes' });
  }
  let total = manifest.length;
  for (const [name, { length }] of files) {
    checkEntryName(name);
    if (length > entryBytes)
      throw bundleTooLarge(`the entry "${name}"`, { value: length, max: entryBytes, unit: 'bytes' });
    total += length;
  }
  if (total > unpackedBytes) throw bundleTooLarge('its content', { value: total, max: unpackedBytes, unit: 'bytes' });
}

function pack(name: string, bytes: Uint8Array): PackedEntry {
  // `mem` is fixed, since its default comes from a logarithm, whose last digit is the engine's own affair.
  const deflated = deflateSync(bytes, { level: 6, mem: 4 });
  const smaller = deflated.length < bytes.length && bytes.length <= deflated.length * bundleMaxima.ratio;
  return {
    name: new TextEncoder().encode(name),
    method: smaller ? methods.deflated : methods.stored,
    crc: crc32(bytes),
    size: bytes.length,
    packed: smaller ? deflated : bytes,
  };
}

/** Puts the local headers, the central directory and its end one after the other, without a gap. */
function assemble(entries: readonly PackedEntry[]): Uint8Array {
  const directoryBytes = entries.reduce((sum, { name }) => sum + centralHeaderBytes + name.length, 0);
  const contentBytes = entries.reduce(
    (sum, { name, packed }) => sum + localHeaderBytes + name.length + packed.length,
    0,
  );
  const archiveBytes = contentBytes + directoryBytes + endBytes;
  if (archiveBytes > bundleMaxima.archiveBytes) {
    throw bundleTooLarge('the archive', { value: archiveBytes, max: bundleMaxima.archiveBytes, unit: 'bytes' });
  }
  const archive = new Uint8Array(archiveBytes);
  const view = new DataView(archive.buffer);
  let local = 0;
  let central = contentBytes;
  for (const entry of entries) {
    view.setUint32(central, centralSignature, true);
    view.setUint16(central + 4, zipVersion, true);
    writeSharedFields(view, central + 6, entry);
    view.setUint32(central + 42, local, true);
    archive.set(entry.name, central + centralHeaderBytes);
    central += centralHeaderBytes + entry.name.length;

    view.setUint32(local, localSignature, true);
    writeSharedFields(view, local + 4, entry);
    archive.set(entry.name, local + localHeaderBytes);
    archive.set(entry.packed, local + localHeaderBytes + entry.name.length);
    local += localHeaderBytes + entry.name.length + entry.packed.length;
  }
  view.setUint32(central, endSignature, true);
  view.setUint16(central + 8, entries.length, true);
  view.setUint16(central + 10, entries.length, true);
  view.setUint32(central + 12, directoryBytes, true);
  view.setUint32(central + 16, contentBytes, true);
  return archive;
}

function writeSharedFields(view: DataView, offset: number, { name, method, crc, size, packed }: PackedEntry): void {
  view.setUint16(offset, zipVersion, true);
  view.setUint16(offset + 4, method, true);
  view.setUint16(offset + 6, fixedTime, true);
  view.setUint16(offset + 8, fixedDate, true);
  view.setUint32(offset + 10, crc, true);
  view.setUint32(offset + 14, packed.length, true);
  view.setUint32(offset + 18, size, true);
  view.setUint16(offset + 22, name.length, true);
}
