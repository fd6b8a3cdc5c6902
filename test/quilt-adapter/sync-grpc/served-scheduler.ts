/** A scheduler that is served on a socket in a directory of its own, with clients of it, ours and raw ones. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { type ServiceDefinition, fromJSON } from '@grpc/proto-loader';
import { CodedError } from '#wit/errors';
import { syncDescriptor, loadOptions } from '#wit/proto';
import { type Token, parseToken } from '#wit/tokens';
import { systemSyncClock } from '../../../quilt-adapter/sync/clock.ts';
import { createTokenScheduler } from '../../../quilt-adapter/sync/token-scheduler.ts';
import { type SyncClient, connectSync } from '../../../quilt-adapter/sync/grpc/connect-sync.ts';
import type { SyncServerLimits } from '../../../quilt-adapter/sync/grpc/limits.ts';
import { type SyncServer, serveSync } from '../../../quilt-adapter/sync/grpc/serve-sync.ts';
import type { SchedulerEvent, TokenScheduler } from '../../../quilt-adapter/sync/scheduler.ts';
import { createMemorySyncStore } from '../../../quilt-adapter/sync/store.ts';

/** Everything of one test. Leaving the scope closes it. */
export interface ServedScheduler extends AsyncDisposable {
  readonly scheduler: TokenScheduler;
  readonly server: SyncServer;
  readonly path: string;
  /** Faults of ours that the server heard of. */
  readonly faults: unknown[];
  /** A client; it is closed with the rest. */
  connect(key?: string): SyncClient;
  tokens(...texts: readonly string[]): readonly Token[];
  /** Those who hear of the scheduler's events. */
  listeners(): number;
}

/** Opens one. */
export async function openServed(limits: Partial<SyncServerLimits> = {}): Promise<ServedScheduler> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-sync-'));
  const path = join(directory, 'api.sock');
  const listeners = new Set<(event: SchedulerEvent) => void>();
  const scheduler = createTokenScheduler({
    clock: systemSyncClock,
    store: createMemorySyncStore(),
    onEvent: (event: SchedulerEvent) => {
      for (const listener of listeners) listener(event);
    },
  });
  const faults: unknown[] = [];
  const server = await serveSync({
    scheduler,
    clock: systemSyncClock,
    path,
    grantKey: randomBytes(32),
    limits,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    failed: (_, thrown) => faults.push(thrown),
  });
  const clients: SyncClient[] = [];
  return {
    scheduler,
    server,
    path,
    faults,
    connect(key) {
      const client = connectSync(path, key === undefined ? {} : { key });
      clients.push(client);
      return client;
    },
    tokens: (...texts) => texts.map((text) => parseToken(text)),
    listeners: () => listeners.size,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      scheduler[Symbol.dispose]();
      await rm(directory, { recursive: true });
    },
  };
}

const service = fromJSON(syncDescriptor() as Parameters<typeof fromJSON>[0], loadOptions)[
  'quilt.sync.v1.SyncService'
] as ServiceDefinition;

/** A message of a method as bytes. */
export function serialized(method: string, message: object): Buffer {
  return service[method]?.requestSerialize(message) ?? Buffer.alloc(0);
}

/** A client of plain grpc-js, which sends what it is told to. The test closes it. */
export interface PlainClient {
  /** Sends a message, or bytes instead of one. */
  ask(method: string, message: object | Uint8Array, options?: grpc.CallOptions): Promise<object>;
  watch(): grpc.ClientReadableStream<object>;
  /** Ends the connection, and what runs on it. */
  cut(): void;
}

/** Makes one. */
export function plainClient(path: string, options: grpc.ClientOptions = {}): PlainClient {
  const client = new grpc.Client(`unix:${path}`, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    ...options,
  });
  const running = new Set<{ cancel(): void }>();
  const definitionOf = (method: string) => service[method] as grpc.MethodDefinition<object, object>;
  return {
    ask(method, message, callOptions = {}) {
      const { path, requestSerialize, responseDeserialize } = definitionOf(method);
      const serialize = (value: object): Buffer =>
        value instanceof Uint8Array ? Buffer.from(value) : requestSerialize(value);
      return new Promise((resolve, reject) => {
        const call = client.makeUnaryRequest(
          path,
          serialize,
          responseDeserialize,
          message,
          callOptions,
          (error, answer) => {
            running.delete(call);
            if (error) reject(error);
            else resolve(answer ?? {});
          },
        );
        running.add(call);
      });
    },
    watch() {
      const { path, requestSerialize, responseDeserialize } = definitionOf('Watch');
      const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
      call.on('error', () => {});
      running.add(call);
      return call;
    },
    cut() {
      for (const call of running) call.cancel();
      client.close();
    },
  };
}

/** The code that a promise fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
  return 'nothing';
}

/** Waits until something is so; the test's own timeout ends a wait in vain. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 2));
}
