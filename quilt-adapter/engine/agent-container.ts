/** A container with the agent in it, connected and waiting for a call. */
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, systemState } from '#wit/errors';
import { type Frame, protocolVersion } from '#wit/turns';
import type { ContainerBackend, ContainerSpec, RunningContainer } from '../containers/backend.ts';
import { makePassableSync } from '../containers/passable.ts';
import { AgentConnection } from './agent-connection.ts';
import { type ContainerKind, specOf } from './container-kind.ts';
import { agentNotReady } from './errors.ts';
import { OutputLines } from './output-lines.ts';

/** What containers are made of. */
export interface ContainerMaking {
  readonly backend: ContainerBackend;
  readonly rootDirectory: string;
  /** Private to this host; each container has a directory in `containers/`. */
  readonly runDirectory: string;
  newId(): string;
  /** Nothing of it is left. */
  onClosed(container: AgentContainer): void;
}

const plainHosts = '127.0.0.1 localhost\n::1 localhost\n';
const socketName = 'turns.sock';
const hostsName = 'hosts';
/** Whoever the container's user is on the machine may read it, whatever the umask. */
const hostsMode = 0o644;

/** See above. Leaving the scope kills it and removes its directory. */
export class AgentContainer implements AsyncDisposable {
  readonly id: string;
  readonly directory: string;
  readonly directoryInside: string;
  readonly running: RunningContainer;
  readonly connection: AgentConnection;
  readonly output: OutputLines;
  /** Compute so far, as the agent says and as the machine says; the latter absent where nobody counts. */
  cpuMs: { readonly agent: number; readonly machine: number | undefined };
  /** Whether the machine ends it by itself where it has too much memory. */
  readonly countsMemory: boolean;
  readonly #onClosed: ContainerMaking['onClosed'];
  #hosts = '';
  #closed: Promise<void> | undefined;

  private constructor(parts: {
    readonly spec: ContainerSpec;
    readonly directory: string;
    readonly directoryInside: string;
    readonly running: RunningContainer;
    readonly connection: AgentConnection;
    readonly output: OutputLines;
    readonly cpuMs: AgentContainer['cpuMs'];
    readonly countsMemory: boolean;
    readonly onClosed: ContainerMaking['onClosed'];
  }) {
    this.id = parts.spec.id;
    this.directory = parts.directory;
    this.directoryInside = parts.directoryInside;
    this.running = parts.running;
    this.connection = parts.connection;
    this.output = parts.output;
    this.cpuMs = parts.cpuMs;
    this.countsMemory = parts.countsMemory;
    this.#onClosed = parts.onClosed;
  }

  /** Resolves when nothing of it runs any more. */
  get died(): Promise<unknown> {
    return this.running.exited;
  }

  /** Starts one and waits for its agent. @throws {CodedError} `CONTAINER_START_FAILED`, `CONTAINER_SPEC_INVALID`; nothing is left then. */
  static async start(making: ContainerMaking, kind: ContainerKind, signal: AbortSignal): Promise<AgentContainer> {
    const id = making.newId();
    try {
      return await AgentContainer.#make(making, { kind, id }, signal);
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw agentNotReady(id, systemState(error), { cause: error });
    }
  }

  static async #make(
    making: ContainerMaking,
    { kind, id }: { readonly kind: ContainerKind; readonly id: string },
    signal: AbortSignal,
  ): Promise<AgentContainer> {
    const directory = join(making.runDirectory, 'containers', id);
    makePassableSync(directory);
    await using undo = new AsyncDisposableStack();
    undo.defer(() => rm(directory, { recursive: true, force: true }));
    await writeFile(join(directory, hostsName), plainHosts);
    await chmod(join(directory, hostsName), hostsMode);
    const connection = await AgentConnection.listen(join(directory, socketName));
    undo.use(connection);
    const { spec, directoryInside } = specOf(kind, { ...making, id, directory, hosts: hostsName, socket: socketName });
    const running = await making.backend.start(spec);
    undo.use(running);
    const output = new OutputLines(running);
    const agentMs = await untilReady({ id, connection, running, signal });
    const { cpuMs } = await running.usage();
    undo.move();
    return new AgentContainer({
      spec,
      directory,
      directoryInside,
      running,
      connection,
      output,
      cpuMs: { agent: agentMs, machine: cpuMs },
      countsMemory: making.backend.probe.controlGroups !== 'none',
      onClosed: making.onClosed,
    });
  }

  /** Says what names mean inside. The file stays the same one: it is mounted. */
  async nameHosts(hosts: string): Promise<void> {
    if (hosts === this.#hosts) return;
    this.#hosts = hosts;
    await writeFile(join(this.directory, hostsName), plainHosts + hosts);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.connection[Symbol.dispose]();
    try {
      await this.running[Symbol.asyncDispose]();
    } finally {
      await rm(this.directory, { recursive: true, force: true });
    }
    this.#onClosed(this);
  }
}

/** Waits for the agent's first word; gives the compute that it has taken. */
async function untilReady(from: {
  readonly id: string;
  readonly connection: AgentConnection;
  readonly running: RunningContainer;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { id, connection, running, signal } = from;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const fail = (cause: string): void => reject(agentNotReady(id, cause));
  const onAbort = (): void => fail('given up');
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  connection.listen({
    frame: (frame) => {
      const cpuMs = readinessOf(frame);
      if (cpuMs === undefined) fail('it speaks another protocol');
      else resolve(cpuMs);
    },
    ended: (cause) => fail(cause ?? 'it ended its connection'),
  });
  void running.exited.then(({ cause }) => fail(cause));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    connection.listen(undefined);
  }
}

function readinessOf({ message }: Frame): number | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { kind, version, cpuMs } = message as { readonly [key: string]: unknown };
  if (kind !== 'ready' || version !== protocolVersion || typeof cpuMs !== 'number' || !(cpuMs >= 0)) return undefined;
  return cpuMs;
}
