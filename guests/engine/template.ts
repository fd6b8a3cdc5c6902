/**
 * The template: the guest engine with the prelude and the SDK already in its memory. A tool is the same engine with the
 * tool's source loaded on top. Both parts stand in `built/`, so that using Aria needs no C toolchain.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { zstdDecompress } from 'node:zlib';
import { promisify } from 'node:util';
import { hashBytes } from '#wit/bundle';
import { abiVersion } from '#wit/manifest';
import { type Section, concat, readSections, withMemory, writeSections } from './component/core-module.ts';

/** The template, loaded. */
export interface Template {
  /** BLAKE3 over ABI version, engine and memory image: what a manifest names. */
  readonly hash: string;
  /** BLAKE3 of the engine alone. */
  readonly engineHash: string;
  /** The engine's core module. */
  readonly sections: readonly Section[];
  /** The memory with prelude and SDK loaded: a whole number of pages. */
  readonly image: Uint8Array;
}

const decompress = promisify(zstdDecompress);

/** Makes a template of an engine and its memory. */
export function makeTemplate(engine: Uint8Array, image: Uint8Array): Template {
  const engineHash = hashBytes(engine);
  const identity = `${abiVersion}\n${engineHash}\n${hashBytes(image)}\n`;
  return { hash: hashBytes(new TextEncoder().encode(identity)), engineHash, sections: readSections(engine), image };
}

/** The template as a core module that can be instantiated. */
export function templateModule({ sections, image }: Template, memoryBytesMax: number): Uint8Array {
  return writeSections(withMemory(sections, image, memoryBytesMax));
}

/** More than a part has unpacked: it then comes in one piece. By default zlib makes pieces of 16 KiB, each of which waits for this thread. */
const unpackedBytesMax = 4 * 1024 * 1024;

async function readBuilt(name: string): Promise<Uint8Array> {
  const packed = await readFile(new URL(`built/${name}.zst`, import.meta.url));
  return decompress(packed, { chunkSize: unpackedBytesMax });
}

/** What identifies this release's template, without unpacking it. */
export interface TemplateHashes {
  /** As in `Template`. */
  readonly template: string;
  /** BLAKE3 of the engine as tools share it (`component/shared-engine.ts`). */
  readonly sharedEngine: string;
}

let recorded: TemplateHashes | undefined;

/** Reads what `npm run build:guest` has recorded; the gate compares it with the template. Not a promise: the first one of a process starts threads. */
export function templateHashes(): TemplateHashes {
  recorded ??= JSON.parse(readFileSync(new URL('built/record.json', import.meta.url), 'utf8')) as TemplateHashes;
  return recorded;
}

let loaded: Promise<Template> | undefined;

/** The template of this release. */
export function loadTemplate(): Promise<Template> {
  loaded ??= Promise.all([readBuilt('engine.wasm'), readBuilt('template.image')]).then(([engine, image]) =>
    // Images are stored without the zeros at their end; their first 4 bytes count the pages.
    makeTemplate(engine, unpackImage(image)),
  );
  loaded.catch(() => (loaded = undefined));
  return loaded;
}

/** A memory as it is stored: its size in pages (32 bits, little-endian), then its bytes up to the last that is not zero. */
export function packImage(memory: Uint8Array): Uint8Array {
  let end = memory.length;
  while (end > 0 && memory[end - 1] === 0) end -= 1;
  const pages = new Uint8Array(4);
  new DataView(pages.buffer).setUint32(0, memory.length / 65_536, true);
  return concat([pages, memory.subarray(0, end)]);
}

/** The memory that was packed. */
export function unpackImage(packed: Uint8Array): Uint8Array {
  const pages = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  const memory = new Uint8Array(pages * 65_536);
  memory.set(packed.subarray(4));
  return memory;
}
