/** A connection to a Quilt daemon: methods by name, with deadlines, cancellation and coded errors. The library is loaded with the first request. */
import type * as grpc from '@grpc/grpc-js';
import type { MethodDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { OpenRequests, channelOptions } from '#wit/grpc';
import { loadOptions, quiltDescriptor } from '#wit/proto';
import { type ChannelFailure, closedFailure, readFailure } from './channel-failure.ts';
import type { QuiltRpcs, RpcName, WireEvent } from './messages.ts';

/** Longest answer: output of a command comes in one message, and the library's own 4 MiB are soon full. */
export const answerBytesMax = 64 * 1024 * 1024;

/** What a request travels with. */
export interface Travel {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

interface Loaded {
  readonly client: grpc.Client;
  readonly methods: ServiceDefinition;
  readonly metadata: grpc.Metadata;
}

/** Owns the connection. The library connects again by itself when the daemon is back. */
export class QuiltChannel implements AsyncDisposable {
  readonly address: string;
  #loaded: Promise<Loaded> | undefined;
  readonly #running = new OpenRequests();
  #closed = false;

  constructor(address: string) {
    this.address = address;
  }

  /** Sends a message, and gives the answer's; rejects with a `ChannelFailure`. */
  async unary<Name extends RpcName>(
    name: Name,
    message: QuiltRpcs[Name][0],
    travel: Travel,
  ): Promise<QuiltRpcs[Name][1]> {
    const { client, methods, metadata } = await this.#open(name, travel);
    const { path, requestSerialize, responseDeserialize } = methods[name] as MethodDefinition<object, object>;
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      message,
      metadata,
      // The library measures deadlines by the machine's clock.
      { deadline: Date.now() + travel.timeoutMs },
      (error, answer) => (error === null && answer !== undefined ? resolve(answer) : reject(error)),
    );
    const release = this.#running.track(() => call.cancel(), travel.signal);
    try {
      return (await promise) as QuiltRpcs[Name][1];
    } catch (error) {
      throw this.#failure(error, name, travel);
    } finally {
      release();
    }
  }

  /** The events that the daemon sends, until the time is over; leaving the loop ends the request. Rejects as `unary`. */
  async *events(message: object, travel: Travel): AsyncGenerator<WireEvent> {
    const { client, methods, metadata } = await this.#open('StreamEvents', travel);
    const { path, requestSerialize, responseDeserialize } = methods['StreamEvents'] as MethodDefinition<object, object>;
    const deadline = Date.now() + travel.timeoutMs;
    const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, message, metadata, {
      deadline,
    });
    const release = this.#running.track(() => call.cancel(), travel.signal);
    // A status that comes after the reader has left is nobody's.
    call.on('error', () => {});
    try {
      for await (const event of call) yield event as WireEvent;
    } catch (error) {
      throw this.#failure(error, 'StreamEvents', travel);
    } finally {
      release();
      call.cancel();
    }
  }

  /** Closes the connection; requests that run fail. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const loaded = await this.#loaded?.catch(() => undefined);
    this.#running.cancel();
    loaded?.client.close();
  }

  async #open(rpc: string, { signal }: Travel): Promise<Loaded> {
    const loaded = await (this.#loaded ??= load(this.address));
    if (this.#closed) throw closedFailure(this.address, rpc);
    if (signal?.aborted === true)
      throw readFailure(signal.reason, { address: this.address, rpc, aborted: true, timeoutMs: 0 });
    return loaded;
  }

  #failure(error: unknown, rpc: string, { signal, timeoutMs }: Travel): ChannelFailure {
    if (this.#closed) return closedFailure(this.address, rpc);
    return readFailure(error, { address: this.address, rpc, aborted: signal?.aborted === true, timeoutMs });
  }
}

async function load(address: string): Promise<Loaded> {
  const [library, { fromJSON }] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
  // A library does not print.
  library.setLogVerbosity(library.logVerbosity.NONE);
  const definition: PackageDefinition = fromJSON(quiltDescriptor() as Parameters<typeof fromJSON>[0], loadOptions);
  const client = new library.Client(address, library.credentials.createInsecure(), {
    // What is repeated is decided in requests.ts.
    ...channelOptions,
    'grpc.max_receive_message_length': answerBytesMax,
    'grpc.max_send_message_length': answerBytesMax,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.keepalive_time_ms': 30_000,
    // Blocked worker threads answer no ping, 12 s long or twice that.
    'grpc.keepalive_timeout_ms': 45_000,
  });
  return { client, methods: definition['quilt.QuiltService'] as ServiceDefinition, metadata: new library.Metadata() };
}
