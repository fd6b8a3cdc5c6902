/** Commands in containers. Each blocks a thread of the daemon, so only so many run at a time, and one that its caller has left still counts. */
import type { ExecuteResult } from '../containers/backend.ts';
import { abortable } from './abortable.ts';
import { containerNotFound, refused, stateInvalid, timeOver } from './errors.ts';
import type { WireExecution } from './messages.ts';
import { executionOutcome } from './quirks/exec-outcome.ts';
import { type ShellCommand, shellLine } from './quirks/exec-quoting.ts';
import type { QuiltRequests } from './requests.ts';
import { Slots } from './slots.ts';

/** See above. */
export class Executions {
  readonly #requests: QuiltRequests;
  #slots: Promise<Slots> | undefined;

  constructor(requests: QuiltRequests) {
    this.#requests = requests;
  }

  /** How many run at a time, once that is known. */
  async countMax(): Promise<number> {
    const { executionsMax } = this.#requests.settings;
    if (executionsMax !== undefined) return executionsMax;
    const { systemMetrics } = await this.#requests.look('GetMetrics', { includeSystem: true });
    return Math.max((systemMetrics?.cpuCount ?? 1) - 1, 1);
  }

  /** Runs one. @throws {CodedError} `CONTAINER_SPEC_INVALID`, `CONTAINER_STATE_INVALID`, `NOT_FOUND`, `DEADLINE_EXCEEDED`, `CANCELLED`. */
  async run(
    id: string,
    command: ShellCommand & { readonly timeoutMs?: number },
    signal?: AbortSignal,
  ): Promise<ExecuteResult> {
    const { settings } = this.#requests;
    const line = shellLine(command);
    const timeoutMs = Math.min(command.timeoutMs ?? settings.timeouts.executeMs, settings.timeouts.executeMsMax);
    const action = `run a command in the container "${id}"`;
    // Ends the waiting, never the command: the daemon goes on with it anyway.
    const leaving = new AbortController();
    const over = settings.clock.sleep(timeoutMs, leaving.signal).then(() => {
      if (!leaving.signal.aborted)
        throw timeOver(action, timeoutMs, { ...this.#requests.asked('ExecContainer'), cause: goesOn });
    });
    try {
      const wanted = this.#queued(id, line, leaving.signal);
      const answer = await abortable(Promise.race([wanted, over as Promise<never>]), action, signal);
      return this.#result(answer, id, action);
    } finally {
      leaving.abort();
    }
  }

  /** `left`: the caller is gone; what has not been sent by then never is. */
  async #queued(id: string, line: string, left: AbortSignal): Promise<WireExecution> {
    this.#slots ??= this.#open();
    const slots = await this.#slots;
    using _slot = await slots.take(left);
    const message = { containerId: id, command: [line], captureOutput: true };
    const { executeMsMax } = this.#requests.settings.timeouts;
    return (
      await this.#requests.send('ExecContainer', message, {
        repeating: 'once',
        timeoutMs: executeMsMax,
        signal: undefined,
      })
    ).answer;
  }

  async #open(): Promise<Slots> {
    try {
      return new Slots('run a command in a container', await this.countMax());
    } catch (error) {
      this.#slots = undefined;
      throw error;
    }
  }

  #result(answer: WireExecution, id: string, action: string): ExecuteResult {
    const asked = this.#requests.asked('ExecContainer');
    const outcome = executionOutcome(answer);
    const output = { stdout: Buffer.from(answer.stdout), stderr: Buffer.from(answer.stderr), bytesDropped: 0 };
    switch (outcome.kind) {
      case 'ended':
        return { exitCode: outcome.exitCode, signal: undefined, ...output };
      case 'signalled':
        return { exitCode: undefined, signal: 'unknown', ...output };
      case 'not-running':
        throw stateInvalid(action, 'it does not run', 'Start it first');
      case 'not-found':
        throw containerNotFound(id, asked);
      case 'never-ran':
        throw refused('UNAVAILABLE', { action, said: outcome.said, remedy: 'Read the log of the daemon', asked });
    }
  }
}

const goesOn = 'the command goes on in the container, and keeps its place until it ends';
