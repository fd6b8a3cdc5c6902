/** Clients that speak just enough to be let in, and then read nothing until they are told to. */
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { type Socket, connect } from 'node:net';
import { WebSocket } from 'ws';
import { webSocketPath, webSocketProtocol } from '#wit/api';
import { type StatusMessages, decodeStatus } from '#wit/proto';
import { definition, methodOf } from '../grpc/gateway-under-test.ts';

/** A client that reads nothing. Disposing of it ends its connection at once. */
export interface MuteClient extends Disposable {
  /** Reads what waits for it, to the end; gives the code and the words of the refusal that it ends with. */
  hear(): Promise<string>;
}

/** Which host. */
export interface Way {
  readonly port: number;
  readonly token: string;
}

/** A request of HTTP whose answer is not read. */
export async function muteHttp({ port, token }: Way, line: string, body = ''): Promise<MuteClient> {
  const socket = await connectTo(port);
  const lines = [
    `${line} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${token}`,
    'connection: close',
    ...(body === '' ? [] : ['content-type: application/json', `content-length: ${body.length}`]),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  return {
    async hear() {
      const closed = once(socket, 'close');
      let tail = '';
      socket.on('data', (piece: Buffer) => (tail = (tail + piece.toString('latin1')).slice(-2000)));
      socket.resume();
      await closed;
      return tail;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** A WebSocket that has asked for something and then reads nothing. */
export async function muteWebSocket({ port, token }: Way, requests: readonly object[]): Promise<MuteClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${webSocketPath}`, webSocketProtocol, {
    headers: { authorization: `Bearer ${token}` },
  });
  await once(socket, 'open');
  socket.pause();
  for (const [index, request] of requests.entries())
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: index + 1, ...request }));
  return {
    async hear() {
      const closed = once(socket, 'close') as Promise<[number, Buffer]>;
      socket.resume();
      const [code, reason] = await closed;
      return `${code} ${reason.toString()}`;
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** A request of gRPC on a connection of its own whose answers are not read. */
export async function muteGrpc({ port, token }: Way, method: string, message: object): Promise<MuteClient> {
  const session = await openSession(port);
  const stream = session.request(grpcHeaders(method, token));
  stream.on('error', () => undefined).pause();
  stream.end(grpcFrame(method, message));
  return {
    async hear() {
      stream.resume();
      return (await endOf(stream)).code;
    },
    [Symbol.dispose]: () => session.destroy(),
  };
}

/** A connection of HTTP/2. */
export async function openSession(port: number): Promise<ClientHttp2Session> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  await once(session, 'connect');
  return session;
}

/** Headers of a request of gRPC. */
export function grpcHeaders(method: string, token: string): Record<string, string> {
  return {
    ':method': 'POST',
    ':path': methodOf(method).path,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${token}`,
  };
}

/** A message with its length in front. */
export function grpcFrame(method: string, message: object): Buffer {
  return frame(methodOf(method).requestSerialize(message));
}

/** Bytes with their length in front. */
export function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** What a stream of gRPC comes to: the code of ours where there is one, else that of gRPC, of HTTP or of the reset. */
export async function endOf(stream: ClientHttp2Stream): Promise<{ readonly code: string; readonly message: string }> {
  const seen: Record<string, unknown> = {};
  stream.on('response', (headers) => Object.assign(seen, headers));
  stream.on('trailers', (trailers) => Object.assign(seen, trailers));
  stream.on('error', () => undefined);
  stream.on('data', () => undefined);
  if (!stream.closed) await once(stream, 'close');
  const details = seen['grpc-status-details-bin'];
  if (typeof details === 'string') {
    const { code, message } =
      decodeStatus(Buffer.from(details, 'base64'), definition as unknown as StatusMessages) ?? {};
    if (code !== undefined) return { code, message: message ?? '' };
  }
  const { 'grpc-status': status, ':status': http } = seen;
  const code = status === undefined ? `http ${String(http)} reset ${stream.rstCode}` : `status ${String(status)}`;
  return { code, message: String(seen['grpc-message'] ?? '') };
}

/** A connection of TCP that reads nothing. */
export async function connectTo(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).pause();
  await once(socket, 'connect');
  return socket;
}
