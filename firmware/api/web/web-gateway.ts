/** HTTP and WebSocket on one port. */
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '#host';
import { CodedError } from '#wit/errors';
import { listenAddress } from '../../access/listen-policy.ts';
import type { HostTls } from '../../access/tls.ts';
import type { ListenAddress } from '../../config/host-config.ts';
import { createServer } from '../../node-http.ts';
import type { Gateway, GatewaySetting } from '../gateway.ts';
import { BrowserPolicy } from './browser-policy.ts';
import { ByteLedger } from '../byte-ledger.ts';
import { Connections } from './connections.ts';
import { connectionsExceeded, messageTooLarge, requestInvalid, stopping, tooLate } from './errors.ts';
import { prepareAnswer, sendError, sendRaw } from './http-answer.ts';
import { handleRequest } from './http-handler.ts';
import { type WebLimits, heldMessagesMax, webLimits } from './limits.ts';
import { Ticker } from './ticker.ts';
import { type WebContext, Work } from './web-context.ts';
import { WebSockets } from './web-socket-server.ts';

/** How a web gateway listens. */
export interface WebGatewayOptions {
  readonly listen: ListenAddress;
  /** Needed where it does not listen on loopback. */
  readonly tls?: HostTls | undefined;
  /** Names of the server beside those of loopback: `web.hosts`. */
  readonly hosts: readonly string[];
  /** Origins of pages that may ask: `web.origins`. */
  readonly origins: readonly string[];
  /** What the host is at, for readiness probes: a phase of the boot, or its state. */
  readonly phase: () => string;
  /** So many random bytes, for request ids. */
  readonly random: (count: number) => Uint8Array;
  readonly clock?: Clock;
  readonly limits?: Partial<WebLimits>;
}

/** A web gateway that listens. */
export interface WebGateway extends Gateway {
  /** What clients hold of it, for metrics and tests. */
  readonly load: {
    readonly connections: number;
    readonly webSockets: number;
    readonly incomingBytes: number;
    readonly outgoingBytes: number;
  };
}

/**
 * Listens. The caller owns the gateway.
 * @throws {CodedError} `LISTEN_REFUSED` elsewhere than on loopback without TLS, or where the address cannot be had.
 */
export async function openWebGateway(setting: GatewaySetting, options: WebGatewayOptions): Promise<WebGateway> {
  const address = listenAddress('the web API', options.listen, options.tls !== undefined);
  const limits = { ...webLimits, ...options.limits };
  const server = createHttpServer(limits, options.tls);
  const gateway = new HostWebGateway(server, setting, { ...options, limits });
  await listen(server, address);
  return gateway;
}

class HostWebGateway implements WebGateway {
  readonly #server: Server;
  readonly #context: WebContext;
  readonly #webSockets: WebSockets;
  readonly #stopped = new AbortController();
  readonly #ticker: Ticker;
  /** Its last connection has ended. */
  readonly #ended: Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(server: Server, setting: GatewaySetting, options: WebGatewayOptions & { readonly limits: WebLimits }) {
    const { limits, hosts, origins, tls, random } = options;
    const heldBytesMax = heldMessagesMax * setting.limits.messageBytesMax;
    this.#server = server;
    this.#ended = new Promise((resolve) => server.once('close', resolve));
    this.#ticker = new Ticker(options.clock ?? systemClock, limits.tickMs);
    let policy: BrowserPolicy | undefined;
    this.#context = {
      setting,
      limits,
      ticker: this.#ticker,
      connections: new Connections(setting.limits.connectionsMax, limits.addressShare),
      incoming: new ByteLedger(heldBytesMax),
      outgoing: new ByteLedger(heldBytesMax),
      policy: () =>
        (policy ??= new BrowserPolicy({ hosts, origins, port: portOf(server), scheme: tls ? 'https' : 'http' })),
      phase: options.phase,
      drawRequestId: () => Buffer.from(random(12)).toString('hex'),
      stopped: this.#stopped.signal,
      work: new Work(),
    };
    this.#webSockets = new WebSockets(this.#context);
    this.#attach();
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  }

  get load(): WebGateway['load'] {
    const { connections, incoming, outgoing } = this.#context;
    return {
      connections: connections.count,
      webSockets: this.#webSockets.count,
      incomingBytes: incoming.bytes,
      outgoingBytes: outgoing.bytes,
    };
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#server.close();
    this.#server.closeIdleConnections();
    await this.#context.work.close(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    void this.#context.work.close(AbortSignal.abort());
    this.#server.close();
    this.#stopped.abort();
    this.#webSockets.end(stopping());
    // Answers that are complete and close frames leave; what takes longer has had its time.
    await new Promise((resolve) => setImmediate(resolve));
    this.#context.connections.destroy();
    this.#server.closeAllConnections();
    await this.#ended;
    this.#ticker[Symbol.dispose]();
  }

  #attach(): void {
    const context = this.#context;
    const { metrics } = context.setting.telemetry;
    this.#server
      .on('connection', (socket: Socket) => {
        if (!context.connections.open(socket)) {
          sendRaw(socket, connectionsExceeded(context.connections.max));
          return;
        }
        metrics.connectionOpened('http');
        socket.once('close', () => metrics.connectionClosed('http'));
      })
      .on('request', (request, response) => void handleRequest(context, request, response))
      .on('checkContinue', (request, response) => void handleRequest(context, request, response))
      .on('checkExpectation', (_request, response) => {
        prepareAnswer(response, undefined);
        sendError(response, requestInvalid('the header "expect"', 'is not "100-continue"'), 417);
      })
      .on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        this.#webSockets.upgrade(request, socket, head),
      )
      .on('clientError', (error: Error, socket: Duplex) => {
        sendRaw(socket, ...clientErrorOf(error, context.limits));
      });
  }
}

function createHttpServer(limits: WebLimits, tls: HostTls | undefined): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    // Bodies have deadlines of their own, since an upload may take long.
    requestTimeout: 0,
    keepAliveTimeout: limits.headersMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1000, limits.headersMs / 4)),
    insecureHTTPParser: false,
    // Ours refuses it with a code.
    requireHostHeader: false,
    shouldUpgradeCallback: WebSockets.wanted,
  };
  if (tls === undefined) return createServer(options);
  const server = createTlsServer({ ...options, ...tls.options, handshakeTimeout: limits.headersMs });
  tls.subscribe((renewed) => server.setSecureContext(renewed));
  // A failed handshake is the client's affair.
  return server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
}

function clientErrorOf(error: Error, limits: WebLimits): [CodedError, number] {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'HPE_HEADER_OVERFLOW') return [messageTooLarge('the headers', limits.headerBytes), 431];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [tooLate('the headers', limits.headersMs), 408];
  return [requestInvalid('its bytes', 'are not HTTP/1.1'), 400];
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Not once: a connection that cannot be accepted, for want of descriptors say, must not end the process.
  server.on('error', reject).once('listening', resolve);
  server.listen({ host, port, backlog: 1024 });
  try {
    await promise;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const facts = {
      message: `Cannot listen for the web API on "${host}", port ${port}: ${code}`,
      remedy: 'Stop what listens there, or choose another address with listen.web in aria.toml',
      details: { host, port, cause: code },
    };
    throw new CodedError('LISTEN_REFUSED', facts, { cause });
  }
}
