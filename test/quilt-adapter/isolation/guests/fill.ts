/** Fills every place that it can write to: with bytes, with files, with directories as deep as they go. Tells how far it came. */
import * as fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { call, report } from './system-calls.ts';

const places = process.argv.slice(2);
const most = 64 * 1024 * 1024;

function bytesInto(place: string): { readonly bytes: number; readonly end: unknown } {
  const file = fs.openSync(path.join(place, 'bytes'), 'w');
  const chunk = Buffer.alloc(65_536, 1);
  let bytes = 0;
  try {
    while (bytes < most) bytes += fs.writeSync(file, chunk);
    return { bytes, end: 'no end' };
  } catch (error) {
    return { bytes, end: error instanceof Error && 'code' in error ? error.code : String(error) };
  } finally {
    fs.closeSync(file);
    fs.rmSync(path.join(place, 'bytes'));
  }
}

function filesInto(place: string): { readonly files: number; readonly end: unknown } {
  let files = 0;
  const end = (() => {
    try {
      for (; files < 50_000; files += 1) fs.closeSync(fs.openSync(path.join(place, `f${files}`), 'w'));
      return 'no end';
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : String(error);
    }
  })();
  for (let file = 0; file < files; file += 1) fs.rmSync(path.join(place, `f${file}`));
  return { files, end };
}

/** What the kernel gives in directories, in links that are no files, and in a file with a hole, costs it memory as well. */
function holes(place: string): number {
  const file = fs.openSync(path.join(place, 'hole'), 'w');
  const result = call('ftruncate', file, 2 ** 42);
  fs.closeSync(file);
  return result;
}

report(
  places.map((place) => ({
    place,
    ...bytesInto(place),
    ...(place === '/tmp' && { inodes: filesInto(place) }),
    hole: holes(place),
  })),
);
