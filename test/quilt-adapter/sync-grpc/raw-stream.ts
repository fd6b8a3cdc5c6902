/** A client that asks and takes no more than its window: nothing of it is a library's. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { serialized } from './served-scheduler.ts';

/** A stream of HTTP/2 that is paused, and its connection. */
export interface RawStream extends Disposable {
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;
}

/** Sends one message to a method. */
export function rawStream(path: string, method: string, message: object, initialWindowSize: number): RawStream {
  const session = connect('http://localhost', {
    createConnection: () => createConnection(path),
    settings: { initialWindowSize },
  });
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': `/quilt.sync.v1.SyncService/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.pause();
  const bytes = serialized(method, message);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  stream.end(Buffer.concat([head, bytes]));
  return { session, stream, [Symbol.dispose]: () => session.destroy() };
}
