/**
 * Reads the directory of an archive without unpacking anything. It takes only what `writeBundle` writes:
 * - the entries lie from the first byte on, in the order of the directory, without a gap or an overlap;
 * - the directory follows, then its end, which is the last 22 bytes;
 * - local and central headers agree; every field that has one allowed value has it.
 */
import {
  bundleMaxima,
  centralHeaderBytes,
  centralSignature,
  endBytes,
  endSignature,
  fixedDate,
  fixedTime,
  flagBits,
  localHeaderBytes,
  localSignature,
  manifestName,
  methods,
  sharedFieldsBytes,
  zip64LocatorBytes,
  zip64LocatorSignature,
  zip64Marks,
  zipVersion,
} from './archive-format.ts';
import { checkEntryName, compareEntryNames } from './entry-name.ts';
import { bundleCorrupt, bundleTooLarge, entryRefused } from './errors.ts';

/** An entry of the archive, still packed. */
export interface ArchiveEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  /** Unpacked, as declared. */
  readonly size: number;
  /** A view into the archive. */
  readonly packed: Uint8Array;
}

/** The end of the directory. */
interface Directory {
  readonly count: number;
  readonly offset: number;
}

/** The archive with the position up to which it has been accounted for. */
interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly directory: Directory;
  local: number;
  central: number;
}

/**
 * The entries in their order, the manifest first.
 * @throws {CodedError} `BUNDLE_CORRUPT`, `BUNDLE_TOO_LARGE` or `BUNDLE_ENTRY_REFUSED`.
 */
export function readArchive(bytes: Uint8Array): readonly ArchiveEntry[] {
  if (bytes.length > bundleMaxima.archiveBytes) {
    throw bundleTooLarge('the archive', { value: bytes.length, max: bundleMaxima.archiveBytes, unit: 'bytes' });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = readEnd(view);
  const cursor: Cursor = { bytes, view, directory, local: 0, central: directory.offset };
  const entries: ArchiveEntry[] = [];
  let unpacked = 0;
  while (entries.length < directory.count) {
    const entry = readEntry(cursor);
    unpacked += entry.size;
    if (unpacked > bundleMaxima.unpackedBytes) {
      throw bundleTooLarge('its content', { value: unpacked, max: bundleMaxima.unpackedBytes, unit: 'bytes' });
    }
    entries.push(entry);
  }
  if (cursor.local !== directory.offset) throw bundleCorrupt('there are bytes between its entries and its directory');
  if (cursor.central !== bytes.length - endBytes)
    throw bundleCorrupt('there are bytes between its directory and its end');
  checkNames(entries);
  return entries;
}

function readEnd(view: DataView): Directory {
  const end = view.byteLength - endBytes;
  if (end < 0 || view.getUint32(end, true) !== endSignature) {
    throw bundleCorrupt(
      'it does not end in a ZIP directory; it is no bundle, truncated, or followed by a comment or other bytes',
    );
  }
  const locator = end - zip64LocatorBytes;
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const offset = view.getUint32(end + 16, true);
  const marked = count === zip64Marks.short || size === zip64Marks.long || offset === zip64Marks.long;
  if (marked || (locator >= 0 && view.getUint32(locator, true) === zip64LocatorSignature))
    throw bundleCorrupt('it is a ZIP64 archive');
  const disks = view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 6, true) !== 0;
  if (disks || view.getUint16(end + 8, true) !== count) throw bundleCorrupt('it is split over several disks');
  if (view.getUint16(end + 20, true) !== 0) throw bundleCorrupt('it has a comment');
  if (count > bundleMaxima.entries) {
    throw bundleTooLarge('the archive', { value: count, max: bundleMaxima.entries, unit: 'entries' });
  }
  if (offset + size !== end) throw bundleCorrupt('its directory is not where its end says');
  return { count, offset };
}

/** Reads one central header and the local one that it points at, and moves the cursor behind both. */
function readEntry(cursor: Cursor): ArchiveEntry {
  const { bytes, view, directory, central, local } = cursor;
  const end = view.byteLength - endBytes;
  if (central + centralHeaderBytes > end || view.getUint32(central, true) !== centralSignature) {
    throw bundleCorrupt('its directory is damaged');
  }
  const nameBytes = view.getUint16(central + 28, true);
  if (central + centralHeaderBytes + nameBytes > end) throw bundleCorrupt('its directory is damaged');
  const name = latin1(bytes.subarray(central + centralHeaderBytes, central + centralHeaderBytes + nameBytes));
  checkCentralHeader(view, central, name);
  checkEntryName(name);

  const packedBytes = view.getUint32(central + 20, true);
  const start = local + localHeaderBytes + nameBytes;
  if (view.getUint32(central + 42, true) !== local || start + packedBytes > directory.offset) {
    throw bundleCorrupt(`the entry "${name}" overlaps another, leaves a gap or goes beyond the archive`);
  }
  const localName = latin1(bytes.subarray(local + localHeaderBytes, start));
  if (
    view.getUint32(local, true) !== localSignature ||
    localName !== name ||
    !sameFields(view, local + 4, central + 6)
  ) {
    throw bundleCorrupt(`the entry "${name}" is not what the directory says`);
  }
  cursor.local = start + packedBytes;
  cursor.central = central + centralHeaderBytes + nameBytes;
  return {
    name,
    method: view.getUint16(central + 10, true),
    crc: view.getUint32(central + 16, true),
    size: view.getUint32(central + 24, true),
    packed: bytes.subarray(start, start + packedBytes),
  };
}

function checkCentralHeader(view: DataView, central: number, name: string): void {
  const flags = view.getUint16(central + 8, true);
  const method = view.getUint16(central + 10, true);
  const packedBytes = view.getUint32(central + 20, true);
  const size = view.getUint32(central + 24, true);
  if (flags & (flagBits.encrypted | flagBits.strongEncryption)) throw entryRefused(name, 'is encrypted');
  if (flags & flagBits.dataDescriptor) throw entryRefused(name, 'has a data descriptor');
  if (flags !== 0) throw entryRefused(name, 'has unknown flags');
  if (method !== methods.stored && method !== methods.deflated) throw entryRefused(name, 'is packed in an unknown way');
  if (packedBytes === zip64Marks.long || size === zip64Marks.long) throw entryRefused(name, 'is a ZIP64 entry');
  if (view.getUint16(central + 30, true) !== 0) throw entryRefused(name, 'has an extra field');
  if (view.getUint16(central + 32, true) !== 0) throw entryRefused(name, 'has a comment');
  if (view.getUint16(central + 34, true) !== 0) throw entryRefused(name, 'is on another disk');
  checkAttributes(view, central, name);
  const max = name === manifestName ? bundleMaxima.manifestBytes : bundleMaxima.entryBytes;
  if (size > max) throw bundleTooLarge(`the entry ${JSON.stringify(name)}`, { value: size, max, unit: 'bytes' });
  if (size > packedBytes * bundleMaxima.ratio) {
    const ratio = {
      value: Math.ceil(size / Math.max(packedBytes, 1)),
      max: bundleMaxima.ratio,
      unit: 'unpacked bytes for each packed one',
    };
    throw bundleTooLarge(`the entry ${JSON.stringify(name)}`, ratio);
  }
  if (method === methods.stored && size !== packedBytes)
    throw bundleCorrupt(`the entry "${name}" is stored in another size`);
}

function checkAttributes(view: DataView, central: number, name: string): void {
  const external = view.getUint32(central + 38, true);
  // The upper half is the mode of a Unix file; 0o120000 is the type of a symbolic link.
  if (((external >>> 16) & 0o170000) === 0o120000) throw entryRefused(name, 'is a symbolic link');
  if (external !== 0 || view.getUint16(central + 36, true) !== 0) throw entryRefused(name, 'has attributes');
  if (view.getUint16(central + 4, true) !== zipVersion || view.getUint16(central + 6, true) !== zipVersion) {
    throw entryRefused(name, 'is of another version of ZIP or another system');
  }
  if (view.getUint16(central + 12, true) !== fixedTime || view.getUint16(central + 14, true) !== fixedDate) {
    throw entryRefused(name, 'has a time');
  }
}

/** A local and a central header hold the same fields in the same order, from the version on. */
function sameFields(view: DataView, local: number, central: number): boolean {
  for (let index = 0; index < sharedFieldsBytes; index += 1) {
    if (view.getUint8(local + index) !== view.getUint8(central + index)) return false;
  }
  return true;
}

function checkNames(entries: readonly ArchiveEntry[]): void {
  if (entries[0]?.name !== manifestName) throw bundleCorrupt(`its first entry is not "${manifestName}"`);
  const folded = new Set<string>();
  for (const { name } of entries) {
    // Names that differ only by case are one file on some systems.
    if (folded.has(name.toLowerCase())) throw entryRefused(name, 'occurs twice, letter case aside');
    folded.add(name.toLowerCase());
  }
  for (let index = 2; index < entries.length; index += 1) {
    const [left, right] = [entries[index - 1]?.name ?? '', entries[index]?.name ?? ''];
    if (compareEntryNames(left, right) > 0)
      throw bundleCorrupt(`its entries are not sorted: "${left}" stands before "${right}"`);
  }
}

/** One character for each byte, so that a name is judged by its bytes. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
