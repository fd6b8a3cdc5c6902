/**
 * A WebSocket: requests come in, answers and notifications go out.
 * - Before `authenticate` nothing else is taken, and for a short time only.
 * - Each request shows the token again, so that one that has ended is not used on; a silent connection is asked with each ping.
 * - Ending it cancels its requests and its subscriptions.
 */
import { webSocketCloseCodes } from '#wit/api';
import { CodedError } from '#wit/errors';
import type { RawData, WebSocket } from 'ws';
import type { Credentials } from '../../access/access.ts';
import type { Principal } from '../../access/principal.ts';
import { requestInvalid, slowReader, tooMany } from './errors.ts';
import { type RpcId, RpcFault, type RpcRequest, readRpc, rpcError, rpcResult } from './json-rpc.ts';
import { authenticateForm, readForm } from './request-forms.ts';
import { type Running, isMethod, performMethod, takeChunk } from './web-socket-methods.ts';
import { Outbox } from './web-socket-outbox.ts';
import { type WebContext, admitted, tellable } from './web-context.ts';

/** Longest reason of a close frame, in bytes (RFC 6455, section 5.5). */
const reasonBytesMax = 123;

/** What a session is made of. */
export interface SessionSetting {
  readonly context: WebContext;
  readonly socket: WebSocket;
  readonly credentials: Credentials;
  /** Absent where `authenticate` has to come first. */
  readonly principal: Principal | undefined;
  /** Hears that a stranger has shown a token. */
  readonly trusted: () => void;
  readonly ended: () => void;
}

/** A connection of a client. */
export class WebSocketSession {
  readonly #setting: SessionSetting;
  readonly #outbox: Outbox;
  readonly #requests = new Map<RpcId, Running>();
  readonly #subscriptions = new Map<number, AbortController>();
  readonly #watch: Disposable;
  readonly #openedMs: number;
  #credentials: Credentials;
  #principal: Principal | undefined;
  #pingedMs: number;
  #heardMs: number;
  #subscribed = 0;
  #closed = false;

  constructor(setting: SessionSetting) {
    const { context, socket, credentials, principal } = setting;
    this.#setting = setting;
    this.#credentials = credentials;
    this.#principal = principal;
    this.#outbox = new Outbox(socket, context, (state) => this.end(webSocketCloseCodes.slowReader, slowReader(state)));
    this.#openedMs = context.ticker.nowMs;
    this.#pingedMs = this.#openedMs;
    this.#heardMs = this.#openedMs;
    socket.on('message', (data, binary) => this.#hear(data, binary));
    socket.on('pong', () => (this.#heardMs = context.ticker.nowMs));
    socket.on('error', () => this.#release());
    socket.on('close', () => this.#release());
    this.#watch = context.ticker.watch(() => this.#look());
  }

  get trusted(): boolean {
    return this.#principal !== undefined;
  }

  /** Sends a notification. */
  notify(method: string, params: unknown): void {
    this.#outbox.send({ jsonrpc: '2.0', method, params });
  }

  /** Resolves when a notification would not wait long. */
  room(): Promise<void> {
    return this.#outbox.room();
  }

  /** Keeps a subscription; its number. @throws {CodedError} `OVERLOADED`. */
  subscription(abort: AbortController): number {
    const { subscriptions } = this.#setting.context.limits;
    if (this.#subscriptions.size >= subscriptions) throw tooMany('subscriptions of one connection', subscriptions);
    this.#subscribed += 1;
    this.#subscriptions.set(this.#subscribed, abort);
    return this.#subscribed;
  }

  /** Ends a subscription. @returns whether there was one. */
  unsubscribe(number: number): boolean {
    this.#subscriptions.get(number)?.abort();
    return this.#subscriptions.delete(number);
  }

  /** Closes the connection with a code and the error as its reason. */
  end(code: number, error: CodedError): void {
    const { socket, context } = this.#setting;
    if (this.#closed) return;
    this.#release();
    const reason = Buffer.from(`${error.code} ${error.message}`)
      .subarray(0, reasonBytesMax)
      .toString()
      .replace(/\uFFFD$/, '');
    context.setting.telemetry.log.debug('A WebSocket was closed', { code, reason });
    // A peer that does not answer is let go by the closing timeout of the socket.
    socket.resume();
    socket.close(code, reason);
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#release();
    this.#setting.socket.terminate();
  }

  #hear(data: RawData, binary: boolean): void {
    if (this.#closed) return;
    this.#heardMs = this.#setting.context.ticker.nowMs;
    if (binary) {
      this.end(webSocketCloseCodes.binary, requestInvalid('the message', 'is binary'));
      return;
    }
    let request: RpcRequest;
    try {
      request = readRpc(textOf(data));
    } catch (thrown) {
      this.#refuse(thrown);
      return;
    }
    this.#take(request);
    this.#slowDown();
  }

  #refuse(thrown: unknown): void {
    const known = thrown instanceof RpcFault;
    const error = known ? thrown.error : tellable(this.#setting.context, thrown, '');
    this.#outbox.send(rpcError(known ? thrown.id : null, error, known ? thrown.number : undefined));
    if (this.#principal === undefined) this.end(webSocketCloseCodes.unauthenticated, error);
    // What is no request counts as one all the same; whoever goes on with it is let go.
    else if (!this.#admit(null)) this.end(webSocketCloseCodes.rateLimited, error);
  }

  #take(request: RpcRequest): void {
    const { id, method, params } = request;
    if (method === 'authenticate') {
      this.#authenticate(request);
      return;
    }
    if (this.#principal === undefined) {
      this.#admit(id ?? null);
      return;
    }
    const { id: which } = params as { readonly id?: RpcId };
    if (method === 'cancel') {
      if (which !== undefined) this.#requests.get(which)?.abort.abort();
      if (id !== undefined) this.#outbox.send(rpcResult(id, null));
      return;
    }
    // The pieces of an upload come as fast as the host takes them: its answers are what limits them.
    const piece = method === 'uploadChunk' && which !== undefined && this.#requests.get(which)?.inbox !== undefined;
    if (!piece && !this.#admit(id ?? null)) return;
    if (id === undefined) return;
    if (this.#requests.has(id)) {
      const error = requestInvalid('id', `"${id}" is of a request that has no answer yet`);
      this.#outbox.send(rpcError(null, error, -32600));
      return;
    }
    const { connectionRequests } = this.#setting.context.limits;
    if (this.#requests.size >= connectionRequests) {
      this.#outbox.send(rpcError(id, tooMany('requests of one connection wait for an answer', connectionRequests)));
      return;
    }
    void this.#answer(id, request);
  }

  /** @returns whether the request may go on; a refusal has been sent otherwise, and a token that is not valid any more has ended the connection. */
  #admit(id: RpcId | null): boolean {
    const { context } = this.#setting;
    const { access } = context.setting;
    let principal: Principal | undefined;
    try {
      principal = access.authenticate(this.#credentials);
      access.admit(principal);
      return true;
    } catch (thrown) {
      const error = tellable(context, thrown, '');
      this.#outbox.send(rpcError(id, error));
      if (principal === undefined) this.end(webSocketCloseCodes.unauthenticated, error);
      return false;
    }
  }

  #authenticate({ id, params }: RpcRequest): void {
    const { context } = this.#setting;
    if (id === undefined) return;
    try {
      const { token } = readForm(authenticateForm, params);
      const credentials = { ...this.#credentials, authorization: `Bearer ${token}` };
      const principal = admitted(context, credentials);
      if (this.#principal !== undefined && this.#principal.name !== principal.name)
        throw requestInvalid('token', 'is another one than that of the connection');
      this.#credentials = credentials;
      this.#principal = principal;
      this.#setting.trusted();
      this.#outbox.send(rpcResult(id, { name: principal.name, role: principal.role }));
    } catch (thrown) {
      const error = tellable(context, thrown, '');
      this.#outbox.send(rpcError(id, error));
      this.end(webSocketCloseCodes.unauthenticated, error);
    }
  }

  async #answer(id: RpcId, request: RpcRequest): Promise<void> {
    const { context } = this.#setting;
    const started = performance.now();
    const running: Running = { abort: new AbortController() };
    const requestId = context.drawRequestId();
    let code = 'OK';
    this.#requests.set(id, running);
    try {
      using _work = context.work.begin();
      const principal = this.#principal;
      if (principal === undefined) return;
      const api = context.setting.service.api(principal);
      const asked = { id, request, running, requestId, api, principal };
      const { result, begin } =
        request.method === 'uploadChunk'
          ? await takeChunk(this.#requests, request.params)
          : await performMethod(context, this, asked);
      this.#outbox.send(rpcResult(id, result));
      begin?.();
    } catch (thrown) {
      const error = tellable(context, thrown, requestId);
      code = error.code;
      const unknown = !isMethod(request.method);
      this.#outbox.send(rpcError(id, error, unknown ? -32601 : undefined));
    } finally {
      this.#requests.delete(id);
      const method = isMethod(request.method) ? request.method : 'unmatched';
      const durationMs = performance.now() - started;
      context.setting.telemetry.metrics.requestFinished({ gateway: 'websocket', method, code, durationMs });
    }
  }

  /** Takes nothing more from a client that does not read. */
  #slowDown(): void {
    const { socket } = this.#setting;
    if (this.#closed || !this.#outbox.full || socket.isPaused) return;
    socket.pause();
    void this.#outbox.room().then(() => socket.resume());
  }

  #look(): void {
    const { context, socket } = this.#setting;
    const { limits, ticker, setting } = context;
    this.#outbox.look();
    if (this.#closed) return;
    if (this.#principal === undefined && ticker.nowMs - this.#openedMs > limits.authenticateMs) {
      this.end(
        webSocketCloseCodes.unauthenticated,
        requestInvalid('authenticate', `did not come within ${limits.authenticateMs} ms`),
      );
      return;
    }
    if (ticker.nowMs - this.#pingedMs < limits.pingMs) return;
    if (this.#heardMs < this.#pingedMs && !socket.isPaused) {
      this.terminate();
      return;
    }
    this.#pingedMs = ticker.nowMs;
    socket.ping();
    if (this.#principal === undefined) return;
    try {
      setting.access.authenticate(this.#credentials);
    } catch (error) {
      if (error instanceof CodedError) this.end(webSocketCloseCodes.unauthenticated, error);
    }
  }

  #release(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch[Symbol.dispose]();
    this.#outbox[Symbol.dispose]();
    for (const { abort } of this.#requests.values()) abort.abort();
    for (const abort of this.#subscriptions.values()) abort.abort();
    this.#subscriptions.clear();
    this.#setting.ended();
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
