/** PNG files for the tools of `guests/examples/image-kit`. */
import { crc32, deflateSync } from 'node:zlib';

/** A PNG whose rows use each filter in turn, with a text. */
export function pngOf(
  { width, height, colorType }: { readonly width: number; readonly height: number; readonly colorType: 0 | 2 | 4 | 6 },
  color: (x: number, y: number) => readonly number[],
): Uint8Array {
  const channels = { 0: [0], 2: [0, 1, 2], 4: [0, 3], 6: [0, 1, 2, 3] }[colorType];
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_unused, x) => channels.map((channel) => color(x, y)[channel] ?? 0)).flat(),
  );
  const filtered = rows.flatMap((row, y) => [
    y % 5,
    ...row.map(
      (value, place) => (value - predicted(y % 5, neighbours(rows, { y, place, size: channels.length }))) & 0xff,
    ),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorType], 8);
  const chunks = [
    ['IHDR', header],
    ['tEXt', Buffer.from('Author\0Ann')],
    ['IDAT', deflateSync(Uint8Array.from(filtered))],
    ['IEND', Buffer.alloc(0)],
  ] as const;
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      ...chunks.map(([type, data]) => chunkOf(type, data)),
    ]),
  );
}

function neighbours(
  rows: readonly (readonly number[])[],
  { y, place, size }: { readonly y: number; readonly place: number; readonly size: number },
): readonly [number, number, number] {
  return [rows[y]?.[place - size] ?? 0, rows[y - 1]?.[place] ?? 0, rows[y - 1]?.[place - size] ?? 0];
}

function predicted(filter: number, [left, up, corner]: readonly [number, number, number]): number {
  if (filter < 4) return [0, left, up, (left + up) >> 1][filter] ?? 0;
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(guess - value)) as [
    number,
    number,
    number,
  ];
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

function chunkOf(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
