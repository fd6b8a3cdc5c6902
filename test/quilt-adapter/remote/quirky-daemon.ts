/**
 * A server of `quilt.proto` that behaves as the real daemon was seen to, quirk by quirk, with its times shortened. Its containers are real processes
 * without isolation, its commands real shells.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { quiltDescriptor, loadOptions } from '#wit/proto';
import { Random } from '../../fuzz.ts';
import { type DaemonKind, QuirkyContainers, Workers } from './quirky-containers.ts';
import { QuirkyEvents } from './quirky-events.ts';
import { type DaemonState, Refusal, blocking, methods } from './quirky-methods.ts';

/** What a test changes. */
export interface DaemonOptions {
  readonly kind?: DaemonKind;
  /** Real times are divided by it. */
  readonly faster?: number;
  readonly workers?: number;
  readonly cores?: number;
  readonly lockedPercent?: number;
  readonly controlGroups?: 'v1' | 'v2';
  readonly listen?: 'unix' | 'tcp';
  /** Methods that it does not serve. */
  readonly without?: readonly string[];
}

type Spoil = (answer: Buffer) => Buffer;

/** See above. Leaving the scope ends its processes. */
export class QuirkyDaemon implements AsyncDisposable {
  readonly directory: string;
  /** A path that its containers can be created of. */
  readonly image: string;
  /** A one-word command that goes on until it is killed. */
  readonly wait: string;
  readonly containers: QuirkyContainers;
  /** Sources of mounts that it refuses besides its own list. */
  readonly denied = new Set<string>();
  /** How often each method was called. */
  readonly calls = new Map<string, number>();
  /** Requests as they came, by method. */
  readonly requests = new Map<string, object[]>();
  /** Changes the bytes of an answer. */
  readonly spoil = new Map<string, Spoil>();
  /** Called before the answer leaves; may close the connection. */
  readonly before = new Map<string, () => void | Promise<void>>();
  /** Called before the method runs. */
  readonly ahead = new Map<string, () => Promise<void>>();
  readonly #options: Required<DaemonOptions>;
  #state: DaemonState;
  #server: grpc.Server | undefined;
  #port = 0;
  #steps: Promise<void> = Promise.resolve();

  constructor(directory: string, options: DaemonOptions) {
    this.directory = directory;
    this.image = join(directory, 'image.tar.gz');
    this.wait = join(directory, 'wait');
    this.#options = {
      kind: 'patched',
      faster: 20,
      workers: 8,
      cores: 4,
      lockedPercent: 0,
      controlGroups: 'v1',
      listen: 'unix',
      without: [],
      ...options,
    };
    this.containers = new QuirkyContainers(this.#options.kind, this.#options.faster);
    this.#state = this.#boot(new Map());
  }

  get state(): DaemonState {
    return this.#state;
  }

  /** For clients. */
  get address(): string {
    return this.#options.listen === 'unix' ? `unix:${join(this.directory, 'quilt.sock')}` : `127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    const definition = fromJSON(quiltDescriptor() as Parameters<typeof fromJSON>[0], loadOptions);
    const service = { ...(definition['quilt.QuiltService'] as grpc.ServiceDefinition) };
    const server = new grpc.Server();
    const handlers: grpc.UntypedServiceImplementation = {};
    for (const [name, method] of Object.entries(service)) {
      const serialize = (answer: object): Buffer => {
        const bytes = method.responseSerialize(answer);
        return this.spoil.get(name)?.(bytes) ?? bytes;
      };
      service[name] = { ...method, responseSerialize: serialize };
      if (!this.#options.without.includes(name))
        handlers[name] = name === 'StreamEvents' ? this.#stream : this.#unary(name);
    }
    server.addService(service, handlers);
    const address = this.#options.listen === 'unix' ? this.address : `127.0.0.1:${this.#port}`;
    this.#port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
    this.#server = server;
  }

  /** Breaks all connections; nobody listens then. */
  down(): Promise<void> {
    return this.#next(() => this.#stop());
  }

  /** A new process with the old database: events are gone. */
  up(): Promise<void> {
    return this.#next(async () => {
      this.#state.events[Symbol.dispose]();
      this.#state = this.#boot(this.#state.volumes);
      await this.listen();
    });
  }

  /** One after the other. */
  #next(step: () => Promise<void>): Promise<void> {
    return (this.#steps = this.#steps.then(step));
  }

  async #stop(): Promise<void> {
    this.#server?.forceShutdown();
    this.#server = undefined;
    if (this.#options.listen === 'unix') await rm(join(this.directory, 'quilt.sock'), { force: true });
  }

  /** Blocks worker threads until the end of the scope. */
  async block(count: number): Promise<Disposable> {
    const taken = new DisposableStack();
    for (let index = 0; index < count; index += 1) taken.use(await this.#state.workers.take());
    return taken;
  }

  called(name: string): number {
    return this.calls.get(name) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.forceShutdown();
    this.#state.events[Symbol.dispose]();
    this.containers[Symbol.dispose]();
    await rm(this.directory, { recursive: true, force: true });
  }

  #boot(volumes: DaemonState['volumes']): DaemonState {
    const { workers, faster, lockedPercent, cores, controlGroups } = this.#options;
    return {
      containers: this.containers,
      workers: new Workers(workers),
      events: new QuirkyEvents(faster),
      random: new Random(7),
      volumes,
      lockedPercent,
      cores,
      controlGroups,
      startedAtMs: Date.now(),
      denied: this.denied,
      healthy: true,
      creating: 0,
      executing: 0,
      executingMost: 0,
    };
  }

  readonly #stream = (call: grpc.ServerWritableStream<object, object>): void => {
    this.#count('StreamEvents', call.request);
    this.#state.events.open(call);
  };

  #unary(name: string): grpc.handleUnaryCall<object, object> {
    return (call, answer) => {
      this.#count(name, call.request);
      this.#run(name, call.request).then(
        (message) => answer(null, message),
        (error: unknown) =>
          answer({
            code: error instanceof Refusal ? error.code : grpc.status.INTERNAL,
            details: String((error as Error).message),
          }),
      );
    };
  }

  async #run(name: string, request: object): Promise<object> {
    const state = this.#state;
    const worker = await state.workers.take();
    try {
      if (!blocking.has(name)) worker[Symbol.dispose]();
      await this.ahead.get(name)?.();
      const message = await methods[name]?.(request as Record<string, unknown>, state);
      await this.before.get(name)?.();
      return message ?? {};
    } finally {
      worker[Symbol.dispose]();
    }
  }

  #count(name: string, request: object): void {
    this.calls.set(name, this.called(name) + 1);
    this.requests.set(name, [...(this.requests.get(name) ?? []), request]);
  }
}

/** Opens one in a directory of its own. */
export async function openQuirkyDaemon(options: DaemonOptions = {}): Promise<QuirkyDaemon> {
  // Letters and digits only: the stock daemon takes everything else out of a command.
  const daemon = new QuirkyDaemon(await mkdtemp(join(tmpdir(), 'quilt-')), options);
  await writeFile(daemon.image, gzipSync('an image'));
  await writeFile(daemon.wait, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  await daemon.listen();
  return daemon;
}
