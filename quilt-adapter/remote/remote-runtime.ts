/** The containers of a remote Quilt daemon, behind the same interface as those of this machine. */
import type { ExecuteResult } from '../containers/backend.ts';
import type {
  ContainerEvent,
  ContainerInfo,
  ContainerLogLine,
  ContainerMetrics,
  ContainerNetwork,
  ContainerRequest,
  ContainerRuntime,
  RuntimeCapabilities,
  SystemMetrics,
  Volume,
} from '../runtime/container-runtime.ts';
import { capabilityReport } from './capability-report.ts';
import { QuiltChannel } from './channel.ts';
import { checkName, imagePath, needsPatch, planContainer, randomName } from './container-plan.ts';
import { Creation } from './creation.ts';
import { Endings } from './endings.ts';
import { nameTaken } from './errors.ts';
import { daemonTimeMs, readEvents } from './event-reader.ts';
import { Executions } from './executions.ts';
import { KnownContainers } from './known-containers.ts';
import { PeerProbe } from './peer-probe.ts';
import { PeerKnowledge } from './peer.ts';
import { Readings } from './readings.ts';
import { QuiltRequests } from './requests.ts';
import type { QuiltSettings } from './settings.ts';
import { Slots } from './slots.ts';
import { Statuses } from './statuses.ts';

type EventsQuery = Parameters<ContainerRuntime['events']>[0];
type Command = Parameters<ContainerRuntime['execute']>[1];

/** Owns the connection, never the containers: they go on when it is closed. */
export class RemoteRuntime implements ContainerRuntime {
  readonly #settings: QuiltSettings;
  readonly #channel: QuiltChannel;
  readonly #requests: QuiltRequests;
  readonly #known: KnownContainers;
  readonly #peer: PeerKnowledge;
  readonly #statuses: Statuses;
  readonly #creation: Creation;
  readonly #probe: PeerProbe;
  readonly #endings: Endings;
  readonly #executions: Executions;
  readonly #readings: Readings;
  readonly #starts: Slots;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(settings: QuiltSettings) {
    this.#settings = settings;
    this.#channel = new QuiltChannel(settings.address);
    this.#known = new KnownContainers(settings.containersMax);
    this.#peer = new PeerKnowledge(settings.peer);
    const requests = new QuiltRequests(this.#channel, settings, this.#closing.signal);
    this.#requests = requests;
    this.#statuses = new Statuses(requests, this.#known, this.#peer);
    this.#endings = new Endings(requests, this.#statuses, this.#known);
    this.#creation = new Creation(requests, this.#statuses, this.#endings);
    const { creation, statuses, peer } = { creation: this.#creation, statuses: this.#statuses, peer: this.#peer };
    this.#probe = new PeerProbe({ requests, statuses, creation, peer });
    this.#executions = new Executions(requests);
    this.#readings = new Readings(requests, this.#statuses, this.#known);
    this.#starts = new Slots('create a container', settings.startsMax);
  }

  capabilities(signal?: AbortSignal): Promise<RuntimeCapabilities> {
    return capabilityReport(this.#requests, this.#peer, signal);
  }

  async create(request: ContainerRequest, signal?: AbortSignal): Promise<ContainerInfo> {
    const name = request.name === undefined ? randomName('aria', this.#settings.random) : checkName(request.name);
    const path = imagePath(request.image, this.#settings.images);
    // What no daemon can do is refused before anything is asked.
    planContainer(request, { name, path, patched: true });
    using _reserved = this.#known.reserve(name);
    if (needsPatch(request)) await this.#probe.find(path, signal);
    const wire = planContainer(request, { name, path, patched: this.#peer.kind === 'patched' });
    using _slot = await this.#starts.take(signal);
    if ((await this.#statuses.idOfName(name, signal)) !== undefined) throw nameTaken(name);
    const { containerId } = await this.#creation.run(wire, signal);
    this.#known.add({
      id: containerId,
      name,
      image: request.image,
      command: request.command,
      labels: request.labels ?? {},
    });
    return this.#statuses.info(containerId, signal);
  }

  async start(container: string, signal?: AbortSignal): Promise<ContainerInfo> {
    const id = await this.#statuses.idOf(container, signal);
    using _slot = await this.#starts.take(signal);
    return this.#endings.start(id, signal);
  }

  async stop(
    container: string,
    { timeoutMs }: { readonly timeoutMs: number },
    signal?: AbortSignal,
  ): Promise<ContainerInfo> {
    return this.#endings.stop(await this.#statuses.idOf(container, signal), timeoutMs, signal);
  }

  async kill(container: string, signal?: AbortSignal): Promise<ContainerInfo> {
    return this.#endings.kill(await this.#statuses.idOf(container, signal), signal);
  }

  async remove(container: string, { force }: { readonly force: boolean }, signal?: AbortSignal): Promise<void> {
    return this.#endings.remove(await this.#statuses.idOf(container, signal), force, signal);
  }

  async execute(container: string, command: Command, signal?: AbortSignal): Promise<ExecuteResult> {
    return this.#executions.run(await this.#statuses.idOf(container, signal), command, signal);
  }

  async info(container: string, signal?: AbortSignal): Promise<ContainerInfo> {
    return this.#statuses.info(await this.#statuses.idOf(container, signal), signal);
  }

  list(query: Parameters<ContainerRuntime['list']>[0] = {}, signal?: AbortSignal): Promise<readonly ContainerInfo[]> {
    return this.#readings.list(query.state, signal);
  }

  async logs(
    container: string,
    { tail }: { readonly tail: number },
    signal?: AbortSignal,
  ): Promise<readonly ContainerLogLine[]> {
    return this.#readings.logs(await this.#statuses.idOf(container, signal), tail, signal);
  }

  async metrics(container: string, signal?: AbortSignal): Promise<ContainerMetrics> {
    return this.#readings.metrics(await this.#statuses.idOf(container, signal), signal);
  }

  system(signal?: AbortSignal): Promise<SystemMetrics> {
    return this.#readings.system(signal);
  }

  async network(container: string, signal?: AbortSignal): Promise<ContainerNetwork> {
    return this.#readings.network(await this.#statuses.idOf(container, signal), signal);
  }

  topology(signal?: AbortSignal): Promise<readonly ContainerNetwork[]> {
    return this.#readings.topology(signal);
  }

  events({ containers, kinds }: EventsQuery, signal: AbortSignal): AsyncIterable<ContainerEvent> {
    const all = AbortSignal.any([signal, this.#closing.signal]);
    // "From now on" is now, not when somebody reads the first.
    const sinceMs = daemonTimeMs(this.#requests, all);
    const ids = containers && Promise.all(containers.map((container) => this.#statuses.idOf(container, all)));
    const query = Promise.resolve(ids).then((found) => ({
      containers: found && new Set(found),
      kinds: kinds && new Set(kinds),
    }));
    // Whoever reads is told.
    sinceMs.catch(() => {});
    query.catch(() => {});
    return readEvents(this.#requests, { sinceMs, query }, all);
  }

  createVolume(volume: Parameters<ContainerRuntime['createVolume']>[0], signal?: AbortSignal): Promise<Volume> {
    return this.#readings.createVolume(volume.name, volume.labels ?? {}, signal);
  }

  removeVolume(name: string, { force }: { readonly force: boolean }, signal?: AbortSignal): Promise<void> {
    return this.#readings.removeVolume(name, force, signal);
  }

  volumes(signal?: AbortSignal): Promise<readonly Volume[]> {
    return this.#readings.volumes(signal);
  }

  /** Finishes the clean-ups that are under way, then closes the connection. Idempotent. */
  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const { clock, timeouts } = this.#settings;
    const settled = new AbortController();
    await Promise.race([this.#creation.discarded(), clock.sleep(timeouts.settleMs, settled.signal)]);
    settled.abort();
    this.#closing.abort();
    await this.#channel[Symbol.asyncDispose]();
  }
}
