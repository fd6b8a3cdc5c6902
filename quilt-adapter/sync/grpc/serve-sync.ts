/** Serves a token scheduler to other processes: gRPC `quilt.sync.v1` on a Unix socket. */
import { type Server as NetServer, type Socket, createServer } from 'node:net';
import { Server, ServerCredentials, type ServiceDefinition, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { type PackageDefinition, fromJSON } from '@grpc/proto-loader';
import { type StatusMessages, syncDescriptor, loadOptions } from '#wit/proto';
import type { SyncClock } from '../clock.ts';
import type { TokenScheduler } from '../scheduler.ts';
import { EventFeed, type Subscribe } from './event-feed.ts';
import { GrantSeal } from './grant-seal.ts';
import { handlersOf } from './handlers.ts';
import { type SyncServerLimits, syncServerLimits } from './limits.ts';
import { RunningRequests } from './running-requests.ts';
import { syncService } from './sync-service.ts';
import { type UnixAddress, listenOnUnixSocket, withUnreadable } from '#wit/grpc';

/** Milliseconds until a connection has to have sent the preface of HTTP/2. */
const prefaceMsMax = 10_000;
/** Bytes of that preface (RFC 9113 §3.4). */
const prefaceBytes = 24;

/** Milliseconds that a host which stops waits for its last answers to be read. */
const lastAnswersMsMax = 1_000;

/** What is served, and where. `group`: 0660 for its members; 0600 without. */
export interface SyncServerSetting extends UnixAddress {
  readonly scheduler: TokenScheduler;
  /** The scheduler's. */
  readonly clock: Pick<SyncClock, 'nowMs'>;
  /** 32 random bytes that nobody else has, the same ones after a restart: ids of grants are made with it. */
  readonly grantKey: Uint8Array;
  /** The scheduler's events, for those who watch. */
  readonly subscribe: Subscribe;
  /** Hears of faults of ours; the client gets `INTERNAL`. */
  readonly failed: (method: string, thrown: unknown) => void;
  readonly limits?: Partial<SyncServerLimits>;
}

/** Owns the socket and its connections; the scheduler stays its owner's, and goes after it. */
export interface SyncServer extends AsyncDisposable {
  readonly path: string;
}

/** Serves a scheduler. The caller owns the server. @throws {CodedError} `LISTEN_REFUSED`, `CONFIG_INVALID`. */
export async function serveSync(setting: SyncServerSetting): Promise<SyncServer> {
  const server = new GrpcSyncServer(setting);
  await server.listen();
  return server;
}

class GrpcSyncServer implements SyncServer {
  readonly path: string;
  readonly #setting: SyncServerSetting;
  readonly #server: Server;
  readonly #listener: NetServer;
  readonly #sockets = new Set<Socket>();
  readonly #feed: EventFeed;
  readonly #requests = new RunningRequests();
  #closing: Promise<void> | undefined;

  constructor(setting: SyncServerSetting) {
    const limits = { ...syncServerLimits, ...setting.limits };
    this.path = setting.path;
    this.#setting = setting;
    this.#feed = new EventFeed(setting.subscribe, limits.backlogMax);
    // A library does not print.
    setLogVerbosity(logVerbosity.NONE);
    this.#server = new Server({
      'grpc.max_receive_message_length': limits.messageBytesMax,
      'grpc.max_concurrent_streams': limits.streamsMax,
      'grpc.enable_channelz': 0,
    });
    const definition = fromJSON(syncDescriptor() as Parameters<typeof fromJSON>[0], loadOptions);
    const { scheduler, clock } = setting;
    const seal = new GrantSeal(setting.grantKey);
    const methods = syncService({ scheduler, clock, feed: this.#feed, seal, limits });
    const handlers = handlersOf(methods, {
      limits,
      messages: definition as unknown as StatusMessages,
      failed: setting.failed,
      requests: this.#requests,
    });
    this.#server.addService(withUnreadable(serviceOf(definition)), handlers);
    // The library's own listener has no maximum of connections, and makes its sockets for everybody.
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#listener = createServer((socket) => {
      this.#accept(socket);
      injector.injectConnection(socket);
    });
    this.#listener.maxConnections = limits.connectionsMax;
  }

  async listen(): Promise<void> {
    await listenOnUnixSocket(this.#listener, this.#setting);
    // One that fails to accept, as for want of file descriptors, goes on with the next.
    this.#listener.on('error', () => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const timer = setTimeout(() => {
      if (socket.bytesRead < prefaceBytes) socket.destroy();
    }, prefaceMsMax).unref();
    // The library reports what it can; an error before it has taken over is only the end of the connection.
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
  }

  /** Connections close when their last answers have left; one whose client takes nothing holds up no stop. */
  async #lastAnswers(): Promise<void> {
    this.#server.tryShutdown(() => {});
    // Those who have not said a word know of no shutdown.
    for (const socket of this.#sockets) if (socket.bytesRead < prefaceBytes) socket.destroy();
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, lastAnswersMsMax);
    await Promise.race([Promise.all(closed), late]);
    clearTimeout(timer);
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    // Waits end first, so that none is granted to a client that cannot hear of it.
    await this.#requests.stop();
    this.#feed[Symbol.dispose]();
    await this.#lastAnswers();
    this.#server.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function serviceOf(definition: PackageDefinition): ServiceDefinition {
  return definition['quilt.sync.v1.SyncService'] as ServiceDefinition;
}
