/** What the daemon says of one container. */
import type { ContainerInfo, ContainerState } from '../runtime/container-runtime.ts';
import { answerMalformed, containerNotFound } from './errors.ts';
import type { KnownContainers } from './known-containers.ts';
import type { WireContainer, WireStatus } from './messages.ts';
import type { PeerKnowledge } from './peer.ts';
import { knownExit } from './quirks/exit-codes.ts';
import { pollDelaysMs } from './quirks/status-polling.ts';
import { timeMs } from './quirks/time-units.ts';
import type { QuiltRequests } from './requests.ts';

const statesByStatus: Readonly<Record<WireStatus, ContainerState>> = {
  PENDING: 'starting',
  RUNNING: 'running',
  EXITED: 'exited',
  FAILED: 'failed',
};
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Longest name that is looked up. */
const nameCharactersMax = 256;

/** Looks at containers. */
export class Statuses {
  readonly #requests: QuiltRequests;
  readonly #known: KnownContainers;
  readonly #peer: PeerKnowledge;

  constructor(requests: QuiltRequests, known: KnownContainers, peer: PeerKnowledge) {
    this.#requests = requests;
    this.#known = known;
    this.#peer = peer;
  }

  /** The id of a container by id or name. A status by name comes without the id, so names are looked up. @throws {CodedError} `NOT_FOUND`. */
  async idOf(container: string, signal?: AbortSignal): Promise<string> {
    const known = this.#known.find(container);
    if (known !== undefined) return known.id;
    if (uuid.test(container)) return container;
    const id = await this.idOfName(container, signal);
    if (id === undefined) throw containerNotFound(container, this.#requests.asked('GetContainerByName'));
    return id;
  }

  /** The id that the daemon has for a name: of the first, where several have it. */
  async idOfName(name: string, signal?: AbortSignal): Promise<string | undefined> {
    if (name === '' || name.length > nameCharactersMax || !name.isWellFormed()) return undefined;
    const { found, containerId } = await this.#requests.look('GetContainerByName', { name }, signal);
    if (!found) return undefined;
    if (containerId === '')
      throw answerMalformed(this.#requests.asked('GetContainerByName'), 'it found a container without an id');
    return containerId;
  }

  /** The daemon's own words. @throws {CodedError} `NOT_FOUND`. */
  async wire(id: string, signal?: AbortSignal): Promise<WireContainer & { readonly state: ContainerState }> {
    const status = await this.#requests.look('GetContainerStatus', { containerId: id }, signal);
    const state = typeof status.status === 'number' ? undefined : statesByStatus[status.status];
    const asked = this.#requests.asked('GetContainerStatus');
    if (state === undefined) throw answerMalformed(asked, `there is no status ${status.status}`);
    if (status.containerId !== id) throw answerMalformed(asked, 'it is about another container');
    return { ...status, state };
  }

  async info(id: string, signal?: AbortSignal): Promise<ContainerInfo> {
    const wire = await this.wire(id, signal);
    const known = this.#known.find(id);
    const exit =
      wire.state === 'exited'
        ? knownExit(wire.exitCode, this.#peer.givesExitCodes)
        : { exitCode: undefined, cause: undefined };
    const live = wire.state === 'running' || wire.state === 'starting';
    return {
      id,
      name: known?.name ?? '',
      image: known?.image ?? '',
      command: known?.command ?? [],
      state: wire.state,
      // The daemon keeps the pid of one that has ended, and it may be another's by now.
      pid: live && wire.pid > 0 ? wire.pid : undefined,
      exitCode: exit.exitCode,
      cause: wire.state === 'failed' ? 'the start failed; the daemon does not say why' : exit.cause,
      createdAtMs: timeMs('container', wire.createdAt) ?? 0,
      startedAtMs: timeMs('container', wire.startedAt),
      exitedAtMs: timeMs('container', wire.exitedAt),
      labels: known?.labels ?? {},
    };
  }

  /** Looks until it is so, or until the time is over; gives the last that was seen. */
  async until(
    id: string,
    {
      is,
      timeoutMs,
      action,
    }: { readonly is: (wire: SeenContainer) => boolean; readonly timeoutMs: number; readonly action: string },
    signal?: AbortSignal,
  ): Promise<SeenContainer> {
    const { clock } = this.#requests.settings;
    const untilMs = clock.nowMs() + timeoutMs;
    const delays = pollDelaysMs();
    for (;;) {
      const wire = await this.wire(id, signal);
      if (is(wire) || clock.nowMs() >= untilMs) return wire;
      await this.#requests.pause(Math.min(delays.next().value, Math.max(untilMs - clock.nowMs(), 1)), action, signal);
    }
  }
}

/** A look at a container. */
export type SeenContainer = WireContainer & { readonly state: ContainerState };
