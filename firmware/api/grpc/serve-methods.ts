/**
 * Methods as handlers of the library: options, cancellation, metrics, refusals, back-pressure. Written once for all services.
 * A handler never throws and never rejects: what goes wrong becomes a status.
 */
import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { clientLeft } from './errors.ts';
import { CodedError } from '#wit/errors';
import type { StatusMessages } from '#wit/proto';
import type { GatewayName } from '../../telemetry/telemetry.ts';
import { type ByteLedger, countedBytes } from '../byte-ledger.ts';
import type { GatewaySetting } from '../gateway.ts';
import type { Admission } from './admission.ts';
import { http2StreamOf, resetStream } from './library-internals.ts';
import type {
  ClientStreamMethod,
  EachMethod,
  GrpcRequest,
  Method,
  Methods,
  ServerStreamMethod,
  UnaryMethod,
} from './method.ts';
import { refusalOf } from './refusal.ts';
import { readable } from '#wit/grpc';
import { requestOptions } from './request-options.ts';
import { type StreamTimes, sendAll } from './send-stream.ts';
import { uploadMessages } from './upload-messages.ts';

/** What all handlers of a gateway have in common. */
export interface ServeSetting extends Pick<GatewaySetting, 'service' | 'telemetry'> {
  readonly gateway: GatewayName;
  readonly admission: Admission;
  readonly messages: StatusMessages;
  /** Aborted when the host stops: streams without an end of their own end with it. */
  readonly stopping: AbortSignal;
  readonly requests: RequestCount;
  readonly times: StreamTimes;
  /** Large answers that clients have not taken yet. */
  readonly answers: ByteLedger;
}

/** Requests that run. */
export class RequestCount {
  #running = 0;
  #idle: (() => void)[] = [];

  begin(): void {
    this.#running += 1;
  }

  end(): void {
    this.#running -= 1;
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when none runs. */
  idle(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }
}

/** The handlers of a service. `name`: as in metrics, `ToolService`. */
export function serveMethods(name: string, methods: Methods, setting: ServeSetting): UntypedServiceImplementation {
  const handlers: Record<string, UntypedHandleCall> = {};
  for (const [method, definition] of Object.entries(methods))
    handlers[method] = handler(`${name}/${method}`, definition, setting);
  return handlers;
}

function handler(name: string, method: Method, setting: ServeSetting): UntypedHandleCall {
  switch (method.kind) {
    case 'unary':
      return unaryHandler(name, method, setting);
    case 'server-stream':
      return serverStreamHandler(name, method, setting);
    case 'client-stream':
      return clientStreamHandler(name, method, setting);
    case 'each':
      return eachHandler(name, method, setting);
  }
}

interface AnyCall {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** One request on its way: what it is told, and how it ends. */
class Course {
  readonly signal: AbortSignal;
  readonly #name: string;
  readonly #setting: ServeSetting;
  readonly #startedMs = performance.now();
  readonly #abort = new AbortController();
  #ended = false;

  constructor(name: string, call: AnyCall, setting: ServeSetting) {
    this.#name = name;
    this.#setting = setting;
    this.signal = this.#abort.signal;
    setting.requests.begin();
    // The library says so at the end of every request, too.
    call.on('cancelled', () => {
      if (!this.#ended) this.#abort.abort();
    });
  }

  /** @throws {CodedError} `REQUEST_INVALID`. */
  request<Message>(call: AnyCall, message: Message): GrpcRequest<Message> {
    readable(message);
    const options = requestOptions(call.metadata, call.getDeadline(), this.signal);
    const api = this.#setting.service.api(this.#setting.admission.principalOf(call.metadata));
    return { message, api, options };
  }

  /** Ends what the request began. */
  abort(): void {
    this.#abort.abort();
  }

  /** Counts the request. `code`: `OK`, or that of the refusal. */
  end(code: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const { telemetry, gateway, requests } = this.#setting;
    const durationMs = performance.now() - this.#startedMs;
    telemetry.metrics.requestFinished({ gateway, method: this.#name, code, durationMs });
    requests.end();
  }

  refuse(thrown: unknown): ReturnType<typeof refusalOf>['status'] {
    const { wire, status } = refusalOf(thrown, this.#setting.messages);
    if (!(thrown instanceof CodedError))
      this.#setting.telemetry.log.error('a request failed', { method: this.#name, error: wire });
    this.end(wire.code);
    return status;
  }
}

/** Counts an answer until its stream ends; whoever makes the host hold the most is cut off where all together are too much. */
function countAnswer(call: object, answer: object, { answers }: ServeSetting): void {
  const bytes = bytesOf(answer);
  const stream = bytes < countedBytes ? undefined : http2StreamOf(call);
  if (stream === undefined || stream.destroyed) return;
  answers.hold(stream, bytes, () => resetStream(call));
}

/** What a message holds in texts and bytes. */
function bytesOf(part: unknown): number {
  if (typeof part === 'string') return part.length;
  if (part instanceof Uint8Array) return part.length;
  if (typeof part !== 'object' || part === null) return 0;
  return Object.values(part).reduce<number>((sum, one) => sum + bytesOf(one), 0);
}

function unaryHandler(name: string, { run }: UnaryMethod, setting: ServeSetting): UntypedHandleCall {
  return async (call: ServerUnaryCall<object, object>, respond: sendUnaryData<object>) => {
    const course = new Course(name, call, setting);
    try {
      const answer = await run(course.request(call, call.request) as GrpcRequest);
      course.end('OK');
      respond(null, answer);
      countAnswer(call, answer, setting);
    } catch (error) {
      respond(course.refuse(error));
    }
  };
}

function clientStreamHandler(name: string, { run }: ClientStreamMethod, setting: ServeSetting): UntypedHandleCall {
  return async (call: ServerReadableStream<object, object>, respond: sendUnaryData<object>) => {
    const course = new Course(name, call, setting);
    try {
      const messages = uploadMessages(call, setting.times.uploadStallMs);
      const answer = await run(course.request(call, {}) as GrpcRequest, messages);
      course.end('OK');
      respond(null, answer);
    } catch (error) {
      respond(course.refuse(error));
    }
  };
}

function serverStreamHandler(name: string, method: ServerStreamMethod, setting: ServeSetting): UntypedHandleCall {
  return async (call: ServerWritableStream<object, object>) => {
    const course = new Course(name, call, setting);
    const signal = method.endless ? AbortSignal.any([course.signal, setting.stopping]) : course.signal;
    try {
      const request = course.request(call, call.request);
      const answers = method.run({ ...request, options: { ...request.options, signal } } as GrpcRequest);
      await sendAll(call, answers, {
        signal,
        times: setting.times,
        begun: () => call.sendMetadata(new Metadata()),
      });
      course.end('OK');
      call.end();
    } catch (error) {
      if (signal.aborted && !course.signal.aborted) {
        // The host stops: the stream ends, whatever its source makes of it.
        course.end('OK');
        call.end();
        return;
      }
      call.emit('error', course.refuse(error));
      // A call goes on without its reader otherwise.
      course.abort();
      if (error instanceof CodedError && error.code === 'SLOW_READER') resetLater(call, setting.times.resetMs);
    }
  };
}

/** Bidirectional: the next message is read when the answer of the last one has left. */
function eachHandler(name: string, { run }: EachMethod, setting: ServeSetting): UntypedHandleCall {
  return async (call: ServerDuplexStream<object, object>) => {
    const course = new Course(name, call, setting);
    try {
      const answers = (async function* answerEach() {
        // The end of what it asks must not destroy the stream: answers are on their way.
        for await (const message of asked(call)) yield run(readable(message as object));
      })();
      await sendAll(call, answers, { signal: course.signal, times: setting.times });
      course.end('OK');
      call.end();
    } catch (error) {
      call.emit('error', course.refuse(error));
      if (error instanceof CodedError && error.code === 'SLOW_READER') resetLater(call, setting.times.resetMs);
    }
  };
}

/** What a client asks, one after the other; that it leaves is its own affair, whatever the stream calls it. */
async function* asked(call: ServerDuplexStream<object, object>): AsyncGenerator<unknown> {
  try {
    yield* call.iterator({ destroyOnReturn: false });
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw clientLeft(cause);
  }
}

/** A client that reads again in time still gets the reason; of one that never does, nothing stays. */
function resetLater(call: object, ms: number): void {
  setTimeout(() => resetStream(call), ms).unref();
}
