/**
 * Containers with a life of their own, on this machine.
 *
 * - A name belongs to one container from the request that asks for it until that container is gone.
 * - What is there lasts: records are files, and a container that ran when the process ended is failed afterwards.
 * - Everything has a maximum, and closing ends every container, also one whose start is under way.
 */
import type { ContainerBackend, ExecuteResult } from '../containers/backend.ts';
import type { Clock } from '../pool/ports.ts';
import { type ContainerDefinition, readCommand, readRequest } from './container-definition.ts';
import { type SpecContext, environmentDefaults, specOf } from './container-specs.ts';
import { ContainerTable } from './container-table.ts';
import {
  type ContainerEvent,
  type ContainerInfo,
  type ContainerLogLine,
  type ContainerMetrics,
  type ContainerNetwork,
  type ContainerRequest,
  type ContainerRuntime,
  type ContainerState,
  type RuntimeCapabilities,
  type SystemMetrics,
  type Volume,
} from './container-runtime.ts';
import { executeTimedOut, runtimeClosed, specInvalid, stateInvalid, tooMany, volumeInUse } from './errors.ts';
import { type EventQuery, EventRing } from './event-ring.ts';
import { type RuntimeLimits, eventsKept, logLinesMax, runtimeLimits } from './limits.ts';
import { type ContainerHost, LocalContainer } from './local-container.ts';
import { localCapabilities } from './local-capabilities.ts';
import { RecordFiles } from './record-files.ts';
import { systemMetrics } from './system-metrics.ts';
import { unlessAborted } from './unless-aborted.ts';
import { VolumeDirectory } from './volume-directory.ts';

/** How a runtime is made. */
export interface LocalRuntimeOptions {
  /** Starts its containers; stays its owner's. */
  readonly backend: ContainerBackend;
  /** The directory of the image `bun`. */
  rootDirectory(image: string): Promise<string>;
  /** For its records; nobody else's. */
  readonly stateDirectory: string;
  readonly volumesDirectory: string;
  /** Directories of the machine below which root directories may lie; none where absent. */
  readonly imageRoots?: readonly string[];
  /** Directories of the machine below which binds may lie; none where absent. */
  readonly bindRoots?: readonly string[];
  /** Directories of the host, as its home and its sockets: never mounted. The runtime's own are known. */
  readonly hostDirectories: readonly string[];
  readonly clock: Clock;
  /** So many bytes that nobody can guess. */
  random(bytes: number): Uint8Array;
  readonly limits?: Partial<RuntimeLimits>;
  /** Hears of each event. Never throws. */
  onEvent?(event: ContainerEvent): void;
  /** Hears what could not be written or read. Never throws. */
  onProblem?(problem: unknown): void;
}

/** A runtime on this machine, with what the events of a remote one do not have. */
export interface LocalRuntime extends ContainerRuntime {
  /** The last 1,000 events, oldest first. */
  recentEvents(query?: EventQuery): readonly ContainerEvent[];
}

/** Opens a runtime with the containers that its records name. @throws {CodedError} `IO_FAILED`. */
export function createLocalRuntime(options: LocalRuntimeOptions): LocalRuntime {
  return new Runtime(options);
}

class Runtime implements LocalRuntime {
  readonly #options: LocalRuntimeOptions;
  readonly #limits: RuntimeLimits;
  readonly #table: ContainerTable;
  readonly #specs: SpecContext;
  readonly #volumes: VolumeDirectory;
  readonly #events: EventRing;
  readonly #host: ContainerHost;
  /** Requests that make or start something. */
  readonly #open = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(options: LocalRuntimeOptions) {
    this.#options = options;
    this.#limits = { ...runtimeLimits, ...options.limits };
    this.#events = new EventRing(eventsKept, this.#limits.eventReadersMax);
    this.#volumes = new VolumeDirectory({
      directory: options.volumesDirectory,
      volumesMax: this.#limits.volumesMax,
      user: options.backend.user,
    });
    const { backend, clock, stateDirectory, volumesDirectory, hostDirectories } = options;
    this.#specs = {
      rootDirectory: (image) => options.rootDirectory(image),
      imageRoots: options.imageRoots ?? [],
      bindRoots: options.bindRoots ?? [],
      own: [...hostDirectories, stateDirectory, volumesDirectory],
      volumes: this.#volumes,
      others: (id) => this.#table.all().filter((container) => container.id !== id),
    };
    this.#table = new ContainerTable({
      records: new RecordFiles(stateDirectory),
      containersMax: this.#limits.containersMax,
      random: (bytes) => options.random(bytes),
      onProblem: (problem) => options.onProblem?.(problem),
    });
    this.#host = {
      backend,
      clock,
      limits: this.#limits,
      emit: (event) => this.#emit(event),
      changed: (container) => this.#table.save(container),
    };
    this.#table.load((record) => new LocalContainer(this.#host, record));
  }

  capabilities(): Promise<RuntimeCapabilities> {
    return Promise.resolve(localCapabilities(this.#options.backend));
  }

  async create(request: ContainerRequest, signal?: AbortSignal): Promise<ContainerInfo> {
    this.#mustBeOpen();
    const { name: wanted, definition, start } = readRequest(request);
    const made = this.#track(this.#make({ ...this.#table.reserve(wanted), definition, start }));
    try {
      return await unlessAborted(made, signal);
    } catch (error) {
      // Nobody knows its id: a request that was given up leaves nothing either.
      if (signal?.aborted) void this.#track(made.then(({ id }) => this.#removeWhole(this.#table.find(id))));
      throw error;
    }
  }

  async #make({
    id,
    name,
    definition,
    start,
  }: {
    readonly id: string;
    readonly name: string;
    readonly definition: ContainerDefinition;
    readonly start: boolean;
  }): Promise<ContainerInfo> {
    const createdAtMs = this.#options.clock.nowMs();
    const container = new LocalContainer(this.#host, { id, name, definition, createdAtMs, state: 'created' });
    try {
      // What could not start is refused now, and looked at again then.
      await specOf(this.#specs, container, id);
      this.#mustBeOpen();
      this.#table.add(container);
    } catch (error) {
      this.#table.release(name);
      throw error;
    }
    this.#emitOf(container, 'created');
    if (!start) return container.info();
    try {
      await this.#start(container);
      return container.info();
    } catch (error) {
      // Nobody knows its id: a request that fails leaves nothing.
      await this.#removeWhole(container);
      throw error;
    }
  }

  async start(container: string, signal?: AbortSignal): Promise<ContainerInfo> {
    const found = this.#find(container);
    await unlessAborted(this.#track(this.#start(found)), signal);
    return found.info();
  }

  async #start(container: LocalContainer): Promise<void> {
    this.#mustBeOpen();
    const bytes = container.definition.limits.memoryBytesMax;
    const active = this.#table.all().filter(({ isActive }) => isActive);
    const bytesActive = active.reduce((sum, { definition }) => sum + definition.limits.memoryBytesMax, 0);
    if (!container.isActive && bytesActive + bytes > this.#limits.memoryBytesMax)
      throw tooMany('start the container', 'bytes of memory given to containers', this.#limits.memoryBytesMax);
    await container.start((run) => specOf(this.#specs, container, run));
  }

  async stop(
    container: string,
    { timeoutMs }: { readonly timeoutMs: number },
    signal?: AbortSignal,
  ): Promise<ContainerInfo> {
    const found = this.#find(container);
    const { stopTimeoutMsMax } = this.#limits;
    if (!(timeoutMs >= 0 && timeoutMs <= stopTimeoutMsMax))
      throw specInvalid('stop the container', [
        { path: 'timeoutMs', message: `must be from 0 to ${stopTimeoutMsMax}` },
      ]);
    await unlessAborted(this.#track(found.stop(timeoutMs)), signal);
    return found.info();
  }

  async kill(container: string, signal?: AbortSignal): Promise<ContainerInfo> {
    const found = this.#find(container);
    await unlessAborted(this.#track(found.kill()), signal);
    return found.info();
  }

  async remove(container: string, { force }: { readonly force: boolean }, signal?: AbortSignal): Promise<void> {
    const found = this.#find(container);
    const { name, state } = found;
    if (found.isActive && !force)
      throw stateInvalid('remove', { name, state, remedy: 'Stop it first, or force the removal' });
    await unlessAborted(this.#track(this.#removeWhole(found)), signal);
  }

  /** Two that remove the same container end together; its name is free when it is gone. */
  async #removeWhole(container: LocalContainer): Promise<void> {
    try {
      await container.end();
      if (!this.#table.remove(container)) return;
    } catch (error) {
      container.keep();
      throw error;
    }
    this.#emitOf(container, 'removed');
  }

  async execute(
    container: string,
    command: Parameters<ContainerRuntime['execute']>[1],
    signal?: AbortSignal,
  ): Promise<ExecuteResult> {
    const found = this.#find(container);
    const { name } = found;
    const { args, environment, workingDirectory } = readCommand(command);
    const { executesMax, executeTimeoutMs, executeTimeoutMsMax } = this.#limits;
    const timeoutMs = Math.min(command.timeoutMs ?? executeTimeoutMs, executeTimeoutMsMax);
    const { running } = found;
    if (!running) throw stateInvalid('run a command in', { name, state: found.state, remedy: 'Start it first' });
    if (found.executes >= executesMax) throw tooMany('run the command', 'commands in the container', executesMax);
    found.executes += 1;
    this.#emitOf(found, 'exec_started', { command: args[0] ?? '' });
    const timer = new AbortController();
    const deadline = new AbortController();
    void this.#options.clock.sleep(timeoutMs, timer.signal).then(() => {
      if (!timer.signal.aborted) deadline.abort(executeTimedOut(name, timeoutMs));
    });
    const either = signal ? AbortSignal.any([deadline.signal, signal]) : deadline.signal;
    let attributes: Record<string, string> = {};
    try {
      const result = await unlessAborted(
        running.execute({ args, environment: { ...environmentDefaults, ...environment }, workingDirectory }, either),
        either,
      );
      if (result.exitCode !== undefined) attributes = { exitCode: String(result.exitCode) };
      return result;
    } finally {
      timer.abort();
      found.executes -= 1;
      this.#emitOf(found, 'exec_died', attributes);
    }
  }

  async info(container: string): Promise<ContainerInfo> {
    return this.#find(container).info();
  }

  async list(query: { readonly state?: ContainerState } = {}): Promise<readonly ContainerInfo[]> {
    this.#mustBeOpen();
    const all = this.#table.all().map((container) => container.info());
    return query.state === undefined ? all : all.filter(({ state }) => state === query.state);
  }

  async logs(container: string, { tail }: { readonly tail: number }): Promise<readonly ContainerLogLine[]> {
    return this.#find(container).logs.lines(Math.min(Math.max(0, Math.trunc(tail)), logLinesMax));
  }

  async metrics(container: string): Promise<ContainerMetrics> {
    const { id, running, definition } = this.#find(container);
    const usage = await running?.usage();
    return {
      id,
      atMs: this.#options.clock.nowMs(),
      cpuMs: usage?.cpuMs,
      memoryBytes: usage?.memoryBytes,
      memoryBytesPeak: usage?.memoryBytesPeak,
      memoryBytesMax: definition.limits.memoryBytesMax,
      processes: usage?.processes,
      readBytes: usage?.readBytes,
      writtenBytes: usage?.writtenBytes,
    };
  }

  async system(): Promise<SystemMetrics> {
    this.#mustBeOpen();
    return systemMetrics(
      this.#table.all().map(({ state }) => state),
      this.#options.clock.nowMs(),
    );
  }

  async network(container: string): Promise<ContainerNetwork> {
    return networkOf(this.#find(container));
  }

  async topology(): Promise<readonly ContainerNetwork[]> {
    this.#mustBeOpen();
    return this.#table.all().map(networkOf);
  }

  events(query: EventQuery, signal: AbortSignal): AsyncIterable<ContainerEvent> {
    this.#mustBeOpen();
    const containers = query.containers?.map((name) => this.#table.idOf(name) ?? name);
    return this.#events.follow({ ...query, ...(containers && { containers }) }, signal);
  }

  recentEvents(query?: EventQuery): readonly ContainerEvent[] {
    return this.#events.recent(query);
  }

  async createVolume(volume: Parameters<ContainerRuntime['createVolume']>[0]): Promise<Volume> {
    this.#mustBeOpen();
    return this.#volumes.create(volume, this.#options.clock.nowMs());
  }

  async removeVolume(name: string, { force }: { readonly force: boolean }): Promise<void> {
    this.#mustBeOpen();
    const users = this.#table.all().filter(
      ({ definition, isActive }) =>
        // Force takes it from containers that do not run; one that runs keeps what it writes to.
        (isActive || !force) && definition.mounts.some((mount) => mount.kind === 'volume' && mount.source === name),
    );
    if (users.length > 0)
      throw volumeInUse(
        name,
        users.map(({ name: user }) => user),
      );
    await this.#volumes.remove(name);
  }

  async volumes(): Promise<readonly Volume[]> {
    this.#mustBeOpen();
    return this.#volumes.list();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    // Starts under way end as soon as they are up; then requests that were open have their ends.
    while (this.#open.size > 0 || this.#table.all().some(({ isActive }) => isActive)) {
      const ends = await Promise.allSettled(this.#table.all().map((container) => container.end()));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) this.#options.onProblem?.(failed.reason);
      await Promise.allSettled(this.#open);
      if (failed) break;
    }
    this.#events[Symbol.dispose]();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw runtimeClosed();
  }

  #find(container: string): LocalContainer {
    this.#mustBeOpen();
    return this.#table.find(container);
  }

  /** What goes on although its caller may no longer wait. */
  #track<Value>(work: Promise<Value>): Promise<Value> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#open.add(settled);
    void settled.then(() => this.#open.delete(settled));
    return work;
  }

  #emitOf(
    { id, name, definition }: LocalContainer,
    kind: ContainerEvent['kind'],
    attributes: ContainerEvent['attributes'] = {},
  ): void {
    const atMs = this.#options.clock.nowMs();
    this.#emit({ kind, container: id, atMs, attributes: { name, image: definition.image, ...attributes } });
  }

  #emit(event: ContainerEvent): void {
    this.#events.add(event);
    this.#options.onEvent?.(event);
  }
}

function networkOf({ id }: LocalContainer): ContainerNetwork {
  return { id, mode: 'none', address: undefined, allowed: [] };
}
