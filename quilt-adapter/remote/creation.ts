/** Creating a container: submit, wait until it runs by a deadline of our own, and leave nothing behind where it does not. */
import { ChannelFailure } from './channel-failure.ts';
import type { Endings } from './endings.ts';
import { answerMalformed, cancelled, outcomeUnknown, overloaded, refused, startFailed } from './errors.ts';
import type { WireCreate } from './messages.ts';
import { isLocked, lockedDelayMs } from './quirks/locked-database.ts';
import { codeOfRefusal } from './quirks/refusal-texts.ts';
import { errorLines, startRemedy } from './quirks/start-failures.ts';
import type { QuiltRequests } from './requests.ts';
import type { SeenContainer, Statuses } from './statuses.ts';

/** Clean-ups that may be under way when somebody closes the connection. */
const discardsMax = 1_000;

/** See above. */
export class Creation {
  readonly #requests: QuiltRequests;
  readonly #statuses: Statuses;
  readonly #endings: Endings;
  /** Containers that nobody wants any more. */
  readonly #discards = new Set<Promise<void>>();

  constructor(requests: QuiltRequests, statuses: Statuses, endings: Endings) {
    this.#requests = requests;
    this.#statuses = statuses;
    this.#endings = endings;
  }

  /** Submits, and waits until it has left `PENDING`. @throws {CodedError} and then the container is not there, or going. */
  async run(wire: WireCreate, signal?: AbortSignal): Promise<SeenContainer> {
    const { clock, timeouts } = this.#requests.settings;
    const id = await this.#submit(wire, signal);
    const sinceMs = clock.nowMs();
    try {
      const action = `wait for the container "${wire.name}"`;
      const seen = await this.#statuses.until(
        id,
        { is: ({ state }) => state !== 'starting', timeoutMs: timeouts.startMs, action },
        signal,
      );
      if (seen.state === 'running' || seen.state === 'exited') return seen;
      throw await this.#whyNot(wire.name, seen, clock.nowMs() - sinceMs);
    } catch (error) {
      this.discard(id);
      throw error;
    }
  }

  /** Kills and removes in the background; what fails there is nobody's any more. */
  discard(id: string): void {
    if (this.#discards.size >= discardsMax) return;
    const discard = this.#endings.remove(id, true).catch(() => {});
    this.#discards.add(discard);
    void discard.finally(() => this.#discards.delete(discard));
  }

  /** Resolves when no clean-up is under way. */
  async discarded(): Promise<void> {
    while (this.#discards.size > 0) await Promise.all(this.#discards);
  }

  async #submit(wire: WireCreate, signal: AbortSignal | undefined): Promise<string> {
    const { retries, random, timeouts } = this.#requests.settings;
    const action = `create the container "${wire.name}"`;
    const asked = this.#requests.asked('CreateContainer');
    for (let tries = 1; ; tries += 1) {
      let said: string;
      try {
        const how = { repeating: 'once', timeoutMs: timeouts.changeMs, signal } as const;
        const { answer } = await this.#requests.trySend('CreateContainer', wire, how);
        if (answer.success && answer.containerId !== '') return answer.containerId;
        if (answer.success) throw answerMalformed(asked, 'it created a container without an id');
        said = answer.errorMessage;
      } catch (error) {
        if (!(error instanceof ChannelFailure)) throw error;
        const id = await this.#found(error, wire.name, signal);
        if (id !== undefined) return id;
        if (tries >= retries.triesMax) throw error.coded;
        await this.#requests.pause(retries.delayMs, action, signal);
        continue;
      }
      if (!isLocked(said)) {
        await this.#removeRow(wire.name).catch(() => {});
        throw refused(codeOfRefusal(said, 'CONTAINER_START_FAILED'), { action, said, asked });
      }
      if (tries >= retries.lockedTriesMax) throw overloaded(action, `its database was locked ${tries} times in a row`);
      await this.#requests.pause(lockedDelayMs(random), action, signal);
    }
  }

  /**
   * Whether a create without an answer happened: its name, which nobody had before, tells. Undefined: it did not, and can be sent again.
   * @throws {CodedError} where that is no way out.
   */
  async #found(
    { coded, reached }: ChannelFailure,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    if (reached !== 'maybe' || coded.code === 'MESSAGE_TOO_LARGE') throw coded;
    const action = `create the container "${name}"`;
    const details = { ...coded.wire.details, name };
    const look = this.#statuses.idOfName(name).catch(() => {
      throw outcomeUnknown(action, 'the daemon was gone before it answered', details);
    });
    if (signal?.aborted === true) {
      this.#discardFound(look);
      throw cancelled(action);
    }
    const id = await look;
    if (id !== undefined || (coded.code === 'CONNECTION_FAILED' && coded.wire.retryable)) return id;
    if (coded.code !== 'DEADLINE_EXCEEDED') throw coded;
    // It may still lie before blocked threads, and be carried out later.
    throw outcomeUnknown(action, 'the daemon has not answered', details);
  }

  /** A refused create can leave a row, which keeps the name for ever and whose id only the name tells. Nobody had the name just before. */
  async #removeRow(name: string): Promise<void> {
    const id = await this.#statuses.idOfName(name);
    if (id === undefined) return;
    const { state, pid } = await this.#statuses.wire(id);
    if (state !== 'starting' || pid !== 0) return;
    await this.#requests.change(
      'RemoveContainer',
      { containerId: id, force: true },
      { repeating: 'settle', signal: undefined },
    );
  }

  #discardFound(look: Promise<string | undefined>): void {
    const found = look.then(
      (id) => (id === undefined ? undefined : this.discard(id)),
      () => {},
    );
    this.#discards.add(found);
    void found.finally(() => this.#discards.delete(found));
  }

  async #whyNot(name: string, seen: SeenContainer, afterMs: number): Promise<Error> {
    const lines = await this.#requests
      .look('GetContainerLogs', { containerId: seen.containerId })
      .then(({ logs }) => errorLines(logs))
      .catch(() => []);
    const details = { ...this.#requests.asked('GetContainerStatus'), state: seen.state, afterMs, lines };
    if (seen.state === 'failed') {
      const state = `the Quilt daemon says FAILED after ${afterMs} ms${lines.length > 0 ? `: ${lines[0]}` : ', and not why'}`;
      const cause = lines[0] ?? 'the daemon gives no reason';
      return startFailed(name, {
        state,
        remedy: startRemedy(afterMs, this.#requests.settings.timeouts.startMs),
        retryable: false,
        details: { ...details, cause },
      });
    }
    // A fork of the daemon that deadlocked: its next one may go well.
    return startFailed(name, {
      state: `it is still starting after ${afterMs} ms`,
      remedy: 'Try again; where it happens each time, restart the daemon',
      retryable: true,
      details: { ...details, cause: 'start deadline' },
    });
  }
}
