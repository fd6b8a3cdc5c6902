/** The event ring of the quirky daemon: sent whole, newest first, again and again. */
import type * as grpc from '@grpc/grpc-js';

const ringMax = 1_000;
const everyMs = 100;

interface RingEvent {
  readonly eventType: string;
  readonly containerId: string;
  readonly timestamp: number;
}

/** In memory only: a restart empties it. */
export class QuirkyEvents {
  #ring: RingEvent[] = [];
  readonly #streams = new Set<grpc.ServerWritableStream<object, object>>();
  readonly #timer: NodeJS.Timeout;
  /** Messages sent to all. */
  sent = 0;

  constructor(faster: number) {
    this.#timer = setInterval(() => {
      for (const stream of this.#streams) this.#send(stream);
    }, everyMs / faster);
  }

  add(eventType: string, containerId: string, timestamp = Date.now()): void {
    this.#ring = [{ eventType, containerId, timestamp }, ...this.#ring].slice(0, ringMax);
  }

  open(stream: grpc.ServerWritableStream<object, object>): void {
    this.#streams.add(stream);
    stream.on('cancelled', () => this.#streams.delete(stream));
    stream.on('error', () => this.#streams.delete(stream));
    this.#send(stream);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#streams.clear();
  }

  #send(stream: grpc.ServerWritableStream<object, object>): void {
    if (stream.destroyed || stream.writableLength > ringMax) return;
    for (const event of this.#ring) {
      stream.write(event);
      this.sent += 1;
    }
  }
}
