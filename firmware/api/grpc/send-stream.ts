/** Sends the messages of a stream no faster than they are read. */
import type { EventEmitter } from 'node:events';
import { slowReader } from './errors.ts';

/** How long a gateway waits for its clients, in milliseconds. */
export interface StreamTimes {
  /** For one that does not read. */
  readonly slowReaderMs: number;
  /** For the reason to be read by one that was cut off, and for the last answers when the host stops. */
  readonly resetMs: number;
  /** For the next bytes of an upload. */
  readonly uploadStallMs: number;
}

/** What gateways wait, tests aside. */
export const streamTimes: StreamTimes = { slowReaderMs: 30_000, resetMs: 5_000, uploadStallMs: 120_000 };

/** What is written to. */
interface Sink extends EventEmitter {
  write(message: object): boolean;
}

interface Sending {
  /** Aborted: the client has gone, or the host stops. */
  readonly signal: AbortSignal;
  readonly times: StreamTimes;
  /** Called when the source has been asked for the first message. */
  readonly begun?: () => void;
}

/**
 * Sends all messages. The source is asked for the next one when the client has taken the last ones; the library buffers up to 16.
 * @throws {CodedError} `SLOW_READER`, and what the source throws.
 */
export async function sendAll(
  sink: Sink,
  messages: AsyncIterable<object>,
  { signal, times, begun }: Sending,
): Promise<void> {
  const source = messages[Symbol.asyncIterator]();
  try {
    const first = source.next();
    begun?.();
    for (let next = await first; next.done !== true && !signal.aborted; next = await source.next()) {
      if (!sink.write(next.value)) await drained(sink, signal, times.slowReaderMs);
    }
  } finally {
    await source.return?.();
  }
}

function drained(sink: Sink, signal: AbortSignal, slowReaderMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      clearTimeout(timer);
      sink.off('drain', taken);
      signal.removeEventListener('abort', taken);
      if (error === undefined) resolve();
      else reject(error);
    };
    const taken = (): void => done();
    const timer = setTimeout(() => done(slowReader(slowReaderMs)), slowReaderMs);
    sink.once('drain', taken);
    signal.addEventListener('abort', taken, { once: true });
    if (signal.aborted) done();
  });
}
