/**
 * Compiled code on disk, kept between processes. It runs with all rights of the host, so it is authenticated before every load.
 *
 * - One directory for each artifact, named by everything that its code depends on, with `code` and `mac` in it. It is written aside and
 *   renamed, so both appear at once, whole or not at all; what is there is never written again, since processes map it.
 * - `mac` covers the name and the code: neither another key's code, nor another artifact's under this name, is loaded.
 * - What was authenticated is what is loaded: the file stays open in between, and is loaded by its open number where the system can.
 * - Whatever is wrong with an artifact, it is removed and made anew. Whatever is wrong with the directory, the call gets a private copy.
 */
import assert from 'node:assert/strict';
import { hash, randomUUID, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
} from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artifactLimits, compilerLimits } from '../../limits.ts';
import { ArtifactSpace } from './artifact-space.ts';
import { foreignness, privateDirectory } from './private-directory.ts';

/** Raised when the form of the directory changes. */
const storeFormat = 1;
const macBytes = 32;
const keyBytes = 32;
const codeFile = 'code';
const macFile = 'mac';
/** Of another process that puts the same artifact there, or takes it away, at the same moment. */
const publishTriesMax = 3;

/** Everything besides the component that compiled code depends on. */
export interface CodeIdentity {
  /** Version of wasmtime. */
  readonly wasmtime: string;
  readonly target: string;
  /** What the compiler may use of the processor. */
  readonly cpuFeatures: string;
  /** Settings by their names. */
  readonly settings: object;
}

/** Which code: of a shared engine, of a tool beside a shared engine, or of a component as a whole. */
export interface Artifact {
  readonly kind: 'engine' | 'tool' | 'whole';
  /** Hash of the bytes that were compiled. */
  readonly contentHash: string;
  /** Of a tool: hash of the engine beside which it was compiled. */
  readonly engineHash?: string;
}

/** Code that may be loaded from `path` until this is disposed of; what was loaded stays. The holder owns it. */
export interface OpenArtifact extends Disposable {
  readonly path: string;
}

/** What an operator may want to know. */
export type ArtifactEvent =
  /** An artifact was not what it should be: it is made anew. */
  | { readonly kind: 'removed'; readonly name: string; readonly reason: string }
  /** Code could not be kept: it is made again by the next process. */
  | { readonly kind: 'not-kept'; readonly reason: string };

/** What a store is made of. */
export interface ArtifactStoreOptions {
  readonly directory: string;
  /** 32 bytes that only this user knows. */
  readonly key: Uint8Array;
  readonly identity: CodeIdentity;
  /** Keyed hash of the name and the content of the file: 32 bytes. */
  readonly authenticate: (path: string, name: string, key: Uint8Array) => Uint8Array;
  /** Of all code in the directory. Absent: `artifactLimits.directoryBytesMax`. */
  readonly directoryBytesMax?: number;
  /** Where private copies are made when the directory refuses. Absent: the system's. */
  readonly temporaryDirectory?: string;
  readonly onEvent?: (event: ArtifactEvent) => void;
  readonly nowMs?: () => number;
}

/** Compiled code in one directory, which any number of processes may share. */
export class ArtifactStore {
  readonly #options: ArtifactStoreOptions;
  readonly #space: ArtifactSpace;
  readonly #nowMs: () => number;

  constructor(options: ArtifactStoreOptions) {
    assert.equal(options.key.length, keyBytes, 'the key of compiled code has 32 bytes');
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    const { directory, directoryBytesMax = artifactLimits.directoryBytesMax } = options;
    this.#space = new ArtifactSpace({ directory, codeFile, bytesMax: directoryBytesMax, nowMs: this.#nowMs });
  }

  /** The code, if it is there and is what this host made. The caller owns what it gets. */
  async find(artifact: Artifact): Promise<OpenArtifact | undefined> {
    if (privateDirectory(this.#options.directory) !== undefined) return undefined;
    return this.#open(this.#nameOf(artifact));
  }

  /**
   * Keeps the code and opens it. Where it cannot be kept it is opened as a private copy; where that cannot be written either there is nothing.
   * The caller owns what it gets.
   */
  async add(artifact: Artifact, code: Uint8Array): Promise<OpenArtifact | undefined> {
    try {
      return await this.#keep(this.#nameOf(artifact), code);
    } catch (error) {
      this.#options.onEvent?.({ kind: 'not-kept', reason: reasonOf(error) });
    }
    return this.copy(code);
  }

  /**
   * Opens the code as a private copy that nothing else can reach, and that goes with this process: also for a directory from which the system
   * loads no code. Nothing where it cannot be written. The caller owns what it gets.
   */
  async copy(code: Uint8Array): Promise<OpenArtifact | undefined> {
    const { temporaryDirectory = tmpdir() } = this.#options;
    return privateCopy(temporaryDirectory, code, this.#nowMs()).catch(() => undefined);
  }

  /** Removes code that was authentic and could not be loaded all the same. */
  async discard(artifact: Artifact, reason: string): Promise<void> {
    await this.#remove(this.#nameOf(artifact), reason);
  }

  #nameOf({ kind, contentHash, engineHash }: Artifact): string {
    const { wasmtime, target, cpuFeatures, settings } = this.#options.identity;
    const sorted = Object.entries(settings).sort(([left], [right]) => (left < right ? -1 : 1));
    const parts = [storeFormat, kind, contentHash, engineHash ?? null, wasmtime, target, cpuFeatures, sorted];
    // Not the BLAKE3 of bundles: that one is WebAssembly, which takes half a millisecond to begin.
    return hash('sha256', JSON.stringify(parts));
  }

  async #open(name: string): Promise<OpenArtifact | undefined> {
    const path = join(this.#options.directory, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) return undefined;
    let code: number | undefined;
    try {
      if (!found.isDirectory()) throw new Error('it is no directory');
      code = openPlainFile(join(path, codeFile), compilerLimits.codeBytesMax);
      const artifact = openArtifact(code, join(path, codeFile));
      this.#authenticate(name, artifact.path, readSmall(join(path, macFile)));
      this.#noteUse(code);
      return artifact;
    } catch (error) {
      if (code !== undefined) closeSync(code);
      await this.#remove(name, reasonOf(error));
      return undefined;
    }
  }

  #authenticate(name: string, path: string, mac: Uint8Array): void {
    const expected = this.#macOf(path, name);
    if (mac.length !== macBytes) throw new Error(`its authentication code has ${mac.length} bytes`);
    if (!timingSafeEqual(expected, mac)) throw new Error('it is not what this host made');
  }

  #macOf(path: string, name: string): Uint8Array {
    const mac = this.#options.authenticate(path, name, this.#options.key);
    assert.equal(mac.length, macBytes, 'an authentication code has 32 bytes');
    return mac;
  }

  /** The order of removal is that of these times. */
  #noteUse(code: number): void {
    const nowMs = this.#nowMs();
    if (Math.abs(nowMs - fstatSync(code).mtimeMs) < artifactLimits.useNotedMs) return;
    try {
      futimesSync(code, nowMs / 1000, nowMs / 1000);
    } catch {
      // On a disk that takes no writes nothing is removed either.
    }
  }

  /** Moved away first: a removal that stops in the middle leaves no half of it under its name. */
  async #remove(name: string, reason: string): Promise<void> {
    const { directory, onEvent } = this.#options;
    const aside = join(directory, `${ArtifactSpace.removedPrefix}${randomUUID()}`);
    try {
      await rename(join(directory, name), aside);
    } catch {
      // Another process has removed it, or nobody can; then it is found wrong again.
      return;
    }
    onEvent?.({ kind: 'removed', name, reason });
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
  }

  async #keep(name: string, code: Uint8Array): Promise<OpenArtifact> {
    const { directory } = this.#options;
    const fault = privateDirectory(directory);
    if (fault !== undefined) throw new Error(`"${directory}" cannot be used: ${fault}`);
    if (code.length > compilerLimits.codeBytesMax) throw new Error(`it has ${code.length} bytes`);
    using room = await this.#space.reserve(code.length);
    const aside = join(directory, `${ArtifactSpace.writtenPrefix}${randomUUID()}`);
    await mkdir(aside, { mode: 0o700 });
    let artifact: OpenArtifact | undefined;
    try {
      artifact = await this.#write(name, aside, code);
      const published = await this.#publish(name, aside, artifact);
      room.used();
      return published;
    } catch (error) {
      artifact?.[Symbol.dispose]();
      await rm(aside, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Its time is the store's, so that what comes next is not removed before what came earlier. */
  async #write(name: string, aside: string, code: Uint8Array): Promise<OpenArtifact> {
    const path = join(aside, codeFile);
    await writeNew(path, code, this.#nowMs());
    const artifact = openArtifact(openPlainFile(path, code.length), path);
    try {
      await writeNew(join(aside, macFile), this.#macOf(artifact.path, name), this.#nowMs());
      return artifact;
    } catch (error) {
      artifact[Symbol.dispose]();
      throw error;
    }
  }

  /** Puts what was written in its place. What another process put there first stays, if it is right: it may be mapped. */
  async #publish(name: string, aside: string, written: OpenArtifact): Promise<OpenArtifact> {
    const { directory } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        await rename(aside, join(directory, name));
        return written.path.startsWith(aside) ? moved(written, join(directory, name, codeFile)) : written;
      } catch (error) {
        const other = await this.#open(name);
        if (other) {
          written[Symbol.dispose]();
          await rm(aside, { recursive: true, force: true });
          return other;
        }
        if (tries === publishTriesMax) throw error;
      }
    }
  }
}

async function privateCopy(parent: string, code: Uint8Array, nowMs: number): Promise<OpenArtifact> {
  const directory = await mkdtemp(join(parent, 'aria-code-'));
  const path = join(directory, codeFile);
  const removed = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    await writeNew(path, code, nowMs);
    const artifact = openArtifact(openPlainFile(path, code.length), path);
    if (artifact.path === path) return { path, [Symbol.dispose]: () => (artifact[Symbol.dispose](), removed()) };
    // It lives on as an open file.
    await unlink(path);
    await rmdir(directory);
    return artifact;
  } catch (error) {
    removed();
    throw error;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Opens a file of ours to read, never waiting: a pipe in its place is opened and refused. */
function openPlainFile(path: string, bytesMax: number): number {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(file);
    const fault = found.isFile() ? foreignness(found.uid, found.mode) : 'it is no file';
    if (fault !== undefined) throw new Error(fault);
    if (found.size > bytesMax) throw new Error(`it has ${found.size} bytes`);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** An authentication code; a longer file is cut, and then one byte too long. */
function readSmall(path: string): Uint8Array {
  const file = openPlainFile(path, macBytes + 1);
  try {
    const buffer = Buffer.alloc(macBytes + 1);
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(file);
  }
}

/** Loads go by the number of the open file where the system has a path for it: nobody can put another file there. */
function openArtifact(file: number, path: string): OpenArtifact {
  const held = `/proc/self/fd/${file}`;
  let closed = false;
  return {
    path: existsSync(held) ? held : path,
    [Symbol.dispose]: () => {
      if (!closed) closeSync(file);
      closed = true;
    },
  };
}

function moved(artifact: OpenArtifact, path: string): OpenArtifact {
  return { path, [Symbol.dispose]: () => artifact[Symbol.dispose]() };
}

async function writeNew(path: string, bytes: Uint8Array, nowMs: number): Promise<void> {
  await using file: FileHandle = await open(path, 'wx', 0o600);
  await file.writeFile(bytes);
  await file.utimes(nowMs / 1000, nowMs / 1000);
  // Of code alone: whatever else a power failure tears is found wrong and made anew.
  if (bytes.length > macBytes) await file.datasync();
}
