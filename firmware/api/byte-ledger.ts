/** How many bytes all clients together make us hold. Beyond the maximum whoever holds the most is cut off, so that the others go on. */
import type { EventEmitter } from 'node:events';

/** Answers from this size on count while their clients take them: smaller ones are in the buffers of the system anyway. */
export const countedBytes = 64 * 1024;

/** What one client makes us hold. Disposing of it gives it back. */
export interface ByteAccount extends Disposable {
  /** Says how much it is now. May cut off this client or another one. */
  set(bytes: number): void;
}

/** Counts. */
export class ByteLedger {
  readonly #bytesMax: number;
  readonly #held = new Map<ByteAccount, { bytes: number; readonly cut: () => void }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `cut`: lets go of what is held and disposes of the account, now or soon; must not throw. */
  open(cut: () => void): ByteAccount {
    const account: ByteAccount = {
      set: (bytes) => this.#set(account, bytes),
      [Symbol.dispose]: () => this.#close(account),
    };
    this.#held.set(account, { bytes: 0, cut });
    return account;
  }

  /** Counts bytes until the stream that they are in has closed. `cut`: as of `open`. */
  hold(stream: EventEmitter, bytes: number, cut: () => void): void {
    const account = this.open(cut);
    stream.once('close', () => account[Symbol.dispose]());
    account.set(bytes);
  }

  #set(account: ByteAccount, bytes: number): void {
    const held = this.#held.get(account);
    if (held === undefined) return;
    this.#bytes += bytes - held.bytes;
    held.bytes = bytes;
    while (this.#bytes > this.#bytesMax && this.#held.size > 0) {
      const [largest, { cut }] = [...this.#held].reduce((most, one) => (one[1].bytes > most[1].bytes ? one : most));
      this.#close(largest);
      cut();
    }
  }

  #close(account: ByteAccount): void {
    this.#bytes -= this.#held.get(account)?.bytes ?? 0;
    this.#held.delete(account);
  }
}
