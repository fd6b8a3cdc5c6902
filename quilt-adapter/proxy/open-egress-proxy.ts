/**
 * The only way from a container to the network: a proxy of HTTP on a Unix socket in the container's own directory.
 *
 * Invariants:
 * - nothing is resolved or opened before a `net` token of a running call covers host and port;
 * - a connection goes to the address that was checked, and is closed when the call ends;
 * - each tunnel and each request leaves one record, also one that is refused.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CodedError } from '#wit/errors';
import { type Clock, systemClock } from '../icc/clock.ts';
import { httpStatusOf } from '../icc/http-status.ts';
import { createServer } from '../icc/node-http.ts';
import { type SocketAccess, answerHeaders, errorBody, listenOnSocket, sendRaw } from '../icc/socket-server.ts';
import { type EgressRecord, Passage } from './audit.ts';
import {
  type Connect,
  type Connecting,
  type Resolve,
  connectFromMachine,
  openConnection,
  resolveByNameServers,
} from './connect.ts';
import { type Destination, connectionFailed, connectionsExceeded, proxyClosed, requestRefused } from './errors.ts';
import { checkFraming, forward } from './forward.ts';
import { type EgressLimits, egressLimits } from './limits.ts';
import type { OutsideFacts } from './outside.ts';
import { type CallToRun, RunningCalls } from './running-calls.ts';
import { absoluteTarget, connectTarget } from './target.ts';
import { runTunnel } from './tunnel.ts';

/** Whose proxy it is, and how it reaches the network. */
export interface EgressProxyOptions {
  /** On the machine, in the container's own directory; at most 107 bytes. */
  readonly socketPath: string;
  readonly access?: SocketAccess;
  /** The container's id, for the records. */
  readonly container: string;
  /** Hears of each tunnel and each request when it is over; must not throw. */
  readonly audit: (record: EgressRecord) => void;
  /** The name servers of the machine where absent. */
  readonly resolve?: Resolve;
  /** From the machine where absent. */
  readonly connect?: Connect;
  readonly limits?: Partial<EgressLimits>;
  readonly clock?: Clock;
}

/** A call that may go to the network. Leaving the scope ends it. */
export interface EgressCall extends Disposable {
  /** Closes what it has open. Idempotent. */
  end(): void;
}

/** The proxy of one container. */
export interface EgressProxy extends AsyncDisposable {
  readonly socketPath: string;
  /** Connections of the container to it. */
  readonly connections: number;
  /** Lets a call go where its tokens say. @throws {CodedError} `UNAVAILABLE` once disposal has begun. */
  begin(call: CallToRun): EgressCall;
}

/** Opens the proxy of a container. The caller owns it. @throws {CodedError} `CONTAINER_START_FAILED`. */
export async function openEgressProxy(options: EgressProxyOptions): Promise<EgressProxy> {
  const limits = { ...egressLimits, ...options.limits };
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersMs,
    // A body may last as long as its call; a pause ends it.
    requestTimeout: 0,
    keepAliveTimeout: limits.headersMs,
    connectionsCheckingInterval: Math.max(20, Math.min(1000, limits.headersMs / 4)),
    insecureHTTPParser: false,
    // The absolute form says the host.
    requireHostHeader: false,
    shouldUpgradeCallback: () => false,
  });
  const proxy = new ContainerProxy(server, limits, options);
  await listenOnSocket(server, 'proxy', { path: options.socketPath, access: options.access ?? {} });
  return proxy;
}

class ContainerProxy implements EgressProxy {
  readonly socketPath: string;
  readonly #server: Server;
  readonly #limits: EgressLimits;
  readonly #options: EgressProxyOptions;
  readonly #connecting: Connecting;
  readonly #clock: Clock;
  readonly #calls: RunningCalls;
  readonly #sockets = new Set<Socket>();
  #closing: Promise<void> | undefined;

  constructor(server: Server, limits: EgressLimits, options: EgressProxyOptions) {
    const { resolve = resolveByNameServers, connect = connectFromMachine, clock = systemClock } = options;
    this.socketPath = options.socketPath;
    this.#server = server;
    this.#limits = limits;
    this.#options = options;
    this.#clock = clock;
    this.#connecting = { resolve, connect, limits, clock };
    this.#calls = new RunningCalls(clock);
    server
      .on('connection', (socket: Socket) => this.#connected(socket))
      .on('connect', (request, socket: Duplex, head: Buffer) => void this.#tunnel(request, socket as Socket, head))
      .on('request', (request, response) => void this.#request(request, response))
      .on('checkExpectation', (request, response) => void this.#request(request, response))
      .on('clientError', (error: Error, socket: Duplex) => this.#malformed(error, socket));
  }

  get connections(): number {
    return this.#sockets.size;
  }

  begin(call: CallToRun): EgressCall {
    if (this.#closing) throw proxyClosed();
    const { end } = this.#calls.begin(call);
    return { end, [Symbol.dispose]: end };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#calls.endAll();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #connected(socket: Socket): void {
    const { connectionsMax } = this.#limits;
    if (this.#sockets.size >= connectionsMax) {
      sendRaw(socket, connectionsExceeded(connectionsMax), 503);
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #passage(kind: EgressRecord['kind'], method: string): Passage {
    const { audit, container } = this.#options;
    return new Passage(audit, this.#clock, { container, kind, method });
  }

  #malformed(error: Error, socket: Duplex): void {
    const code = 'code' in error ? String(error.code) : '';
    // A connection that says nothing and ends is no attempt at anything.
    if (code === 'ECONNRESET' || code === 'EPIPE') {
      socket.destroy();
      return;
    }
    this.#passage('request', '').close('REQUEST_INVALID');
    const [state, status] = malformedStates[code] ?? ['its bytes are not HTTP/1.1', 400];
    sendRaw(socket, requestRefused(state, 'Send a request of HTTP/1.1, whole and in time'), status);
  }

  async #tunnel(request: IncomingMessage, inside: Socket, head: Buffer): Promise<void> {
    if (inside.writableEnded) return;
    // Until the tunnel runs nobody else hears of it.
    inside.on('error', () => inside.destroy());
    const passage = this.#passage('tunnel', 'CONNECT');
    try {
      const facts = await this.#open(passage, connectTarget(request.url ?? ''), () => inside.destroyed);
      runTunnel(inside, head, facts);
    } catch (thrown) {
      const error = failureOf(passage, thrown);
      sendRaw(inside, error, httpStatusOf(error));
    }
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.socket.writableEnded) return;
    response.on('error', () => response.destroy());
    const passage = this.#passage('request', request.method ?? '');
    try {
      const target = absoluteTarget(request.url ?? '');
      checkFraming(request);
      const facts = await this.#open(passage, target, () => response.destroyed);
      forward({ request, response, target }, facts, (error) => sendError(response, error));
    } catch (thrown) {
      sendError(response, failureOf(passage, thrown));
    }
  }

  /** Token, name, address, connection; `gone`: whether the container has given up meanwhile. */
  async #open(passage: Passage, { host, port }: Destination, gone: () => boolean): Promise<OutsideFacts> {
    const destination = { host, port };
    passage.destination = destination;
    const call = this.#calls.allowing(destination);
    passage.call = call;
    const tried = (address: string): void => {
      passage.address = address;
    };
    const { socket } = await openConnection(this.#connecting, call, destination, tried);
    const facts = { socket, signal: call.signal, limits: this.#limits, destination, passage };
    if (!gone()) return facts;
    socket.on('error', () => undefined).destroy();
    throw connectionFailed(destination, 'the container has gone');
  }
}

const malformedStates: Readonly<Record<string, readonly [state: string, status: number]>> = {
  HPE_HEADER_OVERFLOW: ['its headers are too large', 431],
  ERR_HTTP_REQUEST_TIMEOUT: ['its headers took too long', 408],
};

/** What may be said of anything that was thrown, with its record. */
function failureOf(passage: Passage, thrown: unknown): CodedError {
  const error =
    thrown instanceof CodedError ? thrown : requestRefused('it cannot be sent on', 'Send a plain request of HTTP/1.1');
  passage.close(error.code);
  return error;
}

function sendError(response: ServerResponse, error: CodedError): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(`${JSON.stringify(errorBody(error))}\n`);
  response.writeHead(httpStatusOf(error), {
    ...answerHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    connection: 'close',
  });
  response.end(bytes);
}
