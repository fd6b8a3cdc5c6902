import { tool } from '@aria/sdk';
import { gunzipSync, gzipSync, strFromU8, strToU8, unzipSync, zipSync, zlibSync, unzlibSync } from 'fflate';

export const fflate = tool({ description: 'gzip, zlib and zip on bytes, text in UTF-8, archives of many files' }, ({ text, bytes }: { text: string; bytes: Uint8Array }) => {
  const zip = zipSync({ 'a/ü.txt': strToU8(text), 'b.bin': [bytes, { level: 0 }] }, { mtime: new Date('2026-05-06T00:00:00') });
  const files = unzipSync(zip);
  return {
    gzip: gzipSync(strToU8(text), { level: 9, mtime: 0 }),
    zlib: zlibSync(bytes, { level: 6 }),
    zip,
    names: Object.keys(files),
    text: strFromU8(files['a/ü.txt'] ?? new Uint8Array()),
    same: strFromU8(gunzipSync(gzipSync(strToU8(text)))) === text && unzlibSync(zlibSync(bytes)).every((byte, index) => byte === bytes[index]),
  };
});

export const inputs = [{ text: 'Grüße 😀 '.repeat(500), bytes: Uint8Array.from({ length: 3000 }, (_, index) => (index * index) & 255) }, { text: '', bytes: new Uint8Array() }];
