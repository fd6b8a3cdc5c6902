/** A client that asks and takes nothing: its window stays as it was. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { methodOf } from './gateway-under-test.ts';

/** A stream of HTTP/2, and its connection. */
export interface StalledClient extends Disposable {
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;
  /** Whether there is room for another message. */
  send(message: object): boolean;
}

/** Opens one on the path of a socket; nothing has been asked yet. */
export function openStalled(path: string, name: string): StalledClient {
  const session = connect('http://localhost', {
    createConnection: () => createConnection(path),
    settings: { initialWindowSize: 1024 },
  });
  session.on('error', () => {});
  const { path: method, requestSerialize } = methodOf(name);
  const stream = session.request({
    ':method': 'POST',
    ':path': method,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.pause();
  return {
    session,
    stream,
    send: (message) => stream.write(framed(requestSerialize(message))),
    [Symbol.dispose]: () => session.destroy(),
  };
}

/** A message as a frame of gRPC. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
