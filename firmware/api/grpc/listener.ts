/**
 * Accepts connections and hands them to the gRPC server: how many there may be, how long one may say nothing, TLS.
 * The library's own listener knows none of these.
 */
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { HostTls } from '../../access/tls.ts';
import { listenAddress } from '../../access/listen-policy.ts';
import { type UnixAddress, listenOnUnixSocket } from '#wit/grpc';
import { listenFailed } from './errors.ts';

/** Milliseconds until a connection has to have sent the preface of HTTP/2. */
const prefaceMsMax = 10_000;
/** Bytes of that preface (RFC 9113 §3.4). */
const prefaceBytes = 24;
const handshakeMsMax = 10_000;

/** Where to listen. */
export type GrpcListen =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: HostTls | undefined }
  | ({ readonly kind: 'unix' } & UnixAddress);

/** What a listener does with what comes. */
export interface ListenerSetting {
  readonly connectionsMax: number;
  /** Takes a connection over; it has spoken TLS where there is any. */
  readonly accept: (socket: Socket) => void;
  readonly opened: () => void;
  readonly closed: () => void;
}

/** Owns the listening socket and every connection. */
export class Listener implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #emptied: (() => void)[] = [];
  #address = '';

  constructor(listen: GrpcListen, setting: ListenerSetting) {
    const { connectionsMax, accept, opened, closed } = setting;
    const tls = listen.kind === 'tcp' ? listen.tls : undefined;
    this.#server = tls === undefined ? createServer({ noDelay: true }) : secureServer(tls);
    // Beyond it connections are closed as they come.
    this.#server.maxConnections = connectionsMax;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      opened();
      // The library reports what it can; an error before it has taken over is only the end of the connection.
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#sockets.delete(socket);
        closed();
        if (this.#sockets.size === 0) for (const resolve of this.#emptied.splice(0)) resolve();
      });
    });
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      socket.on('error', () => {});
      cutSilent(socket);
      accept(socket);
    });
  }

  /** As bound. */
  get address(): string {
    return this.#address;
  }

  /** @throws {CodedError} `LISTEN_REFUSED`, `CONFIG_INVALID`. */
  async listen(wanted: GrpcListen): Promise<void> {
    if (wanted.kind === 'unix') {
      await listenOnUnixSocket(this.#server, wanted);
      this.#address = wanted.path;
    } else {
      const { host, port } = listenAddress('gRPC', wanted, wanted.tls !== undefined);
      await listenOnTcp(this.#server, host, port);
      const bound = this.#server.address() as AddressInfo;
      this.#address = `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
    }
    // One that fails to accept, as for want of file descriptors, goes on with the next.
    this.#server.on('error', () => {});
  }

  /** Takes no new connections, and lets those go that have said nothing. */
  close(): void {
    if (this.#server.listening) this.#server.close();
    for (const socket of this.#sockets) if (socket.bytesRead < prefaceBytes) socket.destroy();
  }

  /** Resolves when there is no connection. */
  empty(): Promise<void> {
    return this.#sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#emptied.push(resolve));
  }

  /** Ends all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#server.listening
      ? new Promise<void>((resolve) => this.#server.close(() => resolve()))
      : undefined;
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function secureServer(tls: HostTls): Server {
  const server = createTlsServer({
    ...tls.options,
    ALPNProtocols: ['h2'],
    handshakeTimeout: handshakeMsMax,
    noDelay: true,
  });
  tls.subscribe((options) => server.setSecureContext(options));
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return server;
}

function listenOnTcp(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => reject(listenFailed(`${host}:${port}`, error));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

/** Ends a connection that connects and says nothing. */
function cutSilent(socket: Socket): void {
  const timer = setTimeout(() => {
    if (socket.bytesRead < prefaceBytes) socket.destroy();
  }, prefaceMsMax);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
