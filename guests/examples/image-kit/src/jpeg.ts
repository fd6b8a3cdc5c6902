/** JPEG (ISO/IEC 10918-1): its segments, which stand before the picture itself. */
import { ToolError } from '@aria/sdk';

/** A segment: its marker and its bytes, marker and length included. */
export interface Segment {
  readonly marker: number;
  readonly bytes: Uint8Array;
}

/** Whether bytes begin as a JPEG does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** The segments up to the picture, and the rest of the file. */
export function readSegments(bytes: Uint8Array): { segments: Segment[]; picture: Uint8Array } {
  const segments: Segment[] = [];
  let place = 2;
  while (place + 4 <= bytes.length) {
    const marker = bytes[place + 1] ?? 0;
    if (bytes[place] !== 0xff) throw corrupt('a marker is missing');
    if (marker === 0xda) return { segments, picture: bytes.subarray(place) };
    const length = ((bytes[place + 2] ?? 0) << 8) | (bytes[place + 3] ?? 0);
    if (length < 2 || place + 2 + length > bytes.length) throw corrupt('a segment is cut off');
    segments.push({ marker, bytes: bytes.subarray(place, place + 2 + length) });
    place += 2 + length;
  }
  throw corrupt('the picture is missing');
}

/** Width, height and channels, from the frame header. */
export function readFrame(segments: readonly Segment[]): {
  width: number;
  height: number;
  bitDepth: number;
  channels: number;
} {
  const frame = segments.find(
    ({ marker }) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker),
  )?.bytes;
  if (frame === undefined || frame.length < 10) throw corrupt('the frame header is missing');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return {
    width: view.getUint16(7),
    height: view.getUint16(5),
    bitDepth: view.getUint8(4),
    channels: view.getUint8(9),
  };
}

/** Without EXIF, XMP, IPTC and comments; the colour profile and what the picture needs stay. */
export function withoutMetadata(bytes: Uint8Array): Uint8Array {
  const { segments, picture } = readSegments(bytes);
  const kept = segments.filter(
    ({ marker }) => marker !== 0xfe && (marker < 0xe0 || marker > 0xef || [0xe0, 0xe2, 0xee].includes(marker)),
  );
  const size = kept.reduce((sum, segment) => sum + segment.bytes.length, 2 + picture.length);
  const copy = new Uint8Array(size);
  copy.set([0xff, 0xd8]);
  let place = 2;
  for (const part of [...kept.map((segment) => segment.bytes), picture]) {
    copy.set(part, place);
    place += part.length;
  }
  return copy;
}

function corrupt(state: string): ToolError {
  return new ToolError('IMAGE_CORRUPT', `Cannot read the JPEG: ${state}`);
}
