/** A host over WebSocket, as JSON-RPC. */
import { CodedError } from '#wit/errors';
import type { AriaApi } from './api.ts';
import type {
  ActivationResult,
  BundleVersion,
  InstallResult,
  Upgrade,
  UploadContent,
  UploadOptions,
} from './bundles.ts';
import type { CallOptions, CallRequest, CallResult, RequestOptions } from './calls.ts';
import type { ComponentDetails, ComponentKind, ComponentPage, ComponentQuery } from './components.ts';
import type { EventCursor, EventQuery, HostEvent, LogEntry, LogQuery } from './events.ts';
import { callRequestJson, callResultOf } from './json-forms.ts';
import type { CallExplanation, Divergence, TokenState } from './scheduling.ts';
import type { HostStatus } from './status.ts';
import { type WebSocketConnection, openConnection } from './web-socket-connection.ts';

/** Which host. */
export interface WebSocketOptions {
  /** `ws://host:port` or `wss://host:port`. */
  readonly url: string;
  readonly token?: string;
  /** Certificate in PEM of the authority that the host's certificate is checked by; the system's authorities where absent. */
  readonly ca?: string | Uint8Array;
  /** A client certificate with its key, in PEM, where the host asks for one. */
  readonly certificate?: { readonly certificate: string | Uint8Array; readonly key: string | Uint8Array };
  /** How long `events` tries to come back to a host that is gone, in milliseconds; 30,000 where absent. */
  readonly reconnectMsMax?: number;
}

const reconnectMsDefault = 30_000;
/** Between two attempts, in milliseconds; doubled each time up to the second. */
const pauseMs = { first: 50, max: 2_000 } as const;

/** Connects with the first request, and again after a loss. The caller owns the client; a request under way when it is disposed of rejects. */
export function connectWebSocket(options: WebSocketOptions): AriaApi & AsyncDisposable {
  return new WebSocketClient(options);
}

type Options = RequestOptions | undefined;

class WebSocketClient implements AriaApi, AsyncDisposable {
  readonly #options: WebSocketOptions;
  /** Of subscriptions: each has a connection of its own, so that one that is read slowly holds up nothing else. */
  readonly #streams = new Set<WebSocketConnection>();
  readonly #disposed = new AbortController();
  #connection: Promise<WebSocketConnection> | undefined;

  constructor(options: WebSocketOptions) {
    this.#options = options;
  }

  status(options?: Options): Promise<HostStatus> {
    return this.#ask('status', {}, options);
  }

  listComponents(query: ComponentQuery = {}, options?: Options): Promise<ComponentPage> {
    return this.#ask('listComponents', query, options);
  }

  getComponent(
    wanted: { readonly name: string; readonly kind?: ComponentKind },
    options?: Options,
  ): Promise<ComponentDetails> {
    return this.#ask('getComponent', wanted, options);
  }

  async callTool(call: CallRequest, { progress, ...options }: CallOptions = {}): Promise<CallResult> {
    const params = { ...(callRequestJson(call) as object), ...(progress && { progress: true }) };
    const connection = await this.#connected();
    return callResultOf(await connection.request('callTool', { params, options, progress }));
  }

  tokens(options?: Options): Promise<TokenState> {
    return this.#ask('tokens', {}, options);
  }

  why(callId: string, options?: Options): Promise<CallExplanation> {
    return this.#ask('why', { callId }, options);
  }

  diverge(call: CallRequest, options?: Options): Promise<Divergence> {
    return this.#ask('diverge', callRequestJson(call) as object, options);
  }

  listBundles(options?: Options): Promise<readonly BundleVersion[]> {
    return this.#ask('listBundles', {}, options);
  }

  async upload(content: UploadContent, uploadOptions: UploadOptions = {}): Promise<InstallResult> {
    const { allowDowngrade, progress, ...options } = uploadOptions;
    const { read, name, size, hash, signature } = content;
    const optional = {
      ...(signature !== undefined && { signature }),
      ...(allowDowngrade !== undefined && { allowDowngrade }),
    };
    const connection = await this.#connected();
    const request = { params: { name, size, hash, ...optional }, options, uploaded: progress, read };
    return (await connection.request('upload', request)) as InstallResult;
  }

  rollback(wanted: { readonly name: string; readonly version?: string }, options?: Options): Promise<ActivationResult> {
    return this.#ask('rollback', wanted, options);
  }

  async removeVersion(wanted: { readonly name: string; readonly version: string }, options?: Options): Promise<void> {
    await this.#ask('removeVersion', wanted, options);
  }

  listUpgrades(options?: Options): Promise<readonly Upgrade[]> {
    return this.#ask('listUpgrades', {}, options);
  }

  approve(id: string, options?: Options): Promise<ActivationResult> {
    return this.#ask('approve', { id }, options);
  }

  async reject(id: string, options?: Options): Promise<void> {
    await this.#ask('reject', { id }, options);
  }

  /** Comes back after a loss and goes on behind the last event; before the first one it begins anew. */
  async *events(query: EventQuery = {}): AsyncGenerator<HostEvent> {
    const { after: first, kinds, signal, ...options } = query;
    let after: EventCursor | undefined = first;
    let lost = 0;
    while (!aborted(signal)) {
      const params = { ...(after && { after }), ...(kinds && { kinds }) };
      try {
        for await (const event of this.#subscribe('events', { params, options, signal })) {
          const { epoch, sequence } = event as HostEvent;
          after = { epoch, sequence };
          lost = 0;
          yield event as HostEvent;
        }
        return;
      } catch (error) {
        if (aborted(signal)) return;
        lost += 1;
        if (!isLoss(error) || !(await this.#pause(lost, signal))) throw error;
      }
    }
  }

  async *logs(query: LogQuery = {}): AsyncGenerator<LogEntry> {
    const { signal, timeoutMs, requestId, idempotencyKey, traceparent, ...params } = query;
    const options = { timeoutMs, requestId, idempotencyKey, traceparent } as RequestOptions;
    for await (const entry of this.#subscribe('logs', { params, options, signal })) yield entry as LogEntry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort();
    for (const stream of this.#streams) stream.close();
    const connection = await this.#connection?.catch(() => undefined);
    connection?.close();
  }

  async #ask<Answer>(method: string, params: object, options: Options = {}): Promise<Answer> {
    const connection = await this.#connected();
    return (await connection.request(method, { params, options })) as Answer;
  }

  async #connected(): Promise<WebSocketConnection> {
    const current = await this.#connection?.catch(() => undefined);
    if (current?.open === true) return current;
    if (this.#disposed.signal.aborted) throw disposed();
    // Two requests at the same time share what the first of them opens.
    this.#connection = this.#reopening ??= openConnection(this.#options).finally(() => (this.#reopening = undefined));
    return this.#connection;
  }

  #reopening: Promise<WebSocketConnection> | undefined;

  async *#subscribe(
    method: 'events' | 'logs',
    {
      params,
      options,
      signal,
    }: { readonly params: object; readonly options: RequestOptions; readonly signal: AbortSignal | undefined },
  ): AsyncGenerator<unknown> {
    if (this.#disposed.signal.aborted) throw disposed();
    const connection = await openConnection(this.#options);
    this.#streams.add(connection);
    const stop = (): void => connection.close();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true || this.#disposed.signal.aborted) stop();
    try {
      yield* connection.subscribe(method, { params, options });
    } catch (error) {
      // Whoever aborts, or disposes of the client, wants an end and no error.
      if (signal?.aborted !== true && !this.#disposed.signal.aborted) throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#streams.delete(connection);
      connection.close();
    }
  }

  /** @returns whether another attempt is worth it. */
  async #pause(lost: number, signal: AbortSignal | undefined): Promise<boolean> {
    const pauses = Array.from({ length: lost }, (_none, index) => Math.min(pauseMs.max, pauseMs.first * 2 ** index));
    const waited = pauses.reduce((sum, ms) => sum + ms, 0);
    if (waited > (this.#options.reconnectMsMax ?? reconnectMsDefault)) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, pauses.at(-1));
    const signals = AbortSignal.any([this.#disposed.signal, ...(signal ? [signal] : [])]);
    signals.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    return !this.#disposed.signal.aborted;
  }
}

function aborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function isLoss(error: unknown): boolean {
  return error instanceof CodedError && (error.code === 'CONNECTION_FAILED' || error.code === 'HOST_UNREACHABLE');
}

function disposed(): CodedError {
  return new CodedError('CANCELLED', { message: 'Cannot send the request: the client has been closed' });
}
