/**
 * Loads TypeScript, one script of 9 MB, together with what V8 made of it in an earlier process. Node's own compile cache keeps only the
 * functions that V8 compiles before a script runs; what is kept here after a build has those that a build needs, which halves the
 * time of reading a project. A file is a checksum and V8's data: what does not fit is a miss, and is written again.
 */
import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import type { getLibFiles as listLibrary } from '@ts-morph/common';
import { pruneDirectory } from '../pack/prune-directory.ts';
import { writeAtomically } from '../pack/write-atomically.ts';

/** What the directory may hold in bytes: entries of several releases of Node and of TypeScript. */
const cacheBytesMax = 64 * 1024 * 1024;
const checksumBytes = 4;
const browserLibrary = /^lib\.(?:dom|webworker)\./;

const requireHere = createRequire(import.meta.url);
const commonFile = requireHere.resolve('@ts-morph/common');
const typescriptFile = join(dirname(commonFile), 'typescript.js');

let cacheDirectory: string | undefined;
/** Loaded, but not kept yet. */
let unkept: { readonly script: Script; readonly path: string } | undefined;

/** Says where compiled code is kept. It has an effect only before TypeScript is loaded; without it nothing is kept. */
export function keepTypeScriptIn(directory: string): void {
  cacheDirectory ??= directory;
}

/** TypeScript's exports. */
export function loadTypeScript(): unknown {
  if (cacheDirectory === undefined) return requireHere(typescriptFile);
  const path = entryPath('code');
  const cachedData = readEntry(path);
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(typescriptFile, 'utf8')}\n})`,
    { filename: typescriptFile, ...(cachedData === undefined ? {} : { cachedData }) },
  );
  if (cachedData === undefined || script.cachedDataRejected === true) unkept = { script, path };
  const module: { exports: unknown } = { exports: {} };
  const run = script.runInThisContext() as (...scope: readonly unknown[]) => void;
  run(module.exports, createRequire(typescriptFile), module, typescriptFile, dirname(typescriptFile));
  return module.exports;
}

/** Keeps what has been compiled by now; once per process, and only where there was nothing. Costs some 50 ms. */
export async function keepTypeScript(): Promise<void> {
  if (unkept === undefined) return;
  const { script, path } = unkept;
  unkept = undefined;
  await writeEntry(path, script.createCachedData());
}

let language: ReadonlyMap<string, string> | undefined;
let everything: ReadonlyMap<string, string> | undefined;

/**
 * The text of a file of TypeScript's library. The package has all of them in a script of 3 MB; those of the language are kept, and
 * those of browsers, which only a package can ask for, are not.
 */
export function textOfLibrary(fileName: string): string | undefined {
  language ??= cacheDirectory === undefined ? allTexts() : keptTexts(entryPath('library'));
  return language.get(fileName) ?? (browserLibrary.test(fileName) ? allTexts().get(fileName) : undefined);
}

function keptTexts(path: string): ReadonlyMap<string, string> {
  const kept = readEntry(path);
  if (kept !== undefined) return new Map(JSON.parse(kept.toString()) as [string, string][]);
  const texts = [...allTexts()].filter(([fileName]) => !browserLibrary.test(fileName));
  void writeEntry(path, Buffer.from(JSON.stringify(texts)));
  return new Map(texts);
}

function allTexts(): ReadonlyMap<string, string> {
  const { getLibFiles } = requireHere(commonFile) as { readonly getLibFiles: typeof listLibrary };
  return (everything ??= new Map(getLibFiles().map(({ fileName, text }) => [fileName, text])));
}

/** One file for each state of the package and of Node: V8 itself checks its version and flags, but of a script only the length. */
function entryPath(kind: 'code' | 'library'): string {
  const facts = [typescriptFile, commonFile].map((file) => {
    const { size, mtimeMs } = statSync(file);
    return [file, size, mtimeMs];
  });
  const key = hash('sha256', JSON.stringify([process.version, process.arch, facts]));
  return join(cacheDirectory ?? '', 'typescript', `${key}.${kind}`);
}

function readEntry(path: string): Buffer | undefined {
  try {
    const entry = readFileSync(path);
    const data = entry.subarray(checksumBytes);
    return entry.length > checksumBytes && crc32(data) === entry.readUInt32LE() ? data : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written only costs time. */
async function writeEntry(path: string, data: Buffer): Promise<void> {
  const checksum = Buffer.alloc(checksumBytes);
  checksum.writeUInt32LE(crc32(data));
  try {
    await writeAtomically({ path, bytes: [checksum, data], durable: false, private: true });
    await pruneDirectory(dirname(path), cacheBytesMax);
  } catch {
    // The next process compiles again.
  }
}
