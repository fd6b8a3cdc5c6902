/** Starting again, stopping, killing and removing, each so that it happens at a daemon whose methods do less than their names say. */
import type { ContainerInfo } from '../runtime/container-runtime.ts';
import { outcomeUnknown, refused, startFailed, stateInvalid } from './errors.ts';
import type { KnownContainers } from './known-containers.ts';
import { stopIsBroken, stopSeconds } from './quirks/broken-stop.ts';
import { beforeRemove } from './quirks/careless-remove.ts';
import { codeOfRefusal } from './quirks/refusal-texts.ts';
import type { QuiltRequests } from './requests.ts';
import type { SeenContainer, Statuses } from './statuses.ts';

/** See above. */
export class Endings {
  readonly #requests: QuiltRequests;
  readonly #statuses: Statuses;
  readonly #known: KnownContainers;

  constructor(requests: QuiltRequests, statuses: Statuses, known: KnownContainers) {
    this.#requests = requests;
    this.#statuses = statuses;
    this.#known = known;
  }

  /** Starts one that has ended. */
  async start(id: string, signal?: AbortSignal): Promise<ContainerInfo> {
    const action = `start the container "${id}"`;
    const before = await this.#statuses.wire(id, signal);
    if (before.state === 'failed') throw stateInvalid(action, 'its start has failed', 'Remove it and create it again');
    if (before.state !== 'exited') throw stateInvalid(action, `it is ${before.state}`, 'Let it end first');
    const { answer, repeated } = await this.#requests.change(
      'StartContainer',
      { containerId: id },
      { repeating: 'settle', signal },
    );
    if (!answer.success && !(repeated && /already running/.test(answer.errorMessage))) {
      throw this.#refusal('StartContainer', action, answer.errorMessage);
    }
    const { startMs } = this.#requests.settings.timeouts;
    // The old end is reported until the new start; one that is over by the next look has another pid.
    const started = (now: SeenContainer): boolean =>
      now.state === 'running' || now.state === 'failed' || now.pid !== before.pid || now.startedAt !== before.startedAt;
    const seen = await this.#statuses.until(id, { is: started, timeoutMs: startMs, action }, signal);
    if (seen.state === 'failed' || !started(seen)) {
      throw startFailed(id, {
        state:
          seen.state === 'failed'
            ? 'the Quilt daemon says FAILED, and not why'
            : `it has not started after ${startMs} ms`,
        remedy: 'Remove it and create it again',
        retryable: false,
        details: { ...this.#requests.asked('StartContainer'), state: seen.state, cause: 'restart' },
      });
    }
    return this.#statuses.info(id, signal);
  }

  /** Asks for a stop, and kills where that does nothing. */
  async stop(id: string, timeoutMs: number, signal?: AbortSignal): Promise<ContainerInfo> {
    const action = `stop the container "${id}"`;
    const before = await this.#statuses.wire(id, signal);
    if (before.state !== 'running') throw stateInvalid(action, `it is ${before.state}`, 'Stop it while it runs');
    const message = { containerId: id, timeoutSeconds: stopSeconds(timeoutMs) };
    const { answer } = await this.#requests.change('StopContainer', message, { repeating: 'settle', signal });
    if (answer.success) {
      const seen = await this.#statuses.until(id, { is: isOver, timeoutMs, action }, signal);
      if (isOver(seen)) return this.#statuses.info(id, signal);
    } else if (!stopIsBroken(answer.errorMessage)) {
      throw this.#refusal('StopContainer', action, answer.errorMessage);
    }
    await this.#kill(id, { action, endedIsWell: true }, signal);
    return this.#statuses.info(id, signal);
  }

  async kill(id: string, signal?: AbortSignal): Promise<ContainerInfo> {
    await this.#kill(id, { action: `kill the container "${id}"`, endedIsWell: false }, signal);
    return this.#statuses.info(id, signal);
  }

  /** Removes one; its process first. */
  async remove(id: string, force: boolean, signal?: AbortSignal): Promise<void> {
    const action = `remove the container "${id}"`;
    const { state } = await this.#statuses.wire(id, signal);
    const before = beforeRemove(state, force);
    if (before === 'refuse') throw stateInvalid(action, `it is ${state}`, 'Stop it first, or remove it with force');
    let stuck = false;
    if (before === 'kill') await this.#kill(id, { action, endedIsWell: true }, signal);
    if (before === 'wait-then-kill') stuck = await this.#killStarting(id, action, signal);
    const message = { containerId: id, force };
    const { answer, repeated } = await this.#requests.change('RemoveContainer', message, {
      repeating: 'settle',
      signal,
    });
    if (!answer.success && !(repeated && /not found/i.test(answer.errorMessage))) {
      throw this.#refusal('RemoveContainer', action, answer.errorMessage);
    }
    this.#known.forget(id);
    if (stuck) {
      const state = 'its record is gone, but it never left its start, and a process of it may still be there';
      throw outcomeUnknown(action, state, { ...this.#requests.asked('RemoveContainer'), cause: 'start deadline' });
    }
  }

  /** @returns whether it never left its start. */
  async #killStarting(id: string, action: string, signal: AbortSignal | undefined): Promise<boolean> {
    const { startMs } = this.#requests.settings.timeouts;
    const left = ({ state }: SeenContainer): boolean => state !== 'starting';
    const seen = await this.#statuses.until(id, { is: left, timeoutMs: startMs, action }, signal);
    if (seen.state === 'starting' || seen.state === 'running') {
      const { answer } = await this.#requests.change(
        'KillContainer',
        { containerId: id },
        { repeating: 'settle', signal },
      );
      if (seen.state === 'starting' && !answer.success) return true;
    }
    if (seen.state === 'running') await this.#over(id, action, signal);
    return false;
  }

  async #kill(
    id: string,
    { action, endedIsWell }: { readonly action: string; readonly endedIsWell: boolean },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { answer, repeated } = await this.#requests.change(
      'KillContainer',
      { containerId: id },
      { repeating: 'settle', signal },
    );
    if (!answer.success) {
      // It has ended meanwhile, or by our own earlier try.
      const ended = /is not running \(state: Exited\)/i.test(answer.errorMessage);
      if (!ended || !(endedIsWell || repeated)) throw this.#refusal('KillContainer', action, answer.errorMessage);
    }
    await this.#over(id, action, signal);
  }

  async #over(id: string, action: string, signal: AbortSignal | undefined): Promise<void> {
    const { settleMs } = this.#requests.settings.timeouts;
    const seen = await this.#statuses.until(id, { is: isOver, timeoutMs: settleMs, action }, signal);
    if (isOver(seen)) return;
    throw outcomeUnknown(action, `it is still ${seen.state} ${settleMs} ms after the kill`, {
      ...this.#requests.asked('KillContainer'),
      state: seen.state,
    });
  }

  #refusal(rpc: string, action: string, said: string): Error {
    return refused(codeOfRefusal(said, 'UNAVAILABLE'), { action, said, asked: this.#requests.asked(rpc) });
  }
}

function isOver({ state }: SeenContainer): boolean {
  return state === 'exited' || state === 'failed';
}
