/**
 * Where lines go: standard error, or a file that is appended to. Writing never blocks the host and never takes it down: lines wait in a queue of
 * bounded size, and those that cannot be written are counted and dropped.
 */
import { closeSync, constants, fchmodSync, fstatSync, openSync, renameSync, write, writeSync } from 'node:fs';
import type { Clock } from '#host';
import { logFileFailed } from './errors.ts';

/** Waiting lines. A disk that stalls for seconds costs no line of a busy host. */
const queueBytesMaxDefault = 4 * 1024 * 1024;
/** A larger file becomes `FILE.1`, in the place of the one before: a log never fills a disk. */
const fileBytesMaxDefault = 64 * 1024 * 1024;
/** Between attempts at a pipe that is full. */
const retryMs = 20;
/** Longest that an end waits for what is being written. */
const closeMsMax = 1000;

/** Where lines go. */
export interface LineSinkOptions {
  /** A path; standard error where absent. */
  readonly file?: string;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly queueBytesMax?: number;
  readonly fileBytesMax?: number;
  /** Descriptor of standard error; of something else in tests. */
  readonly descriptor?: number;
}

/** Writes lines, in order, as whole lines. */
export class LineSink implements AsyncDisposable {
  readonly #options: LineSinkOptions;
  readonly #stop = new AbortController();
  #descriptor: number;
  #fileBytes = 0;
  #queue: string[] = [];
  #queueBytes = 0;
  #dropped = 0;
  /** The batch that is being written: what of it is not written yet. */
  #batch: Buffer | undefined;
  #batchLines = 0;
  #writing: Promise<void> | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;

  /** @throws {CodedError} `IO_FAILED` where the file cannot be opened. */
  constructor(options: LineSinkOptions) {
    this.#options = options;
    this.#descriptor = options.descriptor ?? 2;
    if (options.file !== undefined) this.#open(options.file);
  }

  /** Lines that could not be written. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a line with its end; it is written soon. */
  write(line: string): void {
    // A character has at most three bytes in UTF-8; the maximum needs no exact count.
    if (this.#closed || this.#queueBytes + line.length > (this.#options.queueBytesMax ?? queueBytesMaxDefault)) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(line);
    this.#queueBytes += line.length;
    this.#writing ??= this.#drain();
  }

  /** Writes what waits, now, before a process ends. What cannot be written is dropped. */
  flushSync(): void {
    if (this.#closed) return;
    // The write that is under way may yet happen: its bytes twice are better than none of them.
    const waiting = [this.#batch ?? Buffer.alloc(0), Buffer.from(this.#queue.join(''), 'utf8')];
    this.#clear();
    let bytes = Buffer.concat(waiting);
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.#descriptor, bytes));
    } catch {
      this.#dropped += 1;
    }
  }

  /** Writes what waits, as far as that works within a second, and closes the file. */
  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#stop.abort();
    const done = new AbortController();
    // A pipe that nobody reads must not keep a host from ending.
    await Promise.race([this.#writing, this.#options.clock.sleep(closeMsMax, done.signal)]);
    done.abort();
    // A write that is still under way would go to whatever is opened next under the same number.
    if (this.#options.file !== undefined && this.#writing === undefined) closeSync(this.#descriptor);
  }

  async #drain(): Promise<void> {
    // Lines of the same turn go together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      this.#batch = Buffer.from(this.#queue.join(''), 'utf8');
      this.#batchLines = this.#queue.length;
      this.#queue = [];
      this.#queueBytes = 0;
      await this.#writeBatch();
    }
    this.#writing = undefined;
  }

  async #writeBatch(): Promise<void> {
    while (this.#batch !== undefined && this.#batch.length > 0) {
      const written = await this.#writeOnce(this.#batch);
      if (typeof written === 'number') {
        this.#fileBytes += written;
        this.#batch = this.#batch?.subarray(written);
      } else if (written.code === 'EAGAIN' && !this.#closed) {
        await this.#options.clock.sleep(retryMs, this.#stop.signal);
      } else {
        this.#dropped += this.#batchLines;
        this.#batch = undefined;
      }
    }
    this.#batch = undefined;
    this.#rotate();
  }

  #writeOnce(bytes: Buffer): Promise<number | NodeJS.ErrnoException> {
    return new Promise((resolve) => {
      write(this.#descriptor, bytes, 0, bytes.length, null, (error, written) => resolve(error ?? written));
    });
  }

  #clear(): void {
    this.#batch = undefined;
    this.#queue = [];
    this.#queueBytes = 0;
  }

  #open(file: string): void {
    try {
      const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOCTTY;
      this.#descriptor = openSync(file, flags, 0o600);
      const state = fstatSync(this.#descriptor);
      if (!state.isFile()) return;
      this.#fileBytes = state.size;
      // One that was there may have been open to others.
      fchmodSync(this.#descriptor, 0o600);
    } catch (cause) {
      throw logFileFailed(file, cause);
    }
  }

  #rotate(): void {
    const { file, fileBytesMax = fileBytesMaxDefault } = this.#options;
    if (file === undefined || this.#closed || this.#fileBytes < fileBytesMax) return;
    const before = this.#descriptor;
    try {
      if (!fstatSync(before).isFile()) return;
      renameSync(file, `${file}.1`);
      this.#open(file);
      closeSync(before);
    } catch {
      // The old file goes on; the next attempt is a whole file away.
      this.#fileBytes = 0;
    }
  }
}
