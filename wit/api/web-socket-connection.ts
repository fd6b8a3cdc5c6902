/** One connection of the WebSocket client: requests with their answers, and the notifications that belong to them. */
import { CodedError, isErrorCode } from '#wit/errors';
import { parseJson } from '#wit/values';
import type { WebSocket } from 'ws';
import type { UploadContent } from './bundles.ts';
import type { CallProgress, RequestOptions } from './calls.ts';
import { codedErrorOf } from './json-forms.ts';
import type { WebSocketOptions } from './web-socket-client.ts';
import { type HostNotification, webSocketCloseCodes, webSocketPath, webSocketProtocol } from './web-socket-protocol.ts';

/** Bytes of a piece of an upload: what one message holds easily. */
const pieceBytes = 256 * 1024;
/** Longest message of a host, in bytes. */
const messageBytesMax = 256 * 1024 * 1024;
/** Longest answer to an attempt to connect, in bytes. */
const refusalBytesMax = 64 * 1024;
const handshakeMs = 10_000;
/** A host pings three times as often: without one it is gone, even where the network does not say so. */
const silenceMsMax = 60_000;
/** What a host may take longer than the deadline of a request to say that it is over. */
const graceMs = 5_000;
/** Items of a subscription that wait to be read before the connection is paused, and the host's own backlog begins. */
const itemsMax = 256;

/** A request with what it is told before its answer. */
export interface WebSocketRequest {
  readonly params: object;
  readonly options: RequestOptions;
  readonly progress?: ((progress: CallProgress) => void) | undefined;
  readonly uploaded?: ((sent: number) => void) | undefined;
  readonly read?: UploadContent['read'];
}

interface Pending {
  readonly request: WebSocketRequest;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Of the read that the host asked for last. */
  reading: number;
}

/** Connects. @throws {CodedError} `HOST_UNREACHABLE`, and what the host refuses with. */
export async function openConnection(options: WebSocketOptions): Promise<WebSocketConnection> {
  const { url, token, ca, certificate } = options;
  const { WebSocket: Socket } = await import('ws');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let socket: WebSocket;
  try {
    socket = new Socket(new URL(webSocketPath, url), webSocketProtocol, {
      perMessageDeflate: false,
      maxPayload: messageBytesMax,
      handshakeTimeout: handshakeMs,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      ...(ca !== undefined && { ca: Buffer.from(ca) }),
      ...(certificate && { cert: Buffer.from(certificate.certificate), key: Buffer.from(certificate.key) }),
    });
  } catch (cause) {
    throw unreachable(url, cause);
  }
  socket.once('open', resolve);
  socket.once('error', (cause) => reject(unreachable(url, cause)));
  socket.once('unexpected-response', (_request, response) => {
    const parts: Buffer[] = [];
    let held = 0;
    const answer = (): void => {
      reject(refusalOf(Buffer.concat(parts).toString(), response.statusCode ?? 0));
      response.destroy();
    };
    response.on('data', (part: Buffer) => {
      parts.push(part);
      held += part.length;
      if (held > refusalBytesMax) answer();
    });
    response.once('end', answer).once('error', answer);
  });
  const connection = new WebSocketConnection(socket);
  await promise;
  return connection;
}

/** An open connection. */
export class WebSocketConnection {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  readonly #subscriptions = new Map<number, Subscription>();
  #requests = 0;
  #ended: CodedError | undefined;
  #heard: NodeJS.Timeout;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#heard = setTimeout(() => socket.terminate(), silenceMsMax).unref();
    socket.on('ping', () => this.#heard.refresh());
    socket.on('message', (data) => {
      this.#heard.refresh();
      this.#hear(String(data));
    });
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => this.#end(code, reason.toString()));
  }

  get open(): boolean {
    return this.#ended === undefined && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Asks, and gives the result. @throws {CodedError} what the host answers, `CONNECTION_FAILED` where it does not, `CANCELLED`. */
  async request(method: string, request: WebSocketRequest): Promise<unknown> {
    const { params, options } = request;
    const { signal, ...sent } = options;
    if (this.#ended) throw this.#ended;
    if (signal?.aborted === true) throw cancelled();
    this.#requests += 1;
    const id = this.#requests;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { request, resolve, reject, reading: 0 });
    const cancel = (error: CodedError): void => {
      reject(error);
      this.#send({ jsonrpc: '2.0', method: 'cancel', params: { id } });
    };
    const onAbort = (): void => cancel(cancelled());
    signal?.addEventListener('abort', onAbort, { once: true });
    const deadline =
      sent.timeoutMs === undefined ? undefined : setTimeout(() => cancel(overdue(method)), sent.timeoutMs + graceMs);
    try {
      const given = Object.entries(sent).filter(([, value]) => value !== undefined);
      this.#send({
        jsonrpc: '2.0',
        id,
        method,
        params: { ...params, ...(given.length > 0 && { options: Object.fromEntries(given) }) },
      });
      return await promise;
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', onAbort);
      this.#pending.delete(id);
    }
  }

  /** Items of a subscription until the host ends it. Not for a connection that is used for something else: it is paused while nobody reads. */
  async *subscribe(method: 'events' | 'logs', request: WebSocketRequest): AsyncGenerator<unknown> {
    const subscription = new Subscription(this.#socket);
    // Its items may arrive with the answer, before anybody who waits for the answer goes on.
    this.#subscriptions.set(0, subscription);
    if (this.#ended) throw this.#ended;
    const answer = (await this.request(method, request)) as { readonly subscription: number };
    this.#subscriptions.set(answer.subscription, subscription);
    this.#subscriptions.delete(0);
    yield* subscription.items();
  }

  close(): void {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    this.#socket.resume();
    this.#socket.close(1000);
    // A host that is gone does not answer; nobody waits for it.
    setTimeout(() => this.#socket.terminate(), 1_000).unref();
  }

  #send(json: unknown): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(json), () => undefined);
  }

  #hear(text: string): void {
    const message = parseJson(text) as Readonly<Record<string, unknown>>;
    if (typeof message['method'] === 'string') {
      this.#notified(message as unknown as HostNotification);
      return;
    }
    const { id, result, error } = message;
    const pending = this.#pendingOf(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(codedErrorOf((error as { readonly data?: unknown }).data));
  }

  #notified(notification: HostNotification): void {
    switch (notification.method) {
      case 'progress':
        this.#tell(notification.params.id, ({ progress }) => progress?.(progressOf(notification.params.progress)));
        return;
      case 'uploadProgress':
        this.#tell(notification.params.id, ({ uploaded }) => uploaded?.(notification.params.sent));
        return;
      case 'uploadRead':
        void this.#upload(notification.params);
        return;
      case 'event':
        this.#subscription(notification.params.subscription)?.push(notification.params.event);
        return;
      case 'log':
        this.#subscription(notification.params.subscription)?.push(notification.params.entry);
        return;
      case 'end': {
        const { subscription, error } = notification.params;
        this.#subscription(subscription)?.end(error === undefined ? undefined : codedErrorOf(error));
      }
    }
  }

  /** A fault of who is told ends the request, and nothing else on the connection. */
  #tell(id: string | number, say: (request: WebSocketRequest) => void): void {
    const pending = this.#pendingOf(id);
    try {
      if (pending !== undefined) say(pending.request);
    } catch (error) {
      pending?.reject(error);
      this.#send({ jsonrpc: '2.0', method: 'cancel', params: { id } });
    }
  }

  #pendingOf(id: unknown): Pending | undefined {
    return typeof id === 'number' ? this.#pending.get(id) : undefined;
  }

  #subscription(number: number): Subscription | undefined {
    return this.#subscriptions.get(number) ?? this.#subscriptions.get(0);
  }

  /** Sends the bytes from an offset on, until the host asks for others or the upload is over. */
  async #upload({ id, read, offset }: { id: string | number; read: number; offset: number }): Promise<void> {
    const pending = this.#pendingOf(id);
    const source = pending?.request.read;
    if (pending === undefined || source === undefined) return;
    pending.reading = read;
    let at = offset;
    try {
      for await (const bytes of source(offset)) {
        for (let start = 0; start < bytes.length; start += pieceBytes) {
          if (pending.reading !== read || this.#pendingOf(id) === undefined) return;
          const piece = bytes.subarray(start, start + pieceBytes);
          const text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('base64');
          const params = { id, read, offset: at, bytes: { $base64: text } };
          await this.request('uploadChunk', { params, options: {} });
          at += piece.length;
        }
      }
    } catch (cause) {
      // The answer to the upload itself says more, where it comes; a file that cannot be read has no other answer.
      if (cause instanceof CodedError || pending.reading !== read) return;
      const state = cause instanceof Error ? cause.message : String(cause);
      const facts = {
        message: `Cannot read what is to be uploaded: ${state}`,
        remedy: 'Look at the file and try again',
      };
      pending.reject(new CodedError('UPLOAD_INVALID', facts, { cause }));
      this.#send({ jsonrpc: '2.0', method: 'cancel', params: { id } });
    }
  }

  #end(code: number, reason: string): void {
    clearTimeout(this.#heard);
    const error = closedError(code, reason);
    this.#ended = error;
    for (const { reject } of this.#pending.values()) reject(error);
    // A host that stops ends its streams as it does otherwise.
    for (const subscription of this.#subscriptions.values())
      subscription.end(code === webSocketCloseCodes.goingAway ? undefined : error);
  }
}

/** What a subscription has got and nobody has read yet. */
class Subscription {
  readonly #socket: WebSocket;
  readonly #items: unknown[] = [];
  #over: { readonly error: CodedError | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  push(item: unknown): void {
    this.#items.push(item);
    if (this.#items.length >= itemsMax) this.#socket.pause();
    this.#wake?.();
  }

  end(error: CodedError | undefined): void {
    this.#over ??= { error };
    this.#wake?.();
  }

  async *items(): AsyncGenerator<unknown> {
    for (;;) {
      while (this.#items.length > 0) {
        const item = this.#items.shift();
        if (this.#items.length < itemsMax / 2 && this.#socket.isPaused) this.#socket.resume();
        yield item;
      }
      if (this.#over?.error) throw this.#over.error;
      if (this.#over) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** JSON has no `undefined`. */
function progressOf(json: unknown): CallProgress {
  const progress = json as CallProgress;
  return progress.kind === 'log' ? { ...progress, fields: progress.fields } : progress;
}

function unreachable(url: string, cause: unknown): CodedError {
  const state = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : '') : String(cause);
  const facts = { message: `Cannot reach the host at "${url}": ${state}`, details: { url } };
  return new CodedError('HOST_UNREACHABLE', facts, { cause });
}

function refusalOf(text: string, status: number): CodedError {
  try {
    return codedErrorOf((parseJson(text) as { readonly error?: unknown }).error);
  } catch {
    const message = `Cannot connect: what listens there answers with status ${status}, and is no host`;
    return new CodedError('HOST_UNREACHABLE', { message, details: { status } });
  }
}

/** The reason of the host begins with a code; a connection that ended without one is lost. */
function closedError(code: number, reason: string): CodedError {
  const word = reason.split(' ')[0] ?? '';
  const details = { closeCode: code, reason };
  if (isErrorCode(word)) return new CodedError(word, { message: reason.slice(word.length + 1), details });
  const state = reason === '' ? `the connection ended (${code})` : `the host ended the connection: ${reason}`;
  return new CodedError('CONNECTION_FAILED', { message: `Cannot get the answer: ${state}`, details });
}

function cancelled(): CodedError {
  return new CodedError('CANCELLED', { message: 'Cannot get the answer: the request was cancelled' });
}

function overdue(method: string): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', { message: `Cannot get the answer to "${method}": its time is over` });
}
