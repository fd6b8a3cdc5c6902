/**
 * Containers of the host. Nothing of them is opened before somebody needs one: a probe starts real containers, and the root file system is a hundred megabytes,
 * so that a host whose bundles need none boots as fast as before. What an earlier process left behind is removed at once.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { agentScript } from '#guest-container';
import { agentPlace } from '#wit/turns';
import type { Clock } from '#host';
import type {
  Connect,
  ContainerBackend,
  ContainerEngine,
  ContainerRuntime,
  EgressRecord,
  Resolve,
} from '#quilt-adapter';
import { hashBytes } from '#wit/bundle';
import { CodedError, systemState } from '#wit/errors';
import type { Operations } from '#wit/interfaces';
import type { HostConfig } from './config/host-config.ts';
import type { ContainerPlace } from './placement/tool-loader.ts';
import type { EventLog } from './service/ports.ts';
import type { HostTelemetry } from './telemetry/create-telemetry.ts';

/** What they are opened with. */
export interface ContainersSetting {
  readonly config: HostConfig;
  readonly operations: () => Operations;
  readonly events: EventLog;
  readonly telemetry: Pick<HostTelemetry, 'log' | 'metrics'>;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly version: string;
  readonly egress?: EgressMeans | undefined;
}

/** Calls that wait for a container: more than a host admits at a time. */
const callsWaitingMax = 10_000;
/** Containers beside those of calls: of sessions that are idle, of which there are 128, ready ones, and those that are being ended. */
const containersBesideMax = 192;

/** How containers' connections leave the machine; by its name servers and its network where absent. Tokens and addresses are checked all the same. */
export interface EgressMeans {
  readonly resolve?: Resolve;
  readonly connect?: Connect;
}

/** Containers of a host. Leaving the scope ends all of them. */
export interface HostContainers extends ContainerPlace, AsyncDisposable {
  /** Containers with a life of their own, for the tools of the bundle `quilt`. @throws {CodedError} `CONTAINERS_UNAVAILABLE`. */
  runtime(): Promise<ContainerRuntime>;
  /** Which back end it is, once one has been opened. */
  readonly backend: string | undefined;
}

/** Prepares them; removes what an earlier process of this host left. */
export function openContainers(setting: ContainersSetting): HostContainers {
  return new LazyContainers(setting);
}

interface Opened {
  readonly backend: ContainerBackend;
  readonly rootDirectory: string;
  readonly engine: ContainerEngine;
}

class LazyContainers implements HostContainers {
  readonly #setting: ContainersSetting;
  readonly #stack = new AsyncDisposableStack();
  readonly #cleaned: Promise<void>;
  #opening: Promise<Opened> | undefined;
  #runtime: Promise<ContainerRuntime> | undefined;
  #name: string | undefined;
  readonly #closing = new AbortController();

  constructor(setting: ContainersSetting) {
    this.#setting = setting;
    this.#cleaned = this.#clean();
  }

  get backend(): string | undefined {
    return this.#name;
  }

  async load(tool: Parameters<ContainerPlace['load']>[0]): ReturnType<ContainerPlace['load']> {
    const { engine } = await this.#opened();
    return engine.load(tool);
  }

  runtime(): Promise<ContainerRuntime> {
    if (this.#closing.signal.aborted) return Promise.reject(containersClosed());
    this.#runtime ??= this.#openRuntime().catch((thrown: unknown) => {
      this.#runtime = undefined;
      throw thrown;
    });
    return this.#runtime;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#cleaned;
    await Promise.allSettled([this.#opening, this.#runtime]);
    await this.#stack.disposeAsync();
  }

  /** A fault is tried again with the next call: somebody may have installed what was missing. */
  #opened(): Promise<Opened> {
    if (this.#closing.signal.aborted) return Promise.reject(containersClosed());
    this.#opening ??= this.#open().catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  async #open(): Promise<Opened> {
    await this.#cleaned;
    const { openBackend, buildRootDirectory, warmRootDirectory, createContainerEngine, createCallServices } =
      await import('#quilt-adapter');
    const { config, operations, telemetry, clock, random, version, events, egress } = this.#setting;
    const { backend: choice, allowNone, poolBytes, cacheDirectory, runningMax, reuse } = config.containers;
    if (choice === 'off') throw containersOff();
    const { log } = telemetry;
    // What fails leaves nothing: it is tried again with each call.
    await using opened = new AsyncDisposableStack();
    const backend = opened.use(await openBackend({ choice, allowNone, ...placeOf(config) }));
    // Where the directory of their states is gone, as after a service has ended, control groups may still be there.
    this.#tell(await backend.removeOrphans());
    const scripts = new Map([[agentPlace, await agentScript()]]);
    const root = await buildRootDirectory({ cacheDirectory, scripts });
    const { path: rootDirectory } = root;
    const runDirectory = join(config.runDirectory, 'c');
    await makeDirectory(runDirectory);
    const engine = createContainerEngine({
      ...{ backend, rootDirectory, runDirectory, clock, random, keepsSessions: reuse === 'session' },
      limits: { poolBytes, callsOpenMax: runningMax, callsWaitingMax },
      pool: { itemsMax: runningMax + containersBesideMax },
      services: createCallServices({
        operations: operations(),
        clock,
        version,
        audit: (record) => this.#egress(record),
        ...egress,
        onBug: (error) => log.error('a request from a container failed', { reason: String(error) }),
      }),
      onEvent: (event) => {
        const { kind, key } = event;
        const reason = String(kind === 'died-waiting' ? event.cause : event.error);
        log.warn('a container did not start or end as it should', { kind, key, reason });
        events.publish('container.failed', { kind, key, reason });
      },
    });
    opened.use(engine);
    this.#stack.use(opened.move());
    void warmRootDirectory(root, this.#closing.signal).catch(() => undefined);
    this.#name = backend.name;
    log.info('containers are ready', { backend: backend.name });
    return { backend, rootDirectory, engine };
  }

  async #openRuntime(): Promise<ContainerRuntime> {
    const { config, clock, random, events, telemetry } = this.#setting;
    const { quilt } = config.containers;
    const { connectQuilt, createLocalRuntime } = await import('#quilt-adapter');
    if (quilt !== undefined) return this.#stack.use(connectQuilt({ address: quilt }));
    const { backend, rootDirectory } = await this.#opened();
    const stateDirectory = join(config.home, 'containers');
    await makeDirectory(stateDirectory);
    return this.#stack.use(
      createLocalRuntime({
        ...{ backend, stateDirectory, clock, random },
        rootDirectory: () => Promise.resolve(rootDirectory),
        volumesDirectory: join(config.home, 'volumes'),
        hostDirectories: [config.home, config.runDirectory],
        onEvent: ({ kind, container, attributes }) => {
          if (kind === 'started') events.publish('container.started', { container, ...attributes });
          if (kind === 'died') events.publish('container.died', { container, ...attributes });
        },
        onProblem: (problem) => telemetry.log.error('a record of containers failed', { reason: String(problem) }),
      }),
    );
  }

  #egress(record: EgressRecord): void {
    const { startedMs, endedMs, ...facts } = record;
    this.#setting.telemetry.log.info('a container reached for the network', {
      ...facts,
      durationMs: Math.max(0, endedMs - startedMs),
    });
  }

  #tell({ containers, findings }: Awaited<ReturnType<ContainerBackend['removeOrphans']>>): void {
    if (containers > 0 || findings.length > 0)
      this.#setting.telemetry.log.warn('containers of an earlier process were removed', { containers, findings });
  }

  async #clean(): Promise<void> {
    const { config, telemetry } = this.#setting;
    try {
      const place = placeOf(config);
      // What is removed well leaves nothing, so that there is mostly nothing to load the code for.
      if (!(await isFilled(place.stateDirectory))) return;
      const { removeLeftContainers } = await import('#quilt-adapter');
      this.#tell(await removeLeftContainers(place));
    } catch (thrown) {
      telemetry.log.error('containers of an earlier process could not be removed', { reason: String(thrown) });
    }
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const message = `Cannot make the directory "${directory}" of containers: ${systemState(cause)}`;
    throw new CodedError('IO_FAILED', { message, details: { path: directory } }, { cause });
  }
}

async function isFilled(directory: string): Promise<boolean> {
  return (await readdir(directory).catch(() => [])).length > 0;
}

/** Where the back ends keep what is this host's. */
export function placeOf({ home, runDirectory }: Pick<HostConfig, 'home' | 'runDirectory'>): {
  readonly stateDirectory: string;
  readonly owner: string;
} {
  // Two hosts of one machine have two homes.
  return { stateDirectory: join(runDirectory, 'containers'), owner: hashBytes(Buffer.from(home)).slice(0, 12) };
}

function containersOff(): CodedError {
  return new CodedError('CONTAINERS_UNAVAILABLE', {
    message: 'Cannot run the tool in a container: containers.backend is "off"',
    remedy: 'Set containers.backend to "auto" in aria.toml and start the host again',
  });
}

function containersClosed(): CodedError {
  return new CodedError('UNAVAILABLE', { message: 'Cannot run the tool in a container: the host stops' });
}
