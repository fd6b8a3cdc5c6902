/**
 * A call in its container.
 *
 * Invariants:
 * - a turn ends once: by what the agent says, by a limit, by the container's death, or because nobody wants it any more;
 * - when a turn ends otherwise than by `waiting`, the container is given back or ended, and nothing that it says is heard;
 * - what the agent says of its compute is bounded by what the machine counts, as soon as a turn lasts.
 */
import type { CallStart, EngineCall, EngineLimits, ReadyOperation, Turn } from '#wit/interfaces';
import type { ManifestTool } from '#wit/manifest';
import { type Frame, LineBudget, writeValue } from '#wit/turns';
import type { AgentContainer } from './agent-container.ts';
import {
  type Ended,
  agentEnded,
  agentMalformed,
  callDropped,
  callMisused,
  connectionLost,
  deathOf,
  engineClosed,
  memoryExceeded,
  overrun,
  tooManyOperations,
  turnTooLarge,
  unstarted,
} from './errors.ts';
import { type OperationSignature, operationByName } from './host-functions.ts';
import { type ContainerEngineLimits, turnMaxima } from './limits.ts';
import type { CallServices, CallServing, Clock } from './ports.ts';
import { Misspoken, type SaidTurn, readSaid } from './read-turn.ts';

/** A container for one call. Leaving its scope gives it back or ends it. */
export interface TakenContainer extends AsyncDisposable {
  readonly container: AgentContainer;
  /** The next call of the session may have it; absent without a session. */
  readonly keep?: () => void;
}

/** What a call needs of its engine. */
export interface CallOwner {
  readonly clock: Clock;
  readonly limits: ContainerEngineLimits;
  readonly services: CallServices | undefined;
  /** The conversation of the call; absent for none. */
  readonly session: string | undefined;
  /** `name@version`. */
  readonly bundle: string;
  readonly tool: ManifestTool;
  readonly tokens: Parameters<CallServices['open']>[0]['tokens'];
  readonly source: Uint8Array;
  /** Of the kind that the tool needs, as soon as the call may run. @throws {CodedError} */
  take(caller: CallStart['caller'], signal: AbortSignal): Promise<TakenContainer>;
  /** Said once, with what is still to be done. */
  closed(call: ContainerCall, rest: Promise<void>): void;
}

type State = 'new' | 'running' | 'suspended' | 'over';

/** See `EngineCall`. */
export class ContainerCall implements EngineCall {
  readonly #limits: EngineLimits;
  readonly #owner: CallOwner;
  readonly #budget: LineBudget;
  readonly #granted: ReadonlySet<string>;
  readonly #memoryBytesMax: number;
  /** Operations that the tool waits for. */
  readonly #open = new Map<number, OperationSignature>();
  readonly #over = new AbortController();
  #state: State = 'new';
  #taken: TakenContainer | undefined;
  #serving: CallServing | undefined;
  #turn = 0;
  #lastId = 0;
  #computeMs = 0;
  /** What the agent had taken when its last turn ended. */
  #agentMs = 0;
  /** What the machine had counted when the call began; the difference is the call's. */
  #machineMsBefore: number | undefined;
  #turnBeganMs = 0;
  #waitedMs = 0;
  #memoryBytes = 0;
  /** Whether the container may serve another call of its session. */
  #isKept = false;
  #settle: ((turn: Turn) => void) | undefined;
  /** For bugs. */
  #reject: ((bug: unknown) => void) | undefined;
  #beginning: Promise<void> | undefined;
  #watching: AbortController | undefined;
  #onStir: (() => void) | undefined;
  /** How the call ended between two turns, for the one that asks for the next. */
  #unheard: Turn | undefined;

  constructor(limits: EngineLimits, owner: CallOwner) {
    this.#limits = limits;
    this.#owner = owner;
    this.#budget = new LineBudget(limits.logBytesMax);
    this.#memoryBytesMax = limits.memoryBytesMax + owner.limits.allowanceBytes;
    this.#granted = new Set(owner.tool.imports.map((name) => name.slice('aria:host/'.length, name.indexOf('@'))));
  }

  begin(call: CallStart): Promise<Turn> {
    if (this.#state !== 'new') throw callMisused(`the call is ${this.#state}, and begins only once`);
    const turn = this.#newTurn();
    this.#beginning = this.#begin(call).catch((error: unknown) => this.#unbegun(error));
    return turn;
  }

  resume(ready: readonly ReadyOperation[], nowMs: number): Turn | Promise<Turn> {
    if (this.#unheard) {
      const turn = this.#unheard;
      this.#unheard = undefined;
      return turn;
    }
    if (this.#state !== 'suspended' || !this.#taken) throw callMisused(`the call is ${this.#state}`);
    const blobs: Uint8Array[] = [];
    const asides: Uint8Array[] = [];
    const sink = {
      blob: (bytes: Uint8Array) => blobs.push(bytes) - 1,
      aside: (bytes: Uint8Array) => asides.push(bytes) - 1,
    };
    const messages: (readonly [id: number, ok: boolean, value: unknown])[] = [];
    for (const { id, completion } of ready) {
      const operation = this.#open.get(id);
      if (!operation) continue;
      this.#open.delete(id);
      const { ok, error } = operation.completion;
      if (completion.kind === 'failed') messages.push([id, false, writeValue(error, completion.error, sink)]);
      else messages.push([id, true, ok === null ? null : writeValue(ok, completion.value, sink)]);
    }
    const turn = this.#newTurn();
    this.#turnBeganMs = this.#owner.clock.nowMs();
    this.#taken.container.connection.send(
      { kind: 'resume', turn: this.#turn, nowMs, ready: messages, blobs: blobs.length },
      [...blobs, ...asides],
    );
    this.#watch();
    return turn;
  }

  onStir(listener: () => void): void {
    this.#onStir = listener;
  }

  [Symbol.dispose](): void {
    this.#end(callDropped);
  }

  /** The engine is closed. */
  close(): void {
    this.#end(engineClosed);
  }

  #newTurn(): Promise<Turn> {
    this.#state = 'running';
    this.#turn += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    this.#settle = resolve;
    this.#reject = reject;
    return promise;
  }

  #unbegun(error: unknown): void {
    if (this.#state === 'over') return;
    const outcome = unstarted(error);
    if (outcome) return this.#end(outcome);
    this.#reject?.(error);
    this.#finish();
  }

  async #begin({ caller, input, blobs, nowMs, seed }: CallStart): Promise<void> {
    const { tool, source, bundle, tokens, services, session } = this.#owner;
    const { signal } = this.#over;
    const taken = await this.#owner.take(caller, signal);
    if (signal.aborted) return taken[Symbol.asyncDispose]();
    this.#taken = taken;
    const { container } = taken;
    const { id: containerId, directory, directoryInside } = container;
    if (services) {
      const { name, engine } = tool;
      const served = { containerId, directory, directoryInside, caller, bundle, tool: name, engine, session, tokens };
      const serving = await services.open(served, signal);
      this.#serving = serving;
      if (signal.aborted) return;
      await container.nameHosts(serving.hosts);
      if (signal.aborted) return;
    }
    this.#agentMs = container.cpuMs.agent;
    this.#machineMsBefore = container.cpuMs.machine;
    container.output.begin(this.#budget);
    container.connection.listen({
      frame: (frame) => this.#heard(frame),
      ended: (cause) => void this.#lost(cause),
    });
    if (this.#state !== 'running') return;
    this.#turnBeganMs = this.#owner.clock.nowMs();
    container.connection.send(
      {
        kind: 'begin',
        turn: this.#turn,
        nowMs,
        tool: tool.name,
        engine: tool.engine,
        granted: [...this.#granted],
        limits: { ...this.#limits, ...turnMaxima },
        environment: this.#serving?.environment ?? {},
        forwarding: this.#serving?.forwarding ?? null,
      },
      [seed, Buffer.from(input), source, ...blobs],
    );
    this.#watch();
  }

  #heard(frame: Frame): void {
    if (this.#state === 'over') return;
    try {
      const said = readSaid(frame, {
        budget: this.#budget,
        granted: this.#granted,
        lastId: this.#lastId,
        operationsMax: this.#limits.operationsOpenMax,
      });
      if (said.kind === 'stir') {
        // One of an earlier turn has crossed what resumed it.
        if (this.#state === 'suspended' && said.turn === this.#turn) this.#onStir?.();
      } else if (this.#state !== 'running' || said.turn.turn !== this.#turn)
        throw new Misspoken('nobody asked for a turn');
      else this.#turnEnded(said.turn);
    } catch (error) {
      if (!(error instanceof Misspoken)) throw error;
      this.#end(agentMalformed(error.message));
    }
  }

  #turnEnded(said: SaidTurn): void {
    const { clock } = this.#owner;
    // No more than the turn lasted, on as many cores as there are: an agent may say anything.
    const lastedMs = Math.max(0, clock.nowMs() - this.#turnBeganMs);
    this.#waitedMs += lastedMs;
    const cpus = this.#owner.tool.resources?.cpus ?? this.#owner.limits.cpus;
    const computeMs = Math.max(0, Math.min(said.cpuMs - this.#agentMs, (lastedMs + 1) * Math.max(1, cpus)));
    this.#agentMs = Math.max(this.#agentMs, said.cpuMs);
    this.#computeMs += computeMs;
    this.#memoryBytes = Math.max(this.#memoryBytes, Math.min(said.memoryBytes, this.#memoryBytesMax));
    const { outcome, operations } = said;
    if (outcome.kind === 'limit') return this.#end(agentEnded(outcome.code, outcome.message, outcome.cause), computeMs);
    const refusal = this.#refusal(said);
    if (refusal) return this.#end(refusal, computeMs);
    const abandoned = said.abandoned.filter((id) => this.#open.delete(id));
    for (const { id, name } of operations) {
      this.#lastId = id;
      const signature = operationByName(name);
      if (signature) this.#open.set(id, signature);
    }
    const isLast = outcome.kind !== 'waiting';
    const turn = this.#made({ ...said, outcome, abandoned }, computeMs, isLast);
    if (!isLast) {
      this.#state = 'suspended';
      this.#watch();
    } else {
      this.#isKept = true;
      this.#finish();
    }
    this.#settle?.(turn);
  }

  /** How the call ends where a turn brings out more than it may, or took longer. */
  #refusal({ outcome, blobs, operations, argumentBytes }: SaidTurn): Ended | undefined {
    const { outputBytesMax, operationsOpenMax } = this.#limits;
    if (this.#computeMs > this.#limits.computeMsMax) return overrun(this.#limits);
    if (this.#open.size + operations.length > operationsOpenMax) return tooManyOperations(operationsOpenMax);
    if (blobs.length > turnMaxima.blobsMax)
      return turnTooLarge(
        `Cannot take the turn: it has ${blobs.length} blobs, of ${turnMaxima.blobsMax} that it may have`,
      );
    const output = outcome.kind === 'done' ? Buffer.byteLength(outcome.output) : 0;
    const bytes = output + blobs.reduce((sum, { length }) => sum + length, 0);
    if (bytes > outputBytesMax)
      return turnTooLarge(`Cannot take the turn: it has ${bytes} bytes, of ${outputBytesMax} that it may have`);
    if (argumentBytes > turnMaxima.argumentBytesMax)
      return turnTooLarge(
        `Cannot start another operation: the arguments of this turn have more than ${turnMaxima.argumentBytesMax} bytes`,
      );
    return undefined;
  }

  #made(
    parts: Pick<Turn, 'outcome' | 'blobs' | 'operations' | 'abandoned' | 'logs' | 'logBytesDropped'>,
    computeMs: number,
    last: boolean,
  ): Turn {
    const { outcome, blobs, operations, abandoned, logs, logBytesDropped } = parts;
    const written = this.#taken?.container.output.take(last);
    return {
      outcome,
      blobs,
      operations,
      abandoned,
      logs: written ? [...logs, ...written.logs] : logs,
      logBytesDropped: logBytesDropped + (written?.bytesDropped ?? 0),
      computeMs,
      memoryBytes: this.#memoryBytes,
    };
  }

  /** The connection is over: what the container died of says why. */
  async #lost(cause: string | undefined): Promise<void> {
    const container = this.#taken?.container;
    if (this.#state === 'over' || !container) return;
    if (cause !== undefined) return this.#end(agentMalformed(cause));
    const { clock, limits } = this.#owner;
    const waiting = new AbortController();
    const exit = await Promise.race([
      container.running.exited,
      clock.sleep(limits.deathMs, waiting.signal).then(() => undefined),
    ]);
    waiting.abort('over');
    this.#end(exit ? deathOf(exit) : connectionLost);
  }

  /**
   * Looks at a turn that lasts, since an agent that is kept busy by its tool cannot answer; less often at a call that waits, since its container may go on by
   * itself.
   */
  #watch(): void {
    const { clock, limits } = this.#owner;
    this.#watching?.abort('over');
    const { signal } = (this.#watching = new AbortController());
    const everyMs = this.#state === 'running' ? limits.watchMs : limits.watchWaitingMs;
    const look = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(everyMs, signal);
        if (signal.aborted) return;
        const verdict = await this.#verdict();
        if (signal.aborted) return;
        if (verdict) return this.#end(verdict, Math.max(0, this.#limits.computeMsMax - this.#computeMs));
      }
    };
    void look();
  }

  async #verdict(): Promise<Ended | undefined> {
    const container = this.#taken?.container;
    if (!container) return undefined;
    const { clock } = this.#owner;
    const { cpuMs, memoryBytes } = await container.running.usage();
    const lasting = this.#state === 'running' ? clock.nowMs() - this.#turnBeganMs : 0;
    // Where nobody counts, a turn computes as long as it lasts.
    const computedMs =
      cpuMs === undefined || this.#machineMsBefore === undefined
        ? this.#waitedMs + lasting
        : cpuMs - this.#machineMsBefore;
    if (computedMs > this.#limits.computeMsMax) return overrun(this.#limits);
    this.#memoryBytes = Math.max(this.#memoryBytes, memoryBytes ?? 0);
    if (container.countsMemory || memoryBytes === undefined || memoryBytes <= this.#memoryBytesMax) return undefined;
    return memoryExceeded(`${memoryBytes} bytes, of ${this.#memoryBytesMax}`);
  }

  /** Ends the call from outside the agent, at any moment. */
  #end(outcome: Ended, computeMs = 0): void {
    if (this.#state === 'over') return;
    const state = this.#state;
    const none = { outcome, blobs: [], operations: [], abandoned: [], logs: [], logBytesDropped: 0 };
    const turn = this.#made(none, computeMs, true);
    this.#finish();
    if (state === 'running') this.#settle?.(turn);
    else if (state === 'suspended') {
      this.#unheard = turn;
      this.#onStir?.();
    }
  }

  #finish(): void {
    this.#state = 'over';
    this.#watching?.abort('over');
    this.#over.abort('over');
    this.#open.clear();
    this.#taken?.container.connection.listen(undefined);
    this.#owner.closed(this, this.#letGo());
  }

  async #letGo(): Promise<void> {
    await this.#beginning;
    await this.#serving?.[Symbol.asyncDispose]();
    const taken = this.#taken;
    if (!taken) return;
    if (taken.keep && this.#isKept) {
      const { cpuMs } = await taken.container.running.usage();
      taken.container.cpuMs = { agent: this.#agentMs, machine: cpuMs };
      taken.keep();
    }
    await taken[Symbol.asyncDispose]();
  }
}
