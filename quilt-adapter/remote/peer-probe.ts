/** Finds out whether a daemon passes arguments on, by a container that ends with 5 only if it does. */
import { CodedError } from '#wit/errors';
import { abortable } from './abortable.ts';
import { randomName } from './container-plan.ts';
import type { Creation } from './creation.ts';
import type { PeerKnowledge } from './peer.ts';
import { ignoredFields } from './quirks/ignored-requests.ts';
import type { QuiltRequests } from './requests.ts';
import type { Statuses } from './statuses.ts';

const exitCodeWanted = 5;
/** Of the start deadline: a failure later than this part of it is the daemon's as published, which waits for what nobody writes; an earlier one is the image's. */
const imageFailurePart = 0.25;

/** See above. At most one probe at a time. */
export class PeerProbe {
  readonly #requests: QuiltRequests;
  readonly #statuses: Statuses;
  readonly #creation: Creation;
  readonly #peer: PeerKnowledge;
  #running: Promise<void> | undefined;

  constructor({
    requests,
    statuses,
    creation,
    peer,
  }: {
    readonly requests: QuiltRequests;
    readonly statuses: Statuses;
    readonly creation: Creation;
    readonly peer: PeerKnowledge;
  }) {
    this.#requests = requests;
    this.#statuses = statuses;
    this.#creation = creation;
    this.#peer = peer;
  }

  /** Makes sure that it is known, where that can be. `image`: an archive on the daemon's machine that may be started once. */
  async find(image: string, signal?: AbortSignal): Promise<void> {
    if (!this.#peer.isAuto) return;
    const { startTime } = await this.#requests.look('GetSystemInfo', {}, signal);
    if (!this.#peer.isOpen(startTime)) return;
    this.#running ??= this.#probe(image, startTime).finally(() => (this.#running = undefined));
    await abortable(this.#running, 'find out which daemon it is', signal);
  }

  async #probe(image: string, daemonStartMs: number): Promise<void> {
    const { clock, random, timeouts } = this.#requests.settings;
    const wire = {
      ...ignoredFields(undefined),
      imagePath: image,
      command: ['/bin/sh', '-c', `exit ${exitCodeWanted}`],
      name: randomName('aria-probe', random),
      mounts: [],
    };
    const sinceMs = clock.nowMs();
    try {
      const { containerId } = await this.#creation.run(wire);
      const seen = await this.#statuses.until(containerId, {
        is: ({ state }) => state !== 'running',
        timeoutMs: timeouts.settleMs,
        action: 'find out which daemon it is',
      });
      this.#creation.discard(containerId);
      if (seen.state !== 'running')
        this.#peer.learn(seen.exitCode === exitCodeWanted ? 'patched' : 'stock', daemonStartMs);
    } catch (error) {
      // Then nothing is known, unless it is the failure that only the daemon as published has.
      if (!isStartFailure(error)) throw error;
      if (error.wire.details['state'] === 'failed' && clock.nowMs() - sinceMs >= timeouts.startMs * imageFailurePart) {
        this.#peer.learn('stock', daemonStartMs);
      }
    }
  }
}

function isStartFailure(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === 'CONTAINER_START_FAILED';
}
