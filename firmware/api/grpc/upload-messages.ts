/** The messages of a client's stream, with an end for one that says nothing any more. */
import type { Readable } from 'node:stream';
import { uploadCut, uploadStalled } from './errors.ts';
import { readable } from '#wit/grpc';

/** Gives the messages; the client is slowed down to the pace of the reader. @throws {CodedError} `CANCELLED`, `DEADLINE_EXCEEDED`, `REQUEST_INVALID`. */
export async function* uploadMessages(stream: Readable, stallMs: number): AsyncGenerator<object> {
  // Leaving early must not destroy the stream: the answer goes out on it.
  const iterator = stream.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  for (;;) {
    const next = await withLimit(iterator.next(), stallMs);
    if (next.done === true) return;
    yield readable(next.value as object);
  }
}

async function withLimit<Value>(next: Promise<Value>, stallMs: number): Promise<Value> {
  const { promise: stalled, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(uploadStalled(stallMs)), stallMs);
  try {
    // The library destroys the stream of a client that has gone.
    return await Promise.race([next.catch(() => Promise.reject(uploadCut())), stalled]);
  } finally {
    clearTimeout(timer);
  }
}
