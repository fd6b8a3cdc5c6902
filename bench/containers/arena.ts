/** Containers that are measured: one root directory, a back end for each name, engines with and without a pool. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentScript } from '#guest-container';
import { agentPlace } from '#wit/turns';
import { createOperations, createToolRunner, systemClock } from '#host';
import {
  type ContainerBackend,
  type ContainerEngine,
  buildRootDirectory,
  createCallServices,
  createContainerEngine,
  openBackend,
} from '#quilt-adapter';
import { CodedError } from '#wit/errors';
import type { ToolRunner } from '#wit/interfaces';
import type { ToolSample } from '../../test/conformance/tool-bundle.ts';
import { makeContainerBundle } from '../../test/quilt-adapter/engine/container-bundle.ts';
import { type SandboxedBun, answerFile, answerScript } from '../baselines/sandboxed-bun.ts';
import { LeftOut } from '../harness.ts';

/** What starts containers. */
export type BackendName = ContainerBackend['name'];
/** A container that runs, as the back end gives it. */
export type RunningContainer = Awaited<ReturnType<ContainerBackend['start']>>;

/** Every back end, as they are preferred. */
export const backendNames: readonly BackendName[] = ['crun', 'runc', 'bubblewrap', 'none'];

const tools: readonly ToolSample[] = [
  { name: 'answer', body: 'return { result: input.numbers.reduce((sum, each) => sum + each, 0) };' },
  { name: 'read', tokens: ['kv:bench:rw'], body: "return { found: await sdk.kv('bench').getText('a') };" },
];
/** What the plain processes compute, too. */
const input = { numbers: [1, 2, 3] };

/** Of containers that wait, where there is a pool: 64 by the engine's own count. */
const poolBytes = 512 * 1024 * 1024;
/** After the last process has ended; the kernel still gives back what was its. */
const settledMs = 15;
const unsettledMsMax = 60_000;
const bundle = 'samples@1.0.0';

/** Which engine. */
export interface EngineChoice {
  readonly backend: BackendName;
  readonly isPooled: boolean;
}

/** A tool in an engine of containers. */
export interface MeasuredEngine {
  readonly engine: ContainerEngine;
  /** Those that are up. */
  readonly running: ReadonlySet<RunningContainer>;
  /** A call to its end. `session`: in the container of that session. Rejects where it does not succeed. */
  call(tool: 'answer' | 'read', session?: string): Promise<unknown>;
  /** The same of a tool that has Bun's own globals, and so an API of the host in its container. */
  callBun(tool: 'answer' | 'read', session?: string): Promise<unknown>;
  /** Resolves when every container that is no session's and waits for no call has ended. */
  ended(): Promise<void>;
}

/** See above. Its owner disposes of it. */
export class ContainerArena implements AsyncDisposable {
  /** Of this arena, for what the other sandboxes need. */
  readonly directory: string;
  readonly rootDirectory: string;
  readonly #stack: AsyncDisposableStack;
  readonly #backends = new Map<BackendName, Promise<ContainerBackend>>();
  readonly #engines = new Map<string, Promise<OpenEngine>>();
  readonly #peers = new Set<Promise<unknown>>();

  static async open(): Promise<ContainerArena> {
    await using opened = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), 'aria-boxes-'));
    opened.defer(() => rm(directory, { recursive: true, force: true }));
    // Containers run as somebody else, who has to pass here.
    await chmod(directory, 0o711);
    const { path } = await buildRootDirectory({
      cacheDirectory: join(directory, 'cache'),
      scripts: new Map([[agentPlace, await agentScript()]]),
      files: new Map([[answerFile, Buffer.from(answerScript)]]),
    });
    return new ContainerArena(directory, path, opened.move());
  }

  private constructor(directory: string, rootDirectory: string, stack: AsyncDisposableStack) {
    this.directory = directory;
    this.rootDirectory = rootDirectory;
    this.#stack = stack;
  }

  /** One for each choice. @throws {LeftOut} where the back end does not work on this machine. */
  async engine(choice: EngineChoice): Promise<MeasuredEngine> {
    const name = `${choice.backend}-${choice.isPooled ? 'pool' : 'cold'}`;
    const found = this.#engines.get(name) ?? this.#openEngine(name, choice);
    this.#engines.set(name, found);
    return found;
  }

  /** Runs one of the other sandboxes until it has answered. That it ends is waited for by `quiet`. */
  async answerOf(sandbox: SandboxedBun): Promise<void> {
    const { answered, ended } = sandbox.start();
    const peer = ended.finally(() => this.#peers.delete(peer));
    this.#peers.add(peer);
    await answered;
  }

  /** Resolves when nothing starts or ends any more, and every pool has what it wants. */
  async quiet(): Promise<void> {
    const fromMs = performance.now();
    const engines = await Promise.all(this.#engines.values());
    let wasQuiet = true;
    while (this.#peers.size > 0 || !engines.every((engine) => engine.isQuiet)) {
      if (performance.now() - fromMs > unsettledMsMax)
        throw new Error(`Cannot measure: containers do not settle: ${JSON.stringify(engines.map(figuresOf))}`);
      wasQuiet = false;
      await sleep(1);
    }
    if (!wasQuiet) await sleep(settledMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #openEngine(name: string, { backend: backendName, isPooled }: EngineChoice): Promise<OpenEngine> {
    const backend = await this.#backend(backendName);
    const runDirectory = join(this.directory, name);
    await mkdir(runDirectory, { mode: 0o711 });
    const operations = createOperations();
    const running = new Set<RunningContainer>();
    const engine = createContainerEngine({
      backend: watched(backend, running),
      rootDirectory: this.rootDirectory,
      runDirectory,
      clock: systemClock,
      random: (length) => new Uint8Array(randomBytes(length)),
      limits: { poolBytes: isPooled ? poolBytes : 0 },
      services: createCallServices({ operations, audit: () => undefined }),
    });
    this.#stack.use(engine);
    const guest = this.#stack.use(await runnerOf(engine, 'quickjs', operations));
    const bun = this.#stack.use(await runnerOf(engine, 'bun', operations));
    return new OpenEngine({ engine, running, guest, bun });
  }

  #backend(name: BackendName): Promise<ContainerBackend> {
    const found = this.#backends.get(name) ?? this.#openBackend(name);
    this.#backends.set(name, found);
    return found;
  }

  async #openBackend(choice: BackendName): Promise<ContainerBackend> {
    const stateDirectory = join(this.directory, `state-${choice}`);
    const owner = `bench-${randomBytes(4).toString('hex')}`;
    try {
      return this.#stack.use(await openBackend({ choice, allowNone: true, stateDirectory, owner }));
    } catch (thrown) {
      if (thrown instanceof CodedError && thrown.code === 'CONTAINERS_UNAVAILABLE') throw new LeftOut(thrown.message);
      throw thrown;
    }
  }
}

/** Benchmarks of a group share an arena; the last one that is disposed of closes it. */
export class ContainerArenas {
  #open: Promise<ContainerArena> | undefined;
  #holders = 0;

  hold(): Promise<ContainerArena> {
    this.#holders += 1;
    return (this.#open ??= ContainerArena.open());
  }

  /** Holds it for `use`, also where that fails. */
  async with<Result>(use: (arena: ContainerArena) => Promise<Result>): Promise<Result> {
    const arena = await this.hold();
    try {
      return await use(arena);
    } catch (error) {
      await this.letGo();
      throw error;
    }
  }

  async letGo(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    const open = this.#open;
    this.#open = undefined;
    await (await open)?.[Symbol.asyncDispose]();
  }
}

class OpenEngine implements MeasuredEngine {
  readonly engine: ContainerEngine;
  readonly running: ReadonlySet<RunningContainer>;
  readonly #guest: ToolRunner;
  readonly #bun: ToolRunner;
  /** Each of them keeps a container. */
  readonly #sessions = new Set<string>();
  #calls = 0;

  constructor(parts: {
    readonly engine: ContainerEngine;
    readonly running: ReadonlySet<RunningContainer>;
    readonly guest: ToolRunner;
    readonly bun: ToolRunner;
  }) {
    this.engine = parts.engine;
    this.running = parts.running;
    this.#guest = parts.guest;
    this.#bun = parts.bun;
  }

  get isQuiet(): boolean {
    const { starting, ending, inUse, ready, keys } = this.engine.figures();
    const wanted = this.#isPooled ? keys.reduce((sum, { target }) => sum + target, 0) : 0;
    return starting + ending === 0 && inUse <= this.#sessions.size && ready >= Math.min(wanted, 1);
  }

  call(tool: string, session?: string): Promise<unknown> {
    return this.#run(this.#guest, tool, session);
  }

  callBun(tool: string, session?: string): Promise<unknown> {
    return this.#run(this.#bun, tool, session === undefined ? undefined : `bun ${session}`);
  }

  async ended(): Promise<void> {
    while (this.engine.figures().inUse > this.#sessions.size) await sleep(1);
  }

  get #isPooled(): boolean {
    return this.engine.figures().budgetBytes > 0;
  }

  async #run(runner: ToolRunner, tool: string, session: string | undefined): Promise<unknown> {
    if (session !== undefined) this.#sessions.add(`${tool} ${session}`);
    this.#calls += 1;
    const call = { id: `bench-${this.#calls}`, tool, input };
    const outcome = await runner.run(session === undefined ? call : { ...call, session });
    if (outcome.kind === 'failed')
      throw new Error(`Cannot measure: "${tool}" failed: ${JSON.stringify(outcome.error)}`);
    return outcome.output;
  }
}

function runnerOf(
  engine: ContainerEngine,
  kind: 'quickjs' | 'bun',
  operations: ReturnType<typeof createOperations>,
): Promise<ToolRunner> {
  const { manifest, files } = makeContainerBundle(tools, kind);
  return createToolRunner({
    manifest,
    files,
    components: manifest.tools.map((tool) => {
      const source = files.get(tool.source.path) ?? new Uint8Array();
      return { tool: tool.name, component: { loaded: engine.load({ bundle, tenant: 'bench', tool, source }) } };
    }),
    engine: noEngine,
    operations,
    random: () => new Uint8Array(randomBytes(32)),
  });
}

const notAsked = (): Promise<never> => Promise.reject(new Error('Cannot measure: a container has no component'));
/** There are no components in the bundle, so nobody asks it. */
const noEngine = {
  name: 'v8' as const,
  compile: notAsked,
  load: notAsked,
  [Symbol.asyncDispose]: (): Promise<void> => Promise.resolve(),
};

/** The same back end, of which it is known what runs. It stays its owner's. */
function watched(backend: ContainerBackend, running: Set<RunningContainer>): ContainerBackend {
  return {
    name: backend.name,
    probe: backend.probe,
    user: backend.user,
    async start(spec) {
      const container = await backend.start(spec);
      running.add(container);
      void container.exited.then(() => running.delete(container));
      return container;
    },
    removeOrphans: () => backend.removeOrphans(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function figuresOf({ engine }: MeasuredEngine): object {
  const { ready, starting, inUse, ending } = engine.figures();
  return { ready, starting, inUse, ending };
}
