/** The gRPC gateway: `aria.v1`, health and reflection on a TCP port or on a Unix socket. Everything else is in the service. */
import { Server, ServerCredentials, type ServiceDefinition, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { type PackageDefinition, fromJSON } from '@grpc/proto-loader';
import { type StatusMessages, hostDescriptor, loadOptions } from '#wit/proto';
import type { GatewayName } from '../../telemetry/telemetry.ts';
import { ByteLedger } from '../byte-ledger.ts';
import type { Gateway, GatewaySetting } from '../gateway.ts';
import { Admission } from './admission.ts';
import { bundleService } from './bundle-service.ts';
import { healthService } from './health-service.ts';
import { hostService } from './host-service.ts';
import { laterMethods, laterServices } from './later-services.ts';
import { limitPings } from './library-internals.ts';
import { type GrpcListen, Listener } from './listener.ts';
import type { Methods } from './method.ts';
import { notificationService } from './notification-service.ts';
import { withUnreadable } from '#wit/grpc';
import { reflectionService } from './reflection-service.ts';
import { type StreamTimes, streamTimes } from './send-stream.ts';
import { RequestCount, type ServeSetting, serveMethods } from './serve-methods.ts';
import { toolService } from './tool-service.ts';

/** Requests at the same time on one connection; more wait in the client. */
const streamsMax = 256;
/** Answers that all clients together make us hold, in messages of the maximum. */
const heldAnswersMax = 4;
/** A connection without a request is closed after so long, in milliseconds. */
const idleMsMax = 10 * 60_000;
/** How often a connection is asked whether it is still there, and how long it may take to say so, in milliseconds. */
const keepaliveMs = 60_000;
const keepaliveAnswerMsMax = 20_000;

/** Opens a gateway. The caller owns it. `times`: for tests. @throws {CodedError} `LISTEN_REFUSED`, `CONFIG_INVALID`. */
export async function openGrpcGateway(
  setting: GatewaySetting,
  listen: GrpcListen,
  times: StreamTimes = streamTimes,
): Promise<Gateway> {
  const gateway = new GrpcGateway(setting, listen, times);
  await gateway.listen(listen);
  return gateway;
}

let loaded: PackageDefinition | undefined;

/** All messages and services; both gateways of a host share them. */
function definition(): PackageDefinition {
  return (loaded ??= fromJSON(hostDescriptor() as Parameters<typeof fromJSON>[0], loadOptions));
}

class GrpcGateway implements Gateway {
  readonly #server: Server;
  readonly #listener: Listener;
  readonly #requests = new RequestCount();
  readonly #stopping = new AbortController();
  readonly #times: StreamTimes;
  #closing: Promise<void> | undefined;

  constructor(setting: GatewaySetting, listen: GrpcListen, times: StreamTimes) {
    const { telemetry, limits, access } = setting;
    this.#times = times;
    // The library prints headers that it cannot read, a mistyped token among them, past every redaction.
    setLogVerbosity(logVerbosity.NONE);
    const name: GatewayName = listen.kind === 'unix' ? 'grpc-unix' : 'grpc';
    const messages = definition() as unknown as StatusMessages;
    const admission = new Admission({
      access,
      via: listen.kind,
      messages,
      refused: (path, { wire }) =>
        telemetry.metrics.requestFinished({ gateway: name, method: methodLabel(path), code: wire.code, durationMs: 0 }),
    });
    this.#server = new Server({
      interceptors: [admission.interceptor],
      'grpc.max_receive_message_length': limits.messageBytesMax,
      'grpc.max_concurrent_streams': streamsMax,
      'grpc.keepalive_time_ms': keepaliveMs,
      'grpc.keepalive_timeout_ms': keepaliveAnswerMsMax,
      'grpc.max_connection_idle_ms': idleMsMax,
      'grpc.enable_channelz': 0,
    });
    const { service } = setting;
    const stopping = this.#stopping.signal;
    addServices(this.#server, setting.ready, {
      service,
      telemetry,
      gateway: name,
      admission,
      messages,
      stopping,
      requests: this.#requests,
      times,
      answers: new ByteLedger(heldAnswersMax * limits.messageBytesMax),
    });
    // TLS is the listener's: it hands over sockets that have spoken it.
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    limitPings(this.#server);
    this.#listener = new Listener(listen, {
      connectionsMax: limits.connectionsMax,
      accept: (socket) => injector.injectConnection(socket),
      opened: () => telemetry.metrics.connectionOpened(name),
      closed: () => telemetry.metrics.connectionClosed(name),
    });
  }

  get address(): string {
    return this.#listener.address;
  }

  listen(wanted: GrpcListen): Promise<void> {
    return this.#listener.listen(wanted);
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#listener.close();
    this.#stopping.abort();
    // Tells the clients to go elsewhere; requests that run go on. A connection closes when its answers have left, which the library's own callback
    // does not wait for.
    this.#server.tryShutdown(() => {});
    const aborted = Promise.withResolvers<void>();
    const stop = (): void => aborted.resolve();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await Promise.race([this.#requests.idle().then(() => this.#emptied()), aborted.promise]);
    signal.removeEventListener('abort', stop);
  }

  /** Resolves when no connection is left. One whose client takes nothing holds up no stop. */
  async #emptied(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#times.resetMs).unref();
    await Promise.race([this.#listener.empty(), promise]);
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#stopping.abort();
    this.#server.forceShutdown();
    await this.#listener[Symbol.asyncDispose]();
  }
}

function addServices(server: Server, ready: () => boolean, setting: ServeSetting): void {
  const all = definition();
  const served: Record<string, Methods> = {
    'aria.v1.ToolService': toolService,
    'aria.v1.BundleService': bundleService,
    'aria.v1.HostService': hostService,
    'aria.v1.NotificationService': notificationService,
  };
  for (const name of laterServices) served[`aria.v1.${name}`] = laterMethods(name, serviceOf(all, `aria.v1.${name}`));
  const names = new Set(Object.keys(served));
  served['grpc.health.v1.Health'] = healthService(ready, names);
  const reflection = reflectionService(all);
  for (const version of ['v1', 'v1alpha']) served[`grpc.reflection.${version}.ServerReflection`] = reflection;
  for (const [name, methods] of Object.entries(served)) {
    const label = name.startsWith('aria.v1.') ? name.slice('aria.v1.'.length) : name;
    server.addService(withUnreadable(serviceOf(all, name)), serveMethods(label, methods, setting));
  }
}

function serviceOf(all: PackageDefinition, name: string): ServiceDefinition {
  return all[name] as ServiceDefinition;
}

/** As serveMethods names it: `ToolService/CallTool`. */
function methodLabel(path: string): string {
  return path.slice(1).replace(/^aria\.v1\./, '');
}
