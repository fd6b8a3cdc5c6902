/** From a request of HTTP to a WebSocket: the same checks in the same order, then the subprotocol. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { webSocketCloseCodes, webSocketPath, webSocketProtocol } from '#wit/api';
import type { CodedError } from '#wit/errors';
import { WebSocketServer } from 'ws';
import type { Principal } from '../../access/principal.ts';
import { requestInvalid, routeNotFound, stopping, tooMany } from './errors.ts';
import { sendRaw } from './http-answer.ts';
import { httpStatusOf } from './http-status.ts';
import { browserHeadersOf, credentialsOf, requireSingleHeaders, targetOf } from './http-request.ts';
import { type WebContext, admitted, tellable } from './web-context.ts';
import { WebSocketSession } from './web-socket-session.ts';

/** Milliseconds that a peer has for its side of the closing handshake. */
const closeTimeoutMs = 2_000;
/** Pieces of a message on the wire: a message of the maximum, in segments of a slow network. */
const chunksMax = 65_536;
/** Frames of a message: no client of ours sends more than one. */
const fragmentsMax = 1024;

/** The WebSockets of a gateway. */
export class WebSockets {
  readonly #context: WebContext;
  readonly #server: WebSocketServer;
  /** Holds less for whoever has not said who they are. */
  readonly #strangerServer: WebSocketServer;
  readonly #sessions = new Set<WebSocketSession>();
  /** Without a token, the oldest first. */
  readonly #strangers = new Set<WebSocketSession>();

  constructor(context: WebContext) {
    this.#context = context;
    const { messageBytesMax } = context.setting.limits;
    this.#server = server(messageBytesMax);
    this.#strangerServer = server(Math.min(messageBytesMax, context.limits.strangerMessageBytes));
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Whether a request for an upgrade is one for us; others are answered as requests. */
  static wanted({ headers }: IncomingMessage): boolean {
    return headers.upgrade?.toLowerCase() === 'websocket';
  }

  /** Takes a connection, or refuses it with an answer of HTTP. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const context = this.#context;
    const requestId = context.drawRequestId();
    let status: number | undefined;
    try {
      requireSingleHeaders(request);
      const browser = browserHeadersOf(request);
      status = 421;
      context.policy().requireHost(browser);
      status = undefined;
      context.policy().judgeOrigin(browser);
      const credentials = credentialsOf(request);
      // A page cannot set the header: it shows its token in the first message. Whoever sets it has to set it right.
      const stranger = credentials.authorization === undefined && credentials.certificateName === undefined;
      const principal = stranger ? undefined : admitted(context, credentials);
      if (targetOf(request).path !== webSocketPath) throw routeNotFound('upgrade', request.url ?? '');
      const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
      if (!offered.includes(webSocketProtocol))
        throw requestInvalid('sec-websocket-protocol', `does not offer "${webSocketProtocol}"`);
      if (context.work.closed) throw stopping();
      this.#accept({ request, socket, head, principal });
    } catch (thrown) {
      const error = tellable(context, thrown, requestId);
      sendRaw(socket, error, status ?? httpStatusOf(error));
      const { metrics } = context.setting.telemetry;
      metrics.requestFinished({ gateway: 'websocket', method: 'connect', code: error.code, durationMs: 0 });
    }
  }

  /** Closes all of them, with the reason. */
  end(error: CodedError): void {
    for (const session of this.#sessions) session.end(webSocketCloseCodes.goingAway, error);
  }

  #accept({ request, socket, head, principal }: Accepted): void {
    const context = this.#context;
    const connection = context.connections.of(request.socket);
    const bytesMax =
      principal === undefined ? context.limits.strangerMessageBytes : context.setting.limits.messageBytesMax;
    (principal === undefined ? this.#strangerServer : this.#server).handleUpgrade(request, socket, head, (opened) => {
      const { metrics } = context.setting.telemetry;
      metrics.connectionOpened('websocket');
      const account = context.incoming.open(() =>
        session.end(webSocketCloseCodes.overloaded, tooMany('bytes of messages have arrived in part', bytesMax)),
      );
      const session: WebSocketSession = new WebSocketSession({
        context,
        socket: opened,
        credentials: credentialsOf(request),
        principal,
        trusted: () => {
          this.#strangers.delete(session);
          if (connection) connection.trusted = true;
        },
        ended: () => {
          account[Symbol.dispose]();
          this.#strangers.delete(session);
          this.#sessions.delete(session);
          metrics.connectionClosed('websocket');
        },
      });
      // What a message that is not complete yet makes us hold: at most one of the maximum.
      let arrived = 0;
      request.socket.on('data', (chunk: Buffer) => {
        arrived = Math.min(bytesMax, arrived + chunk.length);
        account.set(arrived);
      });
      opened.on('message', () => {
        arrived = 0;
        account.set(0);
      });
      this.#sessions.add(session);
      if (connection && principal) connection.trusted = true;
      if (principal === undefined) this.#welcome(session);
    });
  }

  #welcome(session: WebSocketSession): void {
    this.#strangers.add(session);
    for (const oldest of this.#strangers) {
      if (this.#strangers.size <= this.#context.limits.strangers) break;
      oldest.terminate();
    }
  }
}

interface Accepted {
  readonly request: IncomingMessage & { readonly socket: Socket };
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly principal: Principal | undefined;
}

function server(maxPayload: number): WebSocketServer {
  const created = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload,
    // Compression tells by its lengths what is beside the bytes of an attacker, and a small message could become a large one.
    perMessageDeflate: false,
    handleProtocols: () => webSocketProtocol,
    ...{ closeTimeout: closeTimeoutMs, maxFragments: fragmentsMax, maxBufferedChunks: chunksMax },
  });
  return created.on('wsClientError', (_error, socket) =>
    sendRaw(socket, requestInvalid('the upgrade', 'is malformed')),
  );
}
