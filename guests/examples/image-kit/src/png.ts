/** PNG (ISO/IEC 15948): chunks, and pictures of 8 bits a channel that are not interlaced. */
import { ToolError } from '@aria/sdk';
import { unzlibSync, zlibSync } from 'fflate';

/** A part of a PNG file. */
export interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** A picture: 4 bytes a pixel, red, green, blue, opacity. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** What the header of a PNG says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with opacity, 6 RGB with opacity. */
  readonly colorType: number;
  readonly interlaced: boolean;
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const channelsByType: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** 4 megapixels are 16 MB of RGBA: rows, pixels and file together fit the memory of a call. */
const pixelsMax = 4_000_000;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** Whether bytes begin as a PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, place) => bytes[place] === byte);
}

/** The chunks of a file; each checksum is checked. */
export function readChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let place = signature.length; place < bytes.length;) {
    if (place + 12 > bytes.length) throw corrupt('a chunk is cut off');
    const length = view.getUint32(place);
    const end = place + 12 + length;
    if (end > bytes.length) throw corrupt('a chunk is cut off');
    if (crc(bytes.subarray(place + 4, end - 4)) !== view.getUint32(end - 4)) throw corrupt('a checksum is wrong');
    const type = String.fromCharCode(...bytes.subarray(place + 4, place + 8));
    chunks.push({ type, data: bytes.subarray(place + 8, end - 4) });
    if (type === 'IEND') return chunks;
    place = end;
  }
  throw corrupt('the end is missing');
}

/** The file that chunks make. */
export function writeChunks(chunks: readonly Chunk[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((length, { data }) => length + data.length + 12, signature.length));
  const view = new DataView(bytes.buffer);
  bytes.set(signature);
  let place = signature.length;
  for (const { type, data } of chunks) {
    view.setUint32(place, data.length);
    bytes.set(
      Uint8Array.from(type, (character) => character.charCodeAt(0)),
      place + 4,
    );
    bytes.set(data, place + 8);
    view.setUint32(place + 8 + data.length, crc(bytes.subarray(place + 4, place + 8 + data.length)));
    place += data.length + 12;
  }
  return bytes;
}

/** What the first chunk says. */
export function readHeader([first]: readonly Chunk[]): PngHeader {
  if (first?.type !== 'IHDR' || first.data.length !== 13) throw corrupt('the header is missing');
  const view = new DataView(first.data.buffer, first.data.byteOffset, 13);
  const [bitDepth, colorType, interlace] = [view.getUint8(8), view.getUint8(9), view.getUint8(12)];
  return { width: view.getUint32(0), height: view.getUint32(4), bitDepth, colorType, interlaced: interlace !== 0 };
}

/** The pixels of a file. */
export function decodePng(bytes: Uint8Array): Picture {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks);
  const { width, height, bitDepth, colorType, interlaced } = header;
  const channels = channelsByType[colorType];
  if (bitDepth !== 8 || interlaced || channels === undefined)
    throw unsupported('only 8 bits a channel, not interlaced, can be read');
  if (width * height > pixelsMax || width === 0 || height === 0)
    throw unsupported(`it has not 1 to ${pixelsMax} pixels`);
  const rows = inflate(chunks, height * (width * channels + 1));
  unfilter(rows, { rowBytes: width * channels, height, pixelBytes: channels });
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data ?? new Uint8Array(0);
  const opacity = chunks.find(({ type }) => type === 'tRNS')?.data ?? new Uint8Array(0);
  const rgba = new Uint8Array(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const place = Math.floor(pixel / width) + 1 + pixel * channels;
    const [a = 0, b = 0, c = 0, d = 0] = rows.subarray(place, place + channels);
    if (colorType === 3)
      rgba.set([palette[a * 3] ?? 0, palette[a * 3 + 1] ?? 0, palette[a * 3 + 2] ?? 0, opacity[a] ?? 255], pixel * 4);
    else if (channels <= 2) rgba.set([a, a, a, channels === 2 ? b : 255], pixel * 4);
    else rgba.set([a, b, c, channels === 4 ? d : 255], pixel * 4);
  }
  return { width, height, rgba };
}

/** A file with these pixels: RGB with opacity, or grey with opacity. */
export function encodePng({ width, height, rgba }: Picture, grey: boolean): Uint8Array {
  const channels = grey ? 2 : 4;
  const rows = new Uint8Array(height * (width * channels + 1));
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const place = Math.floor(pixel / width) + 1 + pixel * channels;
    const [red = 0, green = 0, blue = 0, opacity = 0] = rgba.subarray(pixel * 4, pixel * 4 + 4);
    /* Rec. 709: how bright an eye finds each colour. */
    rows.set(
      grey ? [Math.round(0.2126 * red + 0.7152 * green + 0.0722 * blue), opacity] : [red, green, blue, opacity],
      place,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, grey ? 4 : 6, 0, 0, 0], 8);
  return writeChunks([
    { type: 'IHDR', data: header },
    { type: 'IDAT', data: zlibSync(rows, { level: 6 }) },
    { type: 'IEND', data: new Uint8Array(0) },
  ]);
}

/** The texts in a file, by keyword. */
export function readTexts(chunks: readonly Chunk[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { type, data } of chunks) {
    const end = data.indexOf(0);
    if (type !== 'tEXt' || end < 1) continue;
    const latin1 = new TextDecoder('latin1');
    texts[latin1.decode(data.subarray(0, end))] = latin1.decode(data.subarray(end + 1));
  }
  return texts;
}

function inflate(chunks: readonly Chunk[], size: number): Uint8Array {
  const parts = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data);
  const packed = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    packed.set(part, place);
    place += part.length;
  }
  try {
    const rows = unzlibSync(packed, { out: new Uint8Array(size) });
    if (rows.length === size) return rows;
  } catch (error) {
    throw corrupt('its pixels cannot be unpacked', error);
  }
  throw corrupt('it has too few pixels');
}

/* Each row was written as differences to its neighbours; the byte before it says which. */
function unfilter(
  rows: Uint8Array,
  { rowBytes, height, pixelBytes }: { rowBytes: number; height: number; pixelBytes: number },
): void {
  for (let row = 0; row < height; row += 1) {
    const start = row * (rowBytes + 1) + 1;
    const filter = rows[start - 1] ?? 0;
    for (let offset = 0; offset < rowBytes; offset += 1) {
      const left = offset >= pixelBytes ? (rows[start + offset - pixelBytes] ?? 0) : 0;
      const up = row > 0 ? (rows[start + offset - rowBytes - 1] ?? 0) : 0;
      const corner = row > 0 && offset >= pixelBytes ? (rows[start + offset - rowBytes - 1 - pixelBytes] ?? 0) : 0;
      rows[start + offset] = (rows[start + offset] ?? 0) + predicted(filter, { left, up, corner });
    }
  }
}

function predicted(filter: number, { left, up, corner }: { left: number; up: number; corner: number }): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) throw corrupt('a filter is unknown');
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (crcTable[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function corrupt(state: string, cause?: unknown): ToolError {
  return new ToolError('IMAGE_CORRUPT', `Cannot read the PNG: ${state}`, { cause });
}

function unsupported(state: string): ToolError {
  return new ToolError('IMAGE_UNSUPPORTED', `Cannot read the PNG: ${state}`);
}
