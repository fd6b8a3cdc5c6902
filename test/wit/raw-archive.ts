/** Writes ZIP archives byte by byte, also such as no bundle may be. Shares no code with the writer under test. */
import { crc32, deflateRawSync } from 'node:zlib';

/** The fields of a header; the local and the central one of an entry may differ. */
export interface RawFields {
  readonly version?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly time?: number;
  readonly date?: number;
  readonly crc?: number;
  readonly packedBytes?: number;
  readonly size?: number;
  readonly name?: string;
  readonly extra?: Uint8Array;
}

/** Fields that only the central header has. */
export interface RawCentralFields extends RawFields {
  readonly madeBy?: number;
  readonly comment?: string;
  readonly disk?: number;
  readonly internal?: number;
  readonly external?: number;
  readonly offset?: number;
}

/** An entry. `fields` change both headers, `local` and `central` one. */
export interface RawEntry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflate?: boolean;
  /** The packed bytes, where they are not what packing the content gives. */
  readonly packed?: Uint8Array;
  readonly fields?: RawFields;
  readonly local?: RawFields;
  readonly central?: RawCentralFields;
  /** Bytes behind the entry that belong to none. */
  readonly gap?: Uint8Array;
}

/** What stands around the entries, and the fields of the end. */
export interface RawArchive {
  readonly leading?: Uint8Array;
  readonly beforeEnd?: Uint8Array;
  readonly trailing?: Uint8Array;
  readonly comment?: string;
  readonly end?: {
    readonly disk?: number;
    readonly directoryDisk?: number;
    readonly countHere?: number;
    readonly count?: number;
    readonly directoryBytes?: number;
    readonly directoryOffset?: number;
  };
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function shared(
  fields: Required<Pick<RawFields, 'method' | 'crc' | 'packedBytes' | 'size' | 'name'>> & RawFields,
): Buffer {
  const { version = 20, flags = 0, method, time = 0, date = 0x21, crc, packedBytes, size, name, extra } = fields;
  const nameBytes = Buffer.from(name, 'utf8').length;
  return Buffer.concat([
    ...[version, flags, method, time, date].map(u16),
    ...[crc, packedBytes, size].map(u32),
    ...[nameBytes, extra?.length ?? 0].map(u16),
  ]);
}

/** The bytes of an archive. Without any of the optional fields it is what a bundle must be. */
export function rawArchive(entries: readonly RawEntry[], around: RawArchive = {}): Uint8Array {
  const parts: Uint8Array[] = [around.leading ?? new Uint8Array()];
  const directory: Uint8Array[] = [];
  let offset = parts[0]?.length ?? 0;
  for (const entry of entries) {
    const packed = entry.packed ?? (entry.deflate ? deflateRawSync(entry.content) : entry.content);
    const facts = {
      name: entry.name,
      method: entry.deflate ? 8 : 0,
      crc: crc32(entry.content),
      packedBytes: packed.length,
      size: entry.content.length,
      ...entry.fields,
    };
    const local = { ...facts, ...entry.local };
    const central = { ...facts, ...entry.central };
    const { madeBy = 20, comment = '', disk = 0, internal = 0, external = 0 }: RawCentralFields = central;
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02', 'latin1'),
        u16(madeBy),
        shared(central),
        ...[comment.length, disk, internal].map(u16),
        ...[external, entry.central?.offset ?? offset].map(u32),
        Buffer.from(central.name, 'utf8'),
        central.extra ?? new Uint8Array(),
        Buffer.from(comment, 'latin1'),
      ]),
    );
    const written = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      shared(local),
      Buffer.from(local.name, 'utf8'),
      local.extra ?? new Uint8Array(),
      packed,
      entry.gap ?? new Uint8Array(),
    ]);
    parts.push(written);
    offset += written.length;
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  const { disk = 0, directoryDisk = 0, count = entries.length, countHere = count } = around.end ?? {};
  return Uint8Array.from(
    Buffer.concat([
      ...parts,
      ...directory,
      around.beforeEnd ?? new Uint8Array(),
      Buffer.from('PK\x05\x06', 'latin1'),
      ...[disk, directoryDisk, countHere, count].map(u16),
      ...[around.end?.directoryBytes ?? directoryBytes, around.end?.directoryOffset ?? offset].map(u32),
      u16(around.comment?.length ?? 0),
      Buffer.from(around.comment ?? '', 'latin1'),
      around.trailing ?? new Uint8Array(),
    ]),
  );
}
