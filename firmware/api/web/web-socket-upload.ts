/** An upload over a WebSocket: the service asks for bytes from an offset on, the client sends them one piece after the other. */
import { cancelled, requestInvalid, tooLate } from './errors.ts';
import type { Ticker } from './ticker.ts';

interface Piece {
  readonly bytes: Uint8Array;
  readonly taken: () => void;
}

/** Where the pieces of one upload arrive. */
export class UploadInbox {
  readonly #size: number;
  readonly #ask: (read: number, offset: number) => void;
  readonly #idle: { readonly ticker: Ticker; readonly ms: number; readonly signal: AbortSignal };
  #read = 0;
  #offset = 0;
  #piece: Piece | undefined;
  #wake: (() => void) | undefined;

  /** `ask`: tells the client from where to send. */
  constructor(
    size: number,
    ask: (read: number, offset: number) => void,
    idle: { readonly ticker: Ticker; readonly ms: number; readonly signal: AbortSignal },
  ) {
    this.#size = size;
    this.#ask = ask;
    this.#idle = idle;
  }

  /** The bytes from an offset on. A second time ends the first. @throws {CodedError} `DEADLINE_EXCEEDED`, `CANCELLED`. */
  async *pieces(offset: number): AsyncGenerator<Uint8Array> {
    this.#read += 1;
    const read = this.#read;
    this.#offset = offset;
    this.#piece?.taken();
    this.#piece = undefined;
    this.#ask(read, offset);
    for (let at = offset; at < this.#size && read === this.#read;) {
      await this.#arrived();
      const piece = this.#waiting();
      if (piece === undefined || read !== this.#read) continue;
      at += piece.bytes.length;
      yield piece.bytes;
      if (this.#waiting() === piece) this.#piece = undefined;
      piece.taken();
    }
  }

  /** Takes a piece; resolves when there is room for the next. @throws {CodedError} `REQUEST_INVALID` for one that is not its turn. */
  take({
    read,
    offset,
    bytes,
  }: {
    readonly read: number;
    readonly offset: number;
    readonly bytes: Uint8Array;
  }): Promise<void> {
    // What belongs to a read that has ended is dropped: the client hears of the next one soon.
    if (read < this.#read) return Promise.resolve();
    if (read !== this.#read || offset !== this.#offset)
      throw requestInvalid('offset', `is not ${this.#offset}, where the next piece begins`);
    if (this.#piece !== undefined) throw requestInvalid('bytes', 'come before the piece before is answered');
    if (bytes.length === 0 || offset + bytes.length > this.#size)
      throw requestInvalid('bytes', 'are none, or more than were announced');
    this.#offset += bytes.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#piece = { bytes, taken: resolve };
    this.#wake?.();
    return promise;
  }

  /** Lets go of a piece that nobody takes any more. */
  close(): void {
    this.#read += 1;
    this.#piece?.taken();
    this.#piece = undefined;
    this.#wake?.();
  }

  #waiting(): Piece | undefined {
    return this.#piece;
  }

  async #arrived(): Promise<void> {
    const { ticker, ms, signal } = this.#idle;
    if (signal.aborted) throw cancelled();
    if (this.#piece !== undefined) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const onAbort = (): void => reject(cancelled());
    signal.addEventListener('abort', onAbort, { once: true });
    using _deadline = ticker.after(ms, () => reject(tooLate('a piece of the upload', ms)));
    try {
      await promise;
    } finally {
      this.#wake = undefined;
      signal.removeEventListener('abort', onAbort);
    }
  }
}
