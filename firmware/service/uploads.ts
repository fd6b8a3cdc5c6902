/**
 * Bytes of bundles that arrive, kept by the hash that was announced, so that an upload that was cut goes on where it ended.
 * One file for each; those that nobody goes on with go after a day, and the oldest of them before, so that there are at most `uploadsMax`.
 */
import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { UploadContent } from '#wit/api';
import { bundleMaxima, hashBytes } from '#wit/bundle';
import type { Clock } from '#host';
import { storeError } from '../stores/store-error.ts';
import { requestInvalid, uploadInvalid, uploadUnderWay, uploadsExceeded } from './errors.ts';

/** Uploads that are under way or were cut: each may hold an archive of the maximum. */
const uploadsMax = 16;
/** Milliseconds until a cut upload is forgotten. */
const keptMs = 24 * 60 * 60 * 1000;
const hashPattern = /^[0-9a-f]{64}$/;

/** The uploads of a host. */
export class Uploads {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #open = new Set<string>();
  /** Those that arrive, and those that arrived and are being installed: each has its archive in memory. */
  #taken = 0;

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /**
   * Receives an archive, hands it over, and forgets it when that is done.
   * @throws {CodedError} as `receive`, and what `install` throws.
   */
  async take<Result>(
    content: UploadContent,
    install: (archive: Uint8Array) => Promise<Result>,
    progress?: (held: number) => void,
  ): Promise<Result> {
    if (this.#taken >= uploadsMax) throw uploadsExceeded(uploadsMax);
    this.#taken += 1;
    try {
      const archive = await this.receive(content, progress);
      try {
        return await install(archive);
      } finally {
        await this.forget(content.hash);
      }
    } finally {
      this.#taken -= 1;
    }
  }

  /**
   * Takes the bytes that are missing, and gives the whole archive; its hash has been compared. What arrived stays when the reader fails, until `forget`.
   * @throws {CodedError} `REQUEST_INVALID`, `BUNDLE_TOO_LARGE`, `UPLOAD_INVALID`, `OVERLOADED`, `STORE_FULL`, `IO_FAILED`, and what the reader throws.
   */
  async receive(content: UploadContent, progress?: (held: number) => void): Promise<Uint8Array> {
    const { hash, size } = content;
    if (!hashPattern.test(hash)) throw requestInvalid('hash', 'is not 64 hexadecimal digits, lower case');
    if (!Number.isSafeInteger(size) || size < 1) throw requestInvalid('size', 'is not a number of bytes');
    if (size > bundleMaxima.archiveBytes)
      throw uploadInvalid(`it has ${size} bytes, and a bundle has at most ${bundleMaxima.archiveBytes}`);
    if (this.#open.has(hash)) throw uploadUnderWay();
    // Before the first await: two that begin at the same time must not both get in.
    this.#open.add(hash);
    try {
      await this.#makeRoom();
      await this.#append(content, progress);
      return await this.#verified(content);
    } finally {
      this.#open.delete(hash);
    }
  }

  /** Removes what is kept of an upload, unless somebody sends it again. What cannot be removed now goes after a day. */
  async forget(hash: string): Promise<void> {
    if (!this.#open.has(hash)) await rm(this.#path(hash), { force: true }).catch(() => undefined);
  }

  #path(hash: string): string {
    return join(this.#directory, `${hash}.part`);
  }

  async #append({ hash, size, read }: UploadContent, progress?: (held: number) => void): Promise<void> {
    await using file = await this.#openFile(hash);
    let held = (await file.stat()).size;
    if (held > size) {
      await file.truncate(0);
      held = 0;
    }
    progress?.(held);
    if (held === size) return;
    for await (const piece of read(held)) {
      if (held + piece.length > size)
        throw uploadInvalid(`more than the ${size} bytes that were announced arrive`, { size });
      await write(file, piece, held);
      held += piece.length;
      progress?.(held);
    }
    if (held < size) throw uploadInvalid(`${held} of ${size} bytes arrived`, { offset: held, size });
  }

  async #openFile(hash: string): Promise<FileHandle> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      return await open(this.#path(hash), 'a+', 0o600);
    } catch (cause) {
      throw storeError('keep the upload', cause);
    }
  }

  async #verified({ hash }: UploadContent): Promise<Uint8Array> {
    const bytes = await readFile(this.#path(hash)).catch((cause: unknown) => {
      throw storeError('read the upload', cause);
    });
    if (hashBytes(bytes) === hash) return bytes;
    await rm(this.#path(hash), { force: true });
    throw uploadInvalid('the bytes that arrived do not have the hash that was announced', { offset: 0 });
  }

  /** Cut uploads go when they are old, and the oldest of them when there are too many; those that are under way stay. */
  async #makeRoom(): Promise<void> {
    if (this.#open.size > uploadsMax) throw uploadsExceeded(uploadsMax);
    const cut: { readonly path: string; readonly hash: string; readonly writtenMs: number }[] = [];
    for (const name of await readdir(this.#directory).catch(() => [])) {
      const path = join(this.#directory, name);
      const writtenMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
      cut.push({ path, hash: name.replace(/\.part$/, ''), writtenMs });
    }
    const waiting = cut.filter(({ hash }) => !this.#open.has(hash)).toSorted((a, b) => b.writtenMs - a.writtenMs);
    const kept = Math.max(0, uploadsMax - this.#open.size);
    const oldMs = this.#clock.nowMs() - keptMs;
    for (const [index, { path, writtenMs }] of waiting.entries()) {
      // In the turn of the look: one that goes on meanwhile must not lose its file.
      if (index >= kept || writtenMs < oldMs) rmSync(path, { force: true });
    }
  }
}

async function write(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  let done = 0;
  try {
    while (done < piece.length) {
      const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done);
      done += bytesWritten;
    }
  } catch (cause) {
    throw storeError('keep the upload', cause);
  }
}
