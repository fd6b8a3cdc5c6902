/**
 * A connection to the gRPC gateway of a host: methods by name, with deadlines, cancellation and coded errors.
 * The library is loaded with the first request, so that a command that needs none does not wait for it.
 */
import { isIP } from 'node:net';
import { type PeerCertificate, checkServerIdentity } from 'node:tls';
import type * as grpc from '@grpc/grpc-js';
import type { MethodDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { CodedError } from '#wit/errors';
import { OpenRequests, channelOptions } from '#wit/grpc';
import { type StatusMessages, hostDescriptor, loadOptions } from '#wit/proto';
import type { RequestOptions } from './calls.ts';
import { connectionClosed, grpcFailure, requestCancelled, unsendable } from './grpc-failure.ts';
import { checkRequestKey, isTraceparent } from './request-key.ts';

/** Longest answer, in bytes: the largest output of a tool with its blobs is far below. */
const answerBytesMax = 128 * 1024 * 1024;

/** Certificates of a client, as PEM. */
export interface ClientTls {
  /** Who signed the host's certificate; the authorities of Node where absent. */
  readonly authority?: string | Uint8Array;
  /** The client's own, where the host asks for one. */
  readonly certificate?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** The name in the host's certificate, where it is not that of the address. */
  readonly serverName?: string;
}

/** Where a host listens, and who asks. */
export interface GrpcTarget {
  /** `unix:PATH` or `host:port`. */
  readonly address: string;
  /** Bearer token; the owner of a Unix socket needs none. */
  readonly token?: string;
  /** Speaks TLS. */
  readonly tls?: ClientTls;
}

type ServiceName = 'ToolService' | 'BundleService' | 'HostService';

/** A method of `aria.v1`, as `ToolService/CallTool`. */
export type MethodName = `${ServiceName}/${string}`;

/** What a request travels with. */
interface Sending {
  readonly client: grpc.Client;
  readonly method: MethodDefinition<object, object>;
  readonly metadata: grpc.Metadata;
  readonly callOptions: grpc.CallOptions;
}

interface Loaded {
  readonly definition: PackageDefinition;
  readonly client: grpc.Client;
  /** What every request sends; the library copies it. */
  readonly metadata: grpc.Metadata;
}

/** Owns the connection. */
export class GrpcChannel implements AsyncDisposable {
  readonly target: GrpcTarget;
  #loaded: Promise<Loaded> | undefined;
  /** Requests that run: the library would let them, whatever becomes of the client. */
  readonly #running = new OpenRequests();
  #closed = false;

  constructor(target: GrpcTarget) {
    this.target = target;
  }

  /** Sends a message, and gives the answer's. @throws {CodedError} the host's, or that of the connection. */
  async unary<Answer>(name: MethodName, message: object, options: RequestOptions = {}): Promise<Answer> {
    const { client, method, metadata, callOptions } = await this.#prepare(name, options);
    const answer = new Promise<Answer>((resolve, reject) => {
      const answered: grpc.requestCallback<object> = (error, message) => {
        release();
        if (error === null) resolve(message as Answer);
        else reject(error);
      };
      const { path, requestSerialize, responseDeserialize } = method;
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        message,
        metadata,
        callOptions,
        answered,
      );
      const release = this.#running.track(() => call.cancel(), options.signal);
    });
    try {
      return await answer;
    } catch (error) {
      throw await this.failure(error, options);
    }
  }

  /** The messages that the host sends; leaving the loop cancels the request. @throws {CodedError} as `unary`. */
  async *serverStream<Message>(name: MethodName, message: object, options: RequestOptions): AsyncGenerator<Message> {
    const { client, method, metadata, callOptions } = await this.#prepare(name, options);
    const { path, requestSerialize, responseDeserialize } = method;
    const call = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      message,
      metadata,
      callOptions,
    );
    const release = this.#running.track(() => call.cancel(), options.signal);
    // A status that comes after the reader has left is nobody's.
    call.on('error', () => {});
    try {
      for await (const received of call) yield received as Message;
    } catch (error) {
      throw await this.failure(error, options);
    } finally {
      release();
      call.cancel();
    }
  }

  /** Opens a stream to the host; its answer comes with `answered`, after `end`. @throws {CodedError} as `unary`. */
  async clientStream(
    name: MethodName,
    options: RequestOptions,
    answered: (error: unknown, answer: object | undefined) => void,
  ): Promise<grpc.ClientWritableStream<object>> {
    const { client, method, metadata, callOptions } = await this.#prepare(name, options);
    const { path, requestSerialize, responseDeserialize } = method;
    const ended: grpc.requestCallback<object> = (error, answer) => {
      release();
      answered(error ?? undefined, answer);
    };
    const call = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
      callOptions,
      ended,
    );
    const release = this.#running.track(() => call.cancel(), options.signal);
    return call;
  }

  /** The coded error of a failed request. */
  async failure(error: unknown, options: RequestOptions): Promise<CodedError> {
    if (error instanceof CodedError) return error;
    if (this.#closed) return connectionClosed(this.target.address);
    const { definition } = await this.#load();
    const messages = definition as unknown as StatusMessages;
    return grpcFailure(error, { address: this.target.address, options, messages });
  }

  /** Closes the connection; requests that run fail. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const loaded = await this.#loaded?.catch(() => undefined);
    this.#running.cancel();
    loaded?.client.close();
  }

  async #prepare(name: MethodName, options: RequestOptions): Promise<Sending> {
    const { signal, timeoutMs } = options;
    const { definition, client, metadata } = await this.#load();
    if (this.#closed) throw connectionClosed(this.target.address);
    if (signal?.aborted === true) throw requestCancelled();
    const [service = '', method = ''] = name.split('/');
    const definitions = definition[`aria.v1.${service}`] as ServiceDefinition;
    return {
      client,
      method: definitions[method] as MethodDefinition<object, object>,
      metadata: withOptions(metadata, options),
      callOptions: timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
    };
  }

  #load(): Promise<Loaded> {
    return (this.#loaded ??= load(this.target));
  }
}

async function load(target: GrpcTarget): Promise<Loaded> {
  const [library, { fromJSON }] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
  // A library does not print, and headers least of all.
  library.setLogVerbosity(library.logVerbosity.NONE);
  const definition = fromJSON(hostDescriptor() as Parameters<typeof fromJSON>[0], loadOptions);
  const metadata = new library.Metadata();
  if (target.token !== undefined) {
    try {
      metadata.set('authorization', `Bearer ${target.token}`);
    } catch (cause) {
      throw unsendable('the token', cause);
    }
  }
  const name = askedName(target);
  const client = new library.Client(target.address, credentials(library, target), {
    ...channelOptions,
    'grpc.max_receive_message_length': answerBytesMax,
    'grpc.max_reconnect_backoff_ms': 2000,
    ...(name !== undefined && { 'grpc.ssl_target_name_override': name }),
  });
  return { definition, client, metadata };
}

function credentials(library: typeof grpc, { address, tls }: GrpcTarget): grpc.ChannelCredentials {
  if (tls === undefined) return library.credentials.createInsecure();
  const { authority, key, certificate, serverName } = tls;
  const pem = (text: string | Uint8Array | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  const ip = serverName === undefined ? ipOf(address) : undefined;
  const check =
    ip === undefined
      ? {}
      : { checkServerIdentity: (_: string, peer: PeerCertificate) => checkServerIdentity(ip, peer) };
  return library.credentials.createSsl(pem(authority), pem(key), pem(certificate), check);
}

/** The name that TLS asks for. The library asks for the address, and TLS refuses to ask for a number; what is compared is the address all the same. */
function askedName({ address, tls }: GrpcTarget): string | undefined {
  if (tls === undefined) return undefined;
  return tls.serverName ?? (ipOf(address) === undefined ? undefined : 'localhost');
}

function ipOf(address: string): string | undefined {
  const host = address.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}

function withOptions(base: grpc.Metadata, { requestId, idempotencyKey, traceparent }: RequestOptions): grpc.Metadata {
  const trace = traceparent !== undefined && isTraceparent(traceparent) ? traceparent : undefined;
  if (requestId === undefined && idempotencyKey === undefined && trace === undefined) return base;
  const metadata = base.clone();
  if (requestId !== undefined) metadata.set('x-request-id', checkRequestKey('x-request-id', requestId));
  if (idempotencyKey !== undefined) metadata.set('idempotency-key', checkRequestKey('idempotency-key', idempotencyKey));
  if (trace !== undefined) metadata.set('traceparent', trace);
  return metadata;
}
