/**
 * What waits to be sent on a WebSocket. The socket gets a little at a time; the rest waits here, with a maximum for this connection and one for all.
 * A client that takes nothing for a while, or lets too much wait, is cut off.
 */
import type { WebSocket } from 'ws';
import type { ByteAccount } from '../byte-ledger.ts';
import type { WebContext } from './web-context.ts';

/** Sends in order. Disposing of it forgets what waits. */
export class Outbox implements Disposable {
  readonly #socket: WebSocket;
  readonly #context: WebContext;
  readonly #cut: (state: string) => void;
  readonly #account: ByteAccount;
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #unsent = 0;
  #sentMs: number;
  #rooms: (() => void)[] = [];
  #closed = false;

  constructor(socket: WebSocket, context: WebContext, cut: (state: string) => void) {
    this.#socket = socket;
    this.#context = context;
    this.#cut = cut;
    this.#sentMs = context.ticker.nowMs;
    this.#account = context.outgoing.open(() => this.#end('all clients together let too much wait'));
  }

  /** Whether it is better not to take more from the client. */
  get full(): boolean {
    return this.#queuedBytes > this.#context.limits.highWaterBytes;
  }

  send(json: unknown): void {
    if (this.#closed) return;
    const text = Buffer.from(JSON.stringify(json));
    const { messageBytesMax } = this.#context.setting.limits;
    if (this.#queuedBytes > 0 && this.#queuedBytes + text.length > messageBytesMax) {
      this.#end(`${this.#queuedBytes} bytes wait to be read`);
      return;
    }
    if (this.#unsent === 0 && this.#queue.length === 0) this.#sentMs = this.#context.ticker.nowMs;
    this.#queue.push(text);
    this.#queuedBytes += text.length;
    this.#flush();
  }

  /** Resolves when little waits; at once after the end. */
  room(): Promise<void> {
    if (this.#closed || this.#queuedBytes + this.#socket.bufferedAmount <= this.#context.limits.highWaterBytes)
      return Promise.resolve();
    return new Promise((resolve) => this.#rooms.push(resolve));
  }

  /** To be called at every tick. */
  look(): void {
    const { ticker, limits } = this.#context;
    if (this.#unsent > 0 && ticker.nowMs - this.#sentMs > limits.stalledMs)
      this.#end(`nothing was read for ${limits.stalledMs} ms`);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#account[Symbol.dispose]();
    for (const resolve of this.#rooms.splice(0)) resolve();
  }

  #flush(): void {
    const { highWaterBytes } = this.#context.limits;
    while (this.#queue.length > 0 && this.#socket.bufferedAmount <= highWaterBytes) {
      const text = this.#queue.shift();
      if (text === undefined) break;
      this.#queuedBytes -= text.length;
      this.#unsent += 1;
      this.#socket.send(text, { binary: false }, () => this.#sent());
    }
    this.#account.set(this.#queuedBytes + this.#socket.bufferedAmount);
  }

  #sent(): void {
    this.#unsent -= 1;
    this.#sentMs = this.#context.ticker.nowMs;
    if (this.#closed) return;
    this.#flush();
    if (this.#queuedBytes + this.#socket.bufferedAmount > this.#context.limits.highWaterBytes) return;
    for (const resolve of this.#rooms.splice(0)) resolve();
  }

  #end(state: string): void {
    if (this.#closed) return;
    this[Symbol.dispose]();
    this.#cut(state);
  }
}
