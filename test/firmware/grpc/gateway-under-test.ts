/** A gateway over the scripted service, with a client of it, in a directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { type PackageDefinition, type ServiceDefinition, fromJSON } from '@grpc/proto-loader';
import { type AriaApi, connectGrpc } from '#wit/api';
import { hostDescriptor, loadOptions } from '#wit/proto';
import { openGrpcGateway } from '../../../firmware/api/grpc/open-grpc-gateway.ts';
import type { StreamTimes } from '../../../firmware/api/grpc/send-stream.ts';
import type { Gateway, GatewaySetting } from '../../../firmware/api/gateway.ts';
import { type ScriptedTelemetry, ScriptedService, scriptedSetting } from '../scripted-service.ts';

/** Everything of one test. Leaving the scope closes it. */
export interface GatewayUnderTest extends AsyncDisposable {
  readonly service: ScriptedService;
  readonly telemetry: ScriptedTelemetry;
  readonly gateway: Gateway;
  readonly client: AriaApi & AsyncDisposable;
  /** For clients: `unix:…` or `host:port`. */
  readonly address: string;
  readonly directory: string;
}

/** What a test changes. */
export interface UnderTestOptions {
  readonly kind?: 'unix' | 'tcp';
  /** Of the client; on TCP `admin` where absent. */
  readonly token?: string;
  readonly setting?: Partial<GatewaySetting>;
  readonly times?: Partial<StreamTimes>;
}

/** Opens one. */
export async function openUnderTest(options: UnderTestOptions = {}): Promise<GatewayUnderTest> {
  const { kind = 'unix', setting: changes, times } = options;
  const token = options.token ?? (kind === 'tcp' ? 'admin' : undefined);
  const directory = await mkdtemp(join(tmpdir(), 'aria-grpc-'));
  const service = new ScriptedService();
  const setting = scriptedSetting(service, changes);
  const listen =
    kind === 'unix'
      ? ({ kind, path: join(directory, 'api.sock') } as const)
      : ({ kind, host: '127.0.0.1', port: 0 } as const);
  const all: StreamTimes = { slowReaderMs: 30_000, resetMs: 5_000, uploadStallMs: 30_000, ...times };
  const gateway = await openGrpcGateway(setting, listen, all);
  const address = kind === 'unix' ? `unix:${gateway.address}` : gateway.address;
  const client = connectGrpc({ address, ...(token !== undefined && { token }) });
  return {
    service,
    telemetry: setting.telemetry,
    gateway,
    client,
    address,
    directory,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}

/** All messages and services, for clients that are not ours. */
export const definition: PackageDefinition = fromJSON(hostDescriptor() as Parameters<typeof fromJSON>[0], loadOptions);

/** A client of plain grpc-js. The caller closes it. */
export function plainClient(address: string, options: grpc.ClientOptions = {}): grpc.Client {
  return new grpc.Client(address, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    ...options,
  });
}

/** Metadata of these pairs. */
export function metadataOf(pairs: Readonly<Record<string, string>>): grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(pairs)) metadata.set(key, value);
  return metadata;
}

/** A method of the package, as `aria.v1.ToolService/CallTool`. */
export function methodOf(name: string): ServiceDefinition[string] {
  const [service = '', method = ''] = name.split('/');
  const found = (definition[service] as ServiceDefinition)[method];
  if (found === undefined) throw new Error(`there is no method ${name}`);
  return found;
}

/** Sends one message with plain grpc-js; rejects with its `ServiceError`. */
export function plainCall(
  client: grpc.Client,
  name: string,
  message: object,
  pairs: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const { path, requestSerialize, responseDeserialize } = methodOf(name);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, metadataOf(pairs), (error, answer) =>
      error === null ? resolve((answer ?? {}) as Record<string, unknown>) : reject(error),
    );
  });
}

/** Opens a stream with plain grpc-js. */
export function plainStream(
  client: grpc.Client,
  name: string,
  message: object,
  pairs: Readonly<Record<string, string>> = {},
): grpc.ClientReadableStream<object> {
  const { path, requestSerialize, responseDeserialize } = methodOf(name);
  return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, message, metadataOf(pairs));
}

/** Resolves when a state is reached; a test that never reaches it ends with the test's own limit. */
export async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The code of what a promise rejects with, and the whole error. */
export async function failureOf(promise: Promise<unknown>): Promise<{ code: string; wire: Record<string, unknown> }> {
  try {
    await promise;
  } catch (error) {
    return error as { code: string; wire: Record<string, unknown> };
  }
  throw new Error('nothing was refused');
}

/** Everything that an iterable gives. */
export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
