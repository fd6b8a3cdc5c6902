/** A proxy on a socket of its own, servers on loopback behind it, and who asks. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type RequestListener, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '#wit/interfaces';
import { parseToken } from '#wit/tokens';
import type { EgressRecord } from '../../../quilt-adapter/proxy/audit.ts';
import {
  type EgressCall,
  type EgressProxy,
  type EgressProxyOptions,
  openEgressProxy,
} from '../../../quilt-adapter/proxy/open-egress-proxy.ts';
import { askRaw } from '../icc/icc-client.ts';

/** A proxy with its records. */
export interface TestedProxy extends AsyncDisposable {
  readonly proxy: EgressProxy;
  readonly records: EgressRecord[];
  begin(...tokens: readonly string[]): EgressCall;
}

/** Names lead nowhere unless a test says where. */
export async function proxyIn(options: Partial<EgressProxyOptions> = {}): Promise<TestedProxy> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-proxy-'));
  const records: EgressRecord[] = [];
  const proxy = await openEgressProxy({
    socketPath: join(directory, 'proxy.sock'),
    container: 'box-1',
    audit: (record) => records.push(record),
    resolve: () => Promise.reject(new Error('no such name')),
    ...options,
  });
  return {
    proxy,
    records,
    begin(...texts) {
      const tokens = texts.map((text) => parseToken(text));
      const caller: Caller = { callId: 'call-1', bundle: 'orders@1.0.0', tool: 'place', tokens };
      return proxy.begin({ caller, tokens, deadlineMs: Date.now() + 600_000 });
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A server on loopback. */
export interface TestedServer extends AsyncDisposable {
  readonly port: number;
}

export async function httpServer(listener: RequestListener): Promise<TestedServer> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function tcpServer(accept: (socket: Socket) => void): Promise<TestedServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    accept(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends bytes as they are, and reads until the proxy ends the connection. */
export async function talk({ proxy }: TestedProxy, bytes: string | Uint8Array): Promise<string> {
  return await askRaw(proxy.socketPath, bytes);
}

/** The error of an answer. */
export function errorIn(answer: string): { readonly status: number; readonly code: string; readonly message: string } {
  const status = Number(/^HTTP\/1.1 (\d+) /.exec(answer)?.[1]);
  const { error } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as {
    error: { code: string; message: string };
  };
  return { status, code: error.code, message: error.message };
}

/** A tunnel that stands: what has come through it so far, and its socket. */
export async function tunnel(
  { proxy }: TestedProxy,
  target: string,
  early = '',
): Promise<{ readonly socket: Socket; readonly text: () => string }> {
  const socket = connect({ path: proxy.socketPath, allowHalfOpen: true });
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket
    .on('error', () => undefined)
    .on('close', () => reject(new Error(`no tunnel: ${text}`)))
    .on('data', (piece) => {
      text += piece.toString('latin1');
      if (text.includes('\r\n\r\n')) resolve();
    })
    .write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n${early}`);
  await promise;
  return { socket, text: () => text.slice(text.indexOf('\r\n\r\n') + 4) };
}

/** Waits until the other side has ended a connection, in whichever way. */
export function ended(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (socket.readableEnded || socket.destroyed) resolve();
  socket.once('end', () => resolve()).once('close', () => resolve());
  return promise;
}
