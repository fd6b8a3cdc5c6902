/**
 * Methods as handlers of the library: cancellation, refusals, back-pressure. A handler never throws and never rejects: what goes wrong becomes a status.
 */
import {
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { CodedError, toWireError } from '#wit/errors';
import { readable } from '#wit/grpc';
import { type StatusMessages, encodeStatus, statusDetailsKey } from '#wit/proto';
import { Connection } from './connection.ts';
import { hostStops, slowWatcher } from './errors.ts';
import { streamOf } from './library-internals.ts';
import type { SyncServerLimits } from './limits.ts';
import type { RunningRequests } from './running-requests.ts';
import type { SyncMethods, SyncRequest } from './sync-service.ts';

/** What all handlers have in common. */
export interface HandlerSetting {
  readonly limits: SyncServerLimits;
  readonly messages: StatusMessages;
  /** Hears of what is a fault of ours: of all that is no coded error. */
  readonly failed: (method: string, thrown: unknown) => void;
  readonly requests: RunningRequests;
}

/** The handlers. */
export function handlersOf({ unary, stream }: SyncMethods, setting: HandlerSetting): UntypedServiceImplementation {
  const handlers: Record<string, UntypedHandleCall> = {};
  const connections = new WeakMap<object, Connection>();
  for (const [name, run] of Object.entries(unary)) {
    handlers[name] = (call: ServerUnaryCall<object, object>, respond: sendUnaryData<object>) =>
      setting.requests.run(async (abort) => {
        try {
          respond(null, await run(readable(call.request) as never, requestOf(call, abort)));
        } catch (error) {
          respond(refusalOf(name, error, setting));
        }
      });
  }
  for (const [name, run] of Object.entries(stream)) {
    handlers[name] = (call: ServerWritableStream<object, object>) =>
      setting.requests.run(async (abort) => {
        try {
          const groups = run(readable(call.request) as never, requestOf(call, abort));
          call.sendMetadata(new Metadata());
          for await (const group of groups) await send(call, group, abort.signal);
          // Cut off while it had nothing to send.
          if (abort.signal.reason instanceof CodedError) throw abort.signal.reason;
          call.end();
        } catch (error) {
          call.emit('error', refusalOf(name, error, setting));
        }
      });
  }
  return handlers;

  function requestOf(call: Call, abort: AbortController): SyncRequest {
    const http2 = streamOf(call);
    const session: object = http2.session ?? http2;
    const connection = connections.get(session) ?? new Connection(setting.limits);
    connections.set(session, connection);
    // The library says so at the end of every request, too.
    call.on('cancelled', () => abort.abort());
    return {
      connection,
      signal: abort.signal,
      cut: (error) => abort.abort(error),
      onLost: (lost) => {
        const judge = (): void => {
          if (http2.rstCode !== constants.NGHTTP2_NO_ERROR || !http2.writableFinished) lost();
        };
        if (http2.destroyed) judge();
        else http2.once('close', judge);
      },
      onSent: (sent) => {
        if (http2.destroyed) sent();
        else http2.once('close', sent);
      },
    };
  }

  async function send(call: ServerWritableStream<object, object>, group: readonly object[], signal: AbortSignal) {
    for (const message of group) {
      if (signal.aborted) return;
      if (!call.write(message)) await drained(call, signal, setting.limits.slowReaderMs);
    }
  }
}

/** What a request of either kind tells. */
interface Call {
  on(event: 'cancelled', listener: () => void): unknown;
}

function refusalOf(method: string, thrown: unknown, { messages, failed, requests }: HandlerSetting): StatusObject {
  if (!(thrown instanceof CodedError)) failed(method, thrown);
  const stopped = requests.stopping && thrown instanceof CodedError && thrown.code === 'CANCELLED';
  const { code, message, details } = encodeStatus(toWireError(stopped ? hostStops() : thrown), messages);
  const metadata = new Metadata();
  metadata.set(statusDetailsKey, details);
  return { code, details: message, metadata };
}

/** @throws {CodedError} `SLOW_READER`. Returns where its client has gone or the host stops: the events end by themselves. */
async function drained(
  call: ServerWritableStream<object, object>,
  signal: AbortSignal,
  slowReaderMs: number,
): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(slowWatcher(`nothing was read for ${slowReaderMs} ms`)), slowReaderMs).unref();
  try {
    await Promise.race([once(call, 'drain', { signal }), late]);
  } catch (error) {
    if (!signal.aborted) throw error;
    if (signal.reason instanceof CodedError) throw signal.reason;
  } finally {
    clearTimeout(timer);
  }
}
