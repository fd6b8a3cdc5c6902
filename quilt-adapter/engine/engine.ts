/** The container engine: what runs tools of any bundle in containers, by the contract of `LoadedComponent`. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller, EngineLimits, LoadedComponent } from '#wit/interfaces';
import type { ManifestTool } from '#wit/manifest';
import { parseToken } from '#wit/tokens';
import type { ContainerBackend } from '../containers/backend.ts';
import { SessionPool } from '../pool/session-pool.ts';
import type { SessionPoolLimits, WarmPoolLimits } from '../pool/limits.ts';
import type { PoolEvent, PoolFigures, WarmPool } from '../pool/ports.ts';
import { createWarmPool } from '../pool/warm-pool.ts';
import { AgentContainer } from './agent-container.ts';
import { ContainerCall, type TakenContainer } from './call.ts';
import { keyOf, kindOf, kindOfKey } from './container-kind.ts';
import { engineIsClosed, runDirectoryTooLong, tooManyCalls } from './errors.ts';
import { type ContainerEngineLimits, containerEngineDefaults, socketBytesMax } from './limits.ts';
import { Places } from './places.ts';
import type { CallServices, Clock } from './ports.ts';

/** What an engine is made of. The back end stays its owner's. */
export interface ContainerEngineOptions {
  readonly backend: ContainerBackend;
  /** With Bun at `bin/bun` and the agent at `aria/agent.js`. */
  readonly rootDirectory: string;
  /**
   * For sockets; private to this engine, which removes what another one left there. On a file system of the machine, its path short: a socket's may have 107
   * bytes. Every directory above it lets others pass (`o+x`).
   */
  readonly runDirectory: string;
  readonly clock: Clock;
  /** Random bytes: names of containers, and when a failed start is tried again. */
  random(bytes: number): Uint8Array;
  readonly services?: CallServices;
  readonly limits?: Partial<ContainerEngineLimits>;
  readonly pool?: Partial<WarmPoolLimits>;
  readonly sessions?: SessionPoolLimits;
  /** Whether calls of one session share a container; they do where absent. */
  readonly keepsSessions?: boolean;
  /** Hears of containers that could not be started or ended. Never throws. */
  onEvent?(event: PoolEvent): void;
}

/** A tool that is to run in containers. */
export interface ContainerTool {
  /** `name@version`. */
  readonly bundle: string;
  /** Whose calls may share a container, where they share a session. */
  readonly tenant: string;
  readonly tool: ManifestTool;
  /** As arc wrote it. */
  readonly source: Uint8Array;
}

/** Runs tools in containers. Leaving the scope ends every call and every container. */
export interface ContainerEngine extends AsyncDisposable {
  /** What `createToolRunner` takes as `loaded`. */
  load(tool: ContainerTool): LoadedComponent;
  /** Says that a tool will be called soon, so that a container is made ready. */
  expect(tool: ManifestTool): void;
  figures(): PoolFigures;
}

/** Creates an engine. @throws {CodedError} `CONTAINERS_UNAVAILABLE` where the path of the run directory is too long for sockets. */
export function createContainerEngine(options: ContainerEngineOptions): ContainerEngine {
  const { runDirectory } = options;
  const bytes = Buffer.byteLength(join(runDirectory, 'containers', idOf(new Uint8Array(8)), longestSocket));
  if (bytes > socketBytesMax) throw runDirectoryTooLong(runDirectory, bytes - socketBytesMax);
  return new Engine(options);
}

/** No socket of a container has a longer name. */
const longestSocket = 'turns.sock';

function idOf(random: Uint8Array): string {
  return `aria-${Buffer.from(random).toString('hex')}`;
}

/** A container that a call is to have. */
interface Wanted {
  readonly key: string;
  readonly tenant: string;
  /** Absent: one of its own. */
  readonly session: string | undefined;
  readonly call: ContainerCall;
  readonly caller: Caller | undefined;
}

class Engine implements ContainerEngine {
  readonly #options: ContainerEngineOptions;
  readonly #limits: ContainerEngineLimits;
  readonly #pool: WarmPool<AgentContainer>;
  readonly #sessions: SessionPool<AgentContainer>;
  readonly #calls = new Set<ContainerCall>();
  readonly #places: Places<ContainerCall>;
  /** What calls that are over, and starts that were given up, still have to do. */
  readonly #ending = new Set<Promise<void>>();
  /** Those of which something is left on the machine. */
  readonly #containers = new Set<AgentContainer>();
  #clearing: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ContainerEngineOptions) {
    const { clock, backend, rootDirectory, runDirectory, onEvent } = options;
    const limits = { ...containerEngineDefaults, ...options.limits };
    this.#options = options;
    this.#limits = limits;
    this.#places = new Places(clock, limits);
    const newId = (): string => idOf(options.random(8));
    const onClosed = (container: AgentContainer): void => void this.#containers.delete(container);
    this.#pool = createWarmPool<AgentContainer>({
      start: (key, signal) => {
        const making = { backend, rootDirectory, runDirectory, newId, onClosed };
        return this.#starting(this.#cleared().then(() => AgentContainer.start(making, kindOfKey(key), signal)));
      },
      bytesOf: () => limits.idleBytes,
      budgetBytes: limits.poolBytes,
      clock,
      random: () => Buffer.from(options.random(4)).readUInt32LE() / 2 ** 32,
      startTimeoutMs: limits.startTimeoutMs,
      ...(onEvent && { onEvent: (event) => onEvent(event) }),
      ...options.pool,
    });
    this.#sessions = new SessionPool<AgentContainer>({ source: this.#pool, clock, ...options.sessions });
  }

  load({ bundle, tenant, tool, source }: ContainerTool): LoadedComponent {
    const key = keyOf(kindOf(tool, this.#limits));
    const tokens = tool.tokens.map(parseToken);
    return {
      imports: tool.imports,
      open: (limits: EngineLimits, _busy?: number, session?: string) => {
        if (this.#closed) throw engineIsClosed();
        const { callsOpenMax, callsWaitingMax } = this.#limits;
        if (this.#calls.size >= callsOpenMax + callsWaitingMax) throw tooManyCalls(this.#calls.size);
        const { clock, services, keepsSessions = true } = this.#options;
        // A container has loaded one tool: the others of its session have their own.
        const shared =
          session === undefined || !keepsSessions
            ? undefined
            : JSON.stringify([bundle, tool.name, tool.source.hash, session]);
        const call = new ContainerCall(limits, {
          clock,
          limits: this.#limits,
          services,
          session,
          bundle,
          tool,
          tokens,
          source,
          take: (caller, signal) => this.#take({ key, tenant, session: shared, call, caller }, signal),
          closed: (over, rest) => this.#callEnded(over, rest),
        });
        this.#calls.add(call);
        return call;
      },
      [Symbol.dispose]: () => undefined,
    };
  }

  expect(tool: ManifestTool): void {
    this.#pool.expect(keyOf(kindOf(tool, this.#limits)));
  }

  figures(): PoolFigures {
    return this.#pool.figures();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    for (const call of this.#calls) call.close();
    while (this.#ending.size > 0) await Promise.allSettled(this.#ending);
    await this.#sessions[Symbol.asyncDispose]();
    await this.#pool[Symbol.asyncDispose]();
    // The pools do not wait for a start that they gave up, nor for what it makes.
    while (this.#ending.size > 0) await Promise.allSettled(this.#ending);
    await Promise.allSettled(Array.from(this.#containers, (container) => container[Symbol.asyncDispose]()));
  }

  /** What an engine before this one left: whoever ended its containers has not known of their sockets. */
  #cleared(): Promise<void> {
    return (this.#clearing ??= rm(join(this.#options.runDirectory, 'containers'), { recursive: true, force: true }));
  }

  #starting(start: Promise<AgentContainer>): Promise<AgentContainer> {
    this.#track(
      start.then(
        (container) => void this.#containers.add(container),
        () => undefined,
      ),
    );
    return start;
  }

  #track(task: Promise<void>): void {
    const tracked = task.finally(() => this.#ending.delete(tracked));
    this.#ending.add(tracked);
  }

  #callEnded(call: ContainerCall, rest: Promise<void>): void {
    this.#calls.delete(call);
    this.#places.leave(call);
    this.#track(rest.catch((error: unknown) => this.#options.onEvent?.({ kind: 'end-failed', key: 'call', error })));
  }

  async #take({ key, tenant, session, call, caller }: Wanted, signal: AbortSignal): Promise<TakenContainer> {
    // What one call of a session waits for must not wait for a container of that session: another of its calls, or this one's caller, may have it.
    if (session === undefined || (caller?.path?.length ?? 0) > 0) {
      await this.#places.enter(call, caller, signal);
      const container = await this.#pool.take(key, signal);
      return { container, [Symbol.asyncDispose]: () => container[Symbol.asyncDispose]() };
    }
    const lease = await this.#sessions.take({ key, session, tenant }, signal);
    let kept = false;
    const end = async (): Promise<void> => {
      if (!kept) lease.spoil();
      lease[Symbol.dispose]();
    };
    try {
      // Now, so that those who wait for their session's container take no place from others.
      await this.#places.enter(call, caller, signal);
    } catch (error) {
      // Nobody has used it.
      lease[Symbol.dispose]();
      throw error;
    }
    return { container: lease.item, keep: () => void (kept = true), [Symbol.asyncDispose]: end };
  }
}
