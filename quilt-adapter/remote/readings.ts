/** What there is to see of containers and of the daemon's machine, and its volumes. */
import type {
  ContainerInfo,
  ContainerLogLine,
  ContainerMetrics,
  ContainerNetwork,
  ContainerState,
  SystemMetrics,
  Volume,
} from '../runtime/container-runtime.ts';
import { CodedError } from '#wit/errors';
import { checkName } from './container-plan.ts';
import { answerMalformed, refused } from './errors.ts';
import type { KnownContainers } from './known-containers.ts';
import type { WireVolume } from './messages.ts';
import { logLines } from './quirks/log-lines.ts';
import { codeOfRefusal } from './quirks/refusal-texts.ts';
import { timeMs } from './quirks/time-units.ts';
import { containerNetwork } from './quirks/unbuilt-networks.ts';
import { containerMetrics, noMetrics } from './quirks/zero-metrics.ts';
import type { QuiltRequests } from './requests.ts';
import type { Statuses } from './statuses.ts';

const mebibyte = 2 ** 20;
/** Containers of the list that are looked at together. */
const looksMax = 4;

/** See above. */
export class Readings {
  readonly #requests: QuiltRequests;
  readonly #statuses: Statuses;
  readonly #known: KnownContainers;

  constructor(requests: QuiltRequests, statuses: Statuses, known: KnownContainers) {
    this.#requests = requests;
    this.#statuses = statuses;
    this.#known = known;
  }

  /** Those that this connection created and nobody has removed. */
  async list(state: ContainerState | undefined, signal?: AbortSignal): Promise<readonly ContainerInfo[]> {
    const all = this.#known.all();
    const found: (ContainerInfo | undefined)[] = [];
    let next = 0;
    const look = async (): Promise<void> => {
      while (next < all.length) {
        const index = next;
        next += 1;
        const id = all[index]?.id ?? '';
        found[index] = await this.#infoOrGone(id, signal);
      }
    };
    await Promise.all(Array.from({ length: looksMax }, look));
    return found.filter(
      (info): info is ContainerInfo => info !== undefined && (state === undefined || info.state === state),
    );
  }

  async logs(id: string, tail: number, signal?: AbortSignal): Promise<readonly ContainerLogLine[]> {
    const { logs } = await this.#requests.look('GetContainerLogs', { containerId: id }, signal);
    // An id that the daemon does not know has no lines either.
    if (logs.length === 0) await this.#statuses.wire(id, signal);
    return logLines(logs, tail);
  }

  async metrics(id: string, signal?: AbortSignal): Promise<ContainerMetrics> {
    const { containerMetrics: all } = await this.#requests.look('GetMetrics', { containerId: id }, signal);
    const metric = all.find(({ containerId }) => containerId === id);
    const nowMs = this.#requests.settings.clock.nowMs();
    if (metric !== undefined) return containerMetrics(metric, nowMs);
    await this.#statuses.wire(id, signal);
    return noMetrics(id, nowMs);
  }

  async system(signal?: AbortSignal): Promise<SystemMetrics> {
    const { systemMetrics } = await this.#requests.look('GetMetrics', { includeSystem: true }, signal);
    if (systemMetrics === null)
      throw answerMalformed(this.#requests.asked('GetMetrics'), 'it has no figures of the machine');
    return {
      atMs: timeMs('system', systemMetrics.timestamp) ?? this.#requests.settings.clock.nowMs(),
      cpuCount: systemMetrics.cpuCount,
      loadAverage: systemMetrics.loadAverage,
      memoryBytes: systemMetrics.memoryTotalMb * mebibyte,
      memoryBytesUsed: systemMetrics.memoryUsedMb * mebibyte,
      containersTotal: systemMetrics.containersTotal,
      containersRunning: systemMetrics.containersRunning,
    };
  }

  async network(id: string, signal?: AbortSignal): Promise<ContainerNetwork> {
    const { success, networkConfig } = await this.#requests.look('GetContainerNetwork', { containerId: id }, signal);
    // Refused for one without a network as for one that is not there.
    if (!success) await this.#statuses.wire(id, signal);
    return containerNetwork(id, networkConfig ?? undefined);
  }

  /** Of the containers of the list. */
  async topology(signal?: AbortSignal): Promise<readonly ContainerNetwork[]> {
    const { allocations } = await this.#requests.look('ListNetworkAllocations', {}, signal);
    const byId = new Map(allocations.map((allocation) => [allocation.containerId, allocation]));
    return this.#known.all().map(({ id }) => containerNetwork(id, byId.get(id)));
  }

  async createVolume(name: string, labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Volume> {
    const message = { name: checkName(name), driver: 'local', labels };
    const { answer } = await this.#requests.change('CreateVolume', message, { repeating: 'once', signal });
    const asked = this.#requests.asked('CreateVolume');
    const { success, errorMessage: said, volume } = answer;
    if (!success)
      throw refused(codeOfRefusal(said, 'UNAVAILABLE'), { action: `create the volume "${name}"`, said, asked });
    if (volume === null) throw answerMalformed(asked, 'it created a volume and does not say which');
    return volumeOf(volume);
  }

  async removeVolume(name: string, force: boolean, signal?: AbortSignal): Promise<void> {
    const { answer, repeated } = await this.#requests.change(
      'RemoveVolume',
      { name, force },
      { repeating: 'settle', signal },
    );
    const { success, errorMessage: said } = answer;
    if (success || (repeated && /not found/i.test(said))) return;
    const asked = this.#requests.asked('RemoveVolume');
    throw refused(codeOfRefusal(said, 'UNAVAILABLE'), {
      action: `remove the volume "${name.slice(0, 200)}"`,
      said,
      asked,
    });
  }

  async volumes(signal?: AbortSignal): Promise<readonly Volume[]> {
    return (await this.#requests.look('ListVolumes', {}, signal)).volumes.map(volumeOf);
  }

  async #infoOrGone(id: string, signal: AbortSignal | undefined): Promise<ContainerInfo | undefined> {
    try {
      return await this.#statuses.info(id, signal);
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'NOT_FOUND') throw error;
      this.#known.forget(id);
      return undefined;
    }
  }
}

function volumeOf({ name, createdAt, labels, mountPoint }: WireVolume): Volume {
  return { name, createdAtMs: timeMs('volume', createdAt) ?? 0, labels, mountPoint };
}
