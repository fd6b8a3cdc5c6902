/**
 * The API for code inside a container, over HTTP on a Unix socket in the container's own directory.
 *
 * Invariants:
 * - who asks is known by the socket; what it may is known by the token of a call that runs, and ends with that call;
 * - nothing is decided here: token check, limits of values and audit are behind `Operations`;
 * - what a container holds of the host (connections, requests, bytes, time) has a maximum for each container.
 */
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CodedError } from '#wit/errors';
import type { Caller } from '#wit/interfaces';
import { ByteLedger } from './byte-ledger.ts';
import { CallTokens } from './call-tokens.ts';
import { type Clock, systemClock } from './clock.ts';
import { iccClosed, requestInvalid, tooLarge, tooLate } from './errors.ts';
import type { Services } from './exchange.ts';
import { type IccContext, connectRefused, handleRequest } from './handle-request.ts';
import { type IccLimits, iccLimits } from './limits.ts';
import { createServer } from './node-http.ts';
import { operationForms } from './operation-forms.ts';
import { type SocketAccess, listenOnSocket, sendRaw } from './socket-server.ts';

/** Whose ICC it is, and what it serves with. */
export interface IccOptions {
  /** On the machine, in the container's own directory; at most 107 bytes. */
  readonly socketPath: string;
  /** Who may connect; every user of the machine that reaches the directory where absent. */
  readonly access?: SocketAccess;
  readonly container: {
    readonly id: string;
    /** The conversation that its calls belong to. */
    readonly session?: string | undefined;
  };
  readonly services: Services;
  /** Of the host, for `/status`. */
  readonly version?: string;
  readonly limits?: Partial<IccLimits>;
  readonly clock?: Clock;
  /** So many random bytes, for call tokens; the machine's where absent. */
  readonly random?: (count: number) => Uint8Array;
  /** Hears of faults of the host's own, of which the container only hears `INTERNAL`. */
  readonly onBug?: (error: unknown) => void;
}

/** A call that may ask. Leaving the scope ends it. */
export interface IccCall extends Disposable {
  /** The value of `ARIA_SESSION_TOKEN`. */
  readonly token: string;
  /** Its token is none any more, and what it has open is cancelled. Idempotent. */
  end(): void;
}

/** The ICC of one container. */
export interface Icc extends AsyncDisposable {
  readonly socketPath: string;
  /** What the container holds just now. */
  readonly load: {
    readonly calls: number;
    readonly connections: number;
    readonly requests: number;
    readonly incomingBytes: number;
    readonly outgoingBytes: number;
  };
  /**
   * Lets a call ask; `deadlineMs`: milliseconds since 1970, when it ends at the latest.
   * @throws {CodedError} `UNAVAILABLE` once disposal has begun, `OVERLOADED`.
   */
  begin(call: { readonly caller: Caller; readonly deadlineMs: number }): IccCall;
}

/** Opens the ICC of a container. The caller owns it. @throws {CodedError} `CONTAINER_START_FAILED`. */
export async function openIcc(options: IccOptions): Promise<Icc> {
  const limits = { ...iccLimits, ...options.limits };
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: Math.min(limits.headersMs, limits.receiveMs),
    requestTimeout: limits.receiveMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.max(20, Math.min(1000, limits.headersMs / 4)),
    insecureHTTPParser: false,
    // A name says nothing on a socket.
    requireHostHeader: false,
    // There is nothing to upgrade to: such a request is one like any other.
    shouldUpgradeCallback: () => false,
  });
  const icc = new ContainerIcc(server, limits, options);
  // Before the first request, and once for all containers.
  operationForms();
  await listenOnSocket(server, 'ICC', { path: options.socketPath, access: options.access ?? {} });
  return icc;
}

class ContainerIcc implements Icc {
  readonly socketPath: string;
  readonly #server: Server;
  readonly #context: IccContext;
  readonly #sockets = new Set<Socket>();
  #closing: Promise<void> | undefined;

  constructor(server: Server, limits: IccLimits, options: IccOptions) {
    const { clock = systemClock, random = randomBytes, onBug = () => undefined } = options;
    this.socketPath = options.socketPath;
    this.#server = server;
    this.#context = {
      limits,
      clock,
      services: options.services,
      session: options.container.session,
      tokens: new CallTokens(limits.callsMax, clock, random),
      incoming: new ByteLedger(limits.heldBytesMax),
      outgoing: new ByteLedger(limits.heldBytesMax),
      requestsOpen: 0,
      open: openAnswers(this.#sockets, clock, options),
      onBug,
    };
    this.#attach(limits);
  }

  get load(): Icc['load'] {
    const { tokens, requestsOpen, incoming, outgoing } = this.#context;
    return {
      calls: tokens.count,
      connections: this.#sockets.size,
      requests: requestsOpen,
      incomingBytes: incoming.bytes,
      outgoingBytes: outgoing.bytes,
    };
  }

  begin({ caller, deadlineMs }: { readonly caller: Caller; readonly deadlineMs: number }): IccCall {
    if (this.#closing) throw iccClosed();
    const { token, end } = this.#context.tokens.begin(caller, deadlineMs);
    return { token, end, [Symbol.dispose]: end };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#context.tokens.endAll();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    // Answers to what has just been cancelled leave; who does not take them has had its time.
    await new Promise((resolve) => setImmediate(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #attach(limits: IccLimits): void {
    const context = this.#context;
    this.#server
      .on('connection', (socket: Socket) => this.#connected(socket, limits.connectionsMax))
      .on('request', (request, response) => void handleRequest(context, request, response))
      .on('checkExpectation', (request, response) => void handleRequest(context, request, response))
      .on('connect', (_request, socket: Duplex) => sendRaw(socket, connectRefused(), 405))
      .on('clientError', (error: Error, socket: Duplex) => sendRaw(socket, ...clientErrorOf(error, limits)));
  }

  #connected(socket: Socket, connectionsMax: number): void {
    if (this.#sockets.size >= connectionsMax) {
      sendRaw(socket, connectionsExceeded(connectionsMax), 503);
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

function openAnswers(sockets: ReadonlySet<Socket>, clock: Clock, { version }: IccOptions): IccContext['open'] {
  const openedMs = clock.nowMs();
  return (name) => {
    const connections = sockets.size;
    if (name === 'health') return { status: 'ok', timestamp: new Date(clock.nowMs()).toISOString(), connections };
    const uptime = Math.max(0, clock.nowMs() - openedMs);
    return { status: 'ok', connections, uptime_ms: uptime, ...(version !== undefined && { version }) };
  };
}

function connectionsExceeded(connectionsMax: number): CodedError {
  return new CodedError('CONNECTIONS_EXCEEDED', {
    message: `Cannot take the connection: ${connectionsMax} are open, which is the maximum of a container`,
    remedy: 'Close connections that are not used',
    details: { connectionsMax },
  });
}

function clientErrorOf(error: Error, limits: IccLimits): [CodedError, number] {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'HPE_HEADER_OVERFLOW') return [tooLarge('the headers', limits.headerBytesMax), 431];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [tooLate('the request', limits.receiveMs), 408];
  return [requestInvalid('its bytes', 'are not HTTP/1.1'), 400];
}
