/**
 * One container from its creation to its removal: Quilt's states, and what happens between them.
 *
 * - created, exited, failed → starting → running → exited or failed; a start that fails leads from starting to failed.
 * - Events of a run come in one order: volume_mount…, started, resource_limit?, died, stopped?, volume_unmount….
 * - It is exited only when nothing of it is left on the machine.
 */
import type { ContainerBackend, ContainerExit, ContainerSpec, RunningContainer } from '../containers/backend.ts';
import type { Clock } from '../pool/ports.ts';
import { startWithin } from '../pool/start-within.ts';
import { captureOutput } from './capture-output.ts';
import type { ContainerDefinition, ContainerRecord } from './container-definition.ts';
import type { ContainerEvent, ContainerInfo, ContainerState } from './container-runtime.ts';
import { doesNotEnd, startFailed, startTooSlow, stateInvalid } from './errors.ts';
import type { RuntimeLimits } from './limits.ts';
import { LogBuffer } from './log-buffer.ts';

/** What a container needs of its runtime. */
export interface ContainerHost {
  readonly backend: ContainerBackend;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  emit(event: ContainerEvent): void;
  /** Makes a change of state last. Never throws. */
  changed(container: LocalContainer): void;
}

/** A run that is going on. */
interface Run {
  readonly running: RunningContainer;
  /** Resolves when it is over and all of it is cleaned up; never rejects. */
  readonly over: Promise<void>;
  stopAsked: boolean;
}

/** Words of a back end may be long: a runtime's own output. */
const causeCharactersMax = 2_000;

/** See above. */
export class LocalContainer {
  readonly id: string;
  readonly name: string;
  readonly definition: ContainerDefinition;
  readonly createdAtMs: number;
  readonly logs: LogBuffer;
  readonly #host: ContainerHost;
  #state: ContainerState;
  #exitCode: number | undefined;
  #cause: string | undefined;
  #startedAtMs: number | undefined;
  #exitedAtMs: number | undefined;
  #starts = 0;
  #starting: Promise<void> | undefined;
  #run: Run | undefined;
  /** Starts that came too late, being ended. */
  readonly #late = new Set<Promise<void>>();
  /** No further start: it is being removed, or the runtime is closing. */
  #ending = false;
  executes = 0;

  constructor(
    host: ContainerHost,
    {
      id,
      name,
      definition,
      createdAtMs,
      ...record
    }: Omit<ContainerRecord, 'version' | 'definition'> & { readonly definition: ContainerDefinition },
  ) {
    this.#host = host;
    this.id = id;
    this.name = name;
    this.definition = definition;
    this.createdAtMs = createdAtMs;
    this.logs = new LogBuffer(host.limits.logBytesMax);
    this.#state = record.state;
    this.#exitCode = record.exitCode;
    this.#cause = record.cause;
    this.#startedAtMs = record.startedAtMs;
    this.#exitedAtMs = record.exitedAtMs;
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** Whether it is being removed for good. */
  get isEnding(): boolean {
    return this.#ending;
  }

  /** Whether it has, or is about to have, a process. */
  get isActive(): boolean {
    return this.#state === 'starting' || this.#state === 'running';
  }

  /** The process, while there is one. */
  get running(): RunningContainer | undefined {
    return this.#state === 'running' ? this.#run?.running : undefined;
  }

  info(): ContainerInfo {
    const { id, name, createdAtMs } = this;
    const { image, command, labels } = this.definition;
    return {
      id,
      name,
      image,
      command,
      state: this.#state,
      pid: this.running?.pid,
      exitCode: this.#exitCode,
      cause: this.#cause,
      createdAtMs,
      startedAtMs: this.#startedAtMs,
      exitedAtMs: this.#exitedAtMs,
      labels,
    };
  }

  record(): ContainerRecord {
    const { id, name, createdAtMs, definition } = this;
    return {
      version: 1,
      id,
      name,
      createdAtMs,
      // Its lists are written once and never changed.
      definition: structuredClone(definition) as ContainerRecord['definition'],
      state: this.#state,
      exitCode: this.#exitCode,
      cause: this.#cause,
      startedAtMs: this.#startedAtMs,
      exitedAtMs: this.#exitedAtMs,
    };
  }

  /**
   * Starts it; `prepare` says how, in the moment of the start.
   * @throws {CodedError} `CONTAINER_STATE_INVALID`, `CONTAINER_START_FAILED`, or what `prepare` rejects with.
   */
  async start(prepare: (id: string) => Promise<ContainerSpec>): Promise<void> {
    const { name } = this;
    if (this.#ending) throw stateInvalid('start', { name, state: 'removing', remedy: 'Create a new one' });
    if (this.isActive) throw stateInvalid('start', { name, state: this.#state, remedy: 'Stop it first' });
    this.#starts += 1;
    this.#state = 'starting';
    this.#exitCode = this.#cause = this.#startedAtMs = this.#exitedAtMs = undefined;
    const starting = this.#begin(prepare);
    this.#starting = starting.catch(() => undefined);
    await starting;
  }

  async #begin(prepare: (id: string) => Promise<ContainerSpec>): Promise<void> {
    const { clock, limits } = this.#host;
    this.#host.changed(this);
    try {
      // An id of its own for each run: nothing that a former one may have left is in its way.
      const spec = await prepare(`${this.id}-${this.#starts}`);
      const running = await startWithin(() => this.#host.backend.start(spec), {
        timeoutMs: limits.startTimeoutMs,
        clock,
        signal: AbortSignal.any([]),
        timedOut: () => startTooSlow(this.name, limits.startTimeoutMs),
        onLate: (late) => this.#endLate(late),
      });
      this.#up(running);
    } catch (error) {
      const failure = startFailed(this.name, error);
      this.#state = 'failed';
      this.#cause = String(failure.wire.details['cause'] ?? failure.message).slice(0, causeCharactersMax);
      this.#exitedAtMs = clock.nowMs();
      this.logs.note(`start failed: ${failure.message}`, this.#exitedAtMs);
      this.#host.changed(this);
      throw failure;
    }
  }

  #endLate(late: RunningContainer): void {
    const end = this.#endNow(late).finally(() => this.#late.delete(end));
    this.#late.add(end);
  }

  async #endNow(late: RunningContainer): Promise<void> {
    try {
      await late[Symbol.asyncDispose]();
    } catch (error) {
      this.#note(`a late start could not be ended: ${String(error)}`);
    }
  }

  #up(running: RunningContainer): void {
    const { clock, limits } = this.#host;
    this.#state = 'running';
    this.#startedAtMs = clock.nowMs();
    this.logs.note(`started with pid ${running.pid}`, this.#startedAtMs);
    for (const mount of this.definition.mounts)
      if (mount.kind === 'volume') this.#emit('volume_mount', { volume: mount.source, target: mount.target });
    this.#emit('started', { pid: String(running.pid) });
    const output = captureOutput(running, { logs: this.logs, clock, bytesPerTick: limits.outputBytesPerTick });
    const over = running.exited.then(async (exit) => {
      try {
        await output.finish();
        await running[Symbol.asyncDispose]();
      } catch (error) {
        this.#note(`not all of it could be cleaned up: ${String(error)}`);
      }
      this.#down(exit);
    });
    this.#run = { running, over, stopAsked: false };
    this.#host.changed(this);
  }

  #down(exit: ContainerExit): void {
    const stopAsked = this.#run?.stopAsked === true;
    const isLimit = exit.kind === 'memory' || exit.kind === 'processes';
    this.#run = undefined;
    this.#state = isLimit || exit.kind === 'failed-to-start' ? 'failed' : 'exited';
    this.#exitCode = exit.exitCode;
    this.#cause = exit.kind === 'exited' ? undefined : exit.cause.slice(0, causeCharactersMax);
    this.#exitedAtMs = this.#host.clock.nowMs();
    const how = exit.exitCode === undefined ? `by ${exit.signal ?? exit.kind}` : `with ${exit.exitCode}`;
    this.logs.note(`ended ${how}${this.#cause === undefined ? '' : `: ${this.#cause}`}`, this.#exitedAtMs);
    if (isLimit) this.#emit('resource_limit', { resource: exit.kind, cause: exit.cause });
    this.#emit('died', {
      kind: exit.kind,
      ...(exit.exitCode !== undefined && { exitCode: String(exit.exitCode) }),
      ...(exit.signal !== undefined && { signal: exit.signal }),
    });
    if (stopAsked) this.#emit('stopped', {});
    for (const mount of this.definition.mounts)
      if (mount.kind === 'volume') this.#emit('volume_unmount', { volume: mount.source, target: mount.target });
    this.#host.changed(this);
  }

  /**
   * Ends it with `TERM`, and with `KILL` after the time; one that does not run has nothing to end.
   * @throws {CodedError} `UNAVAILABLE` where it does not even end then.
   */
  async stop(timeoutMs: number): Promise<void> {
    await this.#starting;
    const run = this.#run;
    if (!run) return;
    run.stopAsked = true;
    await this.#signal(run, 'TERM');
    if (await this.#overWithin(run, timeoutMs)) return;
    this.#note(`still there ${timeoutMs} ms after TERM`);
    await this.kill();
  }

  /** Ends it at once. @throws {CodedError} `UNAVAILABLE` where it does not end. */
  async kill(): Promise<void> {
    await this.#starting;
    const run = this.#run;
    if (!run) return;
    run.stopAsked = true;
    await this.#signal(run, 'KILL');
    const { killTimeoutMs } = this.#host.limits;
    if (!(await this.#overWithin(run, killTimeoutMs))) throw doesNotEnd(this.name, killTimeoutMs);
  }

  /** Ends it for good: no start succeeds after this, whatever becomes of the end. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.kill();
    await Promise.all(this.#late);
  }

  /** It stays after all: its end has failed. */
  keep(): void {
    this.#ending = false;
  }

  /** A signal to a process that is just gone does not matter. */
  async #signal(run: Run, name: 'TERM' | 'KILL'): Promise<void> {
    try {
      await run.running.signal(name);
    } catch (error) {
      this.#note(`${name} could not be sent: ${String(error)}`);
    }
  }

  async #overWithin(run: Run, ms: number): Promise<boolean> {
    const timer = new AbortController();
    try {
      return await Promise.race([
        run.over.then(() => true),
        this.#host.clock.sleep(ms, timer.signal).then(() => false),
      ]);
    } finally {
      timer.abort();
    }
  }

  #note(text: string): void {
    this.logs.note(text.slice(0, causeCharactersMax), this.#host.clock.nowMs());
  }

  #emit(kind: ContainerEvent['kind'], attributes: ContainerEvent['attributes']): void {
    this.#host.emit({
      kind,
      container: this.id,
      atMs: this.#host.clock.nowMs(),
      attributes: { name: this.name, image: this.definition.image, ...attributes },
    });
  }
}
