/** The socket to the host: frames in, frames out. */
import { type AgentMessage, type Frame, FrameReader, encodeFrame } from '#wit/turns';
import { type BunSocket, bun } from './captured.ts';
import { bare } from './bare.ts';

/** A connection. While it is held the process waits for the host; else it ends, or says so, when there is nothing else to wait for. */
export class Connection {
  #socket: BunSocket | undefined;
  #waiting: Uint8Array[] = [];

  /** Connects. `onFrame` may be called before this is settled. */
  async open(path: string, on: { readonly frame: (frame: Frame) => void; readonly close: () => void }): Promise<void> {
    const reader = new FrameReader();
    await bun.connect({
      unix: path,
      socket: {
        open: (socket) => {
          this.#socket = socket;
        },
        data: (_, bytes) => reader.push(bytes, on.frame),
        drain: () => this.#drain(),
        close: on.close,
        error: on.close,
      },
    });
  }

  send(message: AgentMessage, blobs: readonly Uint8Array[]): void {
    this.#write(encodeFrame(bare(message), blobs));
  }

  hold(): void {
    this.#socket?.ref();
  }

  release(): void {
    this.#socket?.unref();
  }

  #write(bytes: Uint8Array): void {
    if (this.#waiting.length > 0) {
      this.#waiting[this.#waiting.length] = bytes;
      return;
    }
    const written = this.#socket?.write(bytes) ?? 0;
    if (written < bytes.length) this.#waiting[0] = bytes.subarray(written < 0 ? 0 : written);
  }

  #drain(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let index = 0; index < waiting.length; index += 1) {
      const bytes = waiting[index];
      if (bytes) this.#write(bytes);
    }
  }
}
