/** The engine `v8`: components run on V8 through jco's glue, in worker threads. See README.md. */
import { createHash } from 'node:crypto';
import type { Engine, EngineCall, EngineLimits, LoadedComponent, TurnOutcome } from '#wit/interfaces';
import { hostFunctionNames, operationNames } from '#wit/host-types';
import { engineDefaults, pageBytes } from '../../limits.ts';
import { closed, componentInvalid, tooManyCalls } from '../../errors.ts';
import { V8Call } from './call.ts';
import { type ComponentParts, readComponent } from './component-binary.ts';
import { type CoreModule, boundCoreModule, memoryLimits, readCoreModule } from './core-module.ts';
import { type Glue, GlueCache } from './glue.ts';
import { Journals } from './journal.ts';
import type { ImportedFunction, MemoryMessage, OperationNames } from './messages.ts';
import { type PooledComponent, WorkerPool } from './worker-pool.ts';

/** Settings of the engine; what is absent is `engineDefaults`. */
export interface V8EngineOptions extends Partial<Settings> {
  /** Where glue is kept between processes; nowhere where absent. */
  readonly cacheDirectory?: string | undefined;
  /** Whether the first worker starts at once, and not with the first component. */
  readonly warm?: boolean;
}

type Settings = { readonly [Key in keyof typeof engineDefaults]: number };

/** Memory sizes of one component that are kept compiled. */
const memorySizesMax = 8;

/** Creates the engine. The owner disposes of it. */
export function createV8Engine(options: V8EngineOptions = {}): Engine {
  return new V8Engine(options);
}

class V8Engine implements Engine {
  readonly name = 'v8';
  readonly settings: Settings;
  readonly pool: WorkerPool;
  readonly operationNames: OperationNames;
  readonly #glue: GlueCache;
  readonly #journals: Journals;
  readonly #loaded = new Map<string, { readonly shared: Promise<SharedComponent>; holders: number }>();
  #components = 0;
  #calls = 0;
  #callsOpen = 0;
  #closed = false;

  constructor({ cacheDirectory, warm = false, ...settings }: V8EngineOptions) {
    this.settings = { ...engineDefaults, ...settings };
    this.#glue = new GlueCache(cacheDirectory);
    const { journalBytesMax, journalTurnsMax, journalsBytesMax } = this.settings;
    this.#journals = new Journals({
      bytesMax: journalBytesMax,
      turnsMax: journalTurnsMax,
      totalBytesMax: journalsBytesMax,
    });
    this.operationNames = hostFunctionNames.map((name) => operationNames.find((operation) => operation === name));
    this.pool = new WorkerPool(this.settings, hostFunctionNames.map(importedFunction));
    if (warm) this.pool.warm();
  }

  /** The artifact is the component itself: V8 has no form of compiled code that a process may keep. */
  async compile(component: Uint8Array): Promise<Uint8Array> {
    this.#checkOpen();
    const shared = await SharedComponent.make(component, this.#glue, () => 0);
    await shared.validate();
    return component.slice();
  }

  async load(artifact: Uint8Array): Promise<LoadedComponent> {
    this.#checkOpen();
    const key = createHash('sha256').update(artifact).digest('hex');
    let entry = this.#loaded.get(key);
    if (!entry) {
      const nextNumber = (): number => (this.#components += 1);
      const shared = SharedComponent.make(artifact.slice(), this.#glue, nextNumber).then(async (made) => {
        await made.validate();
        return made;
      });
      entry = { shared, holders: 0 };
      this.#loaded.set(key, entry);
      this.pool.warm();
    }
    entry.holders += 1;
    const held = entry;
    const release = (): void => {
      held.holders -= 1;
      if (held.holders > 0) return;
      this.#loaded.delete(key);
      void held.shared.then(
        (shared) => shared.unload(this.pool),
        () => undefined,
      );
    };
    try {
      return new V8Component(this, await held.shared, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** @throws {CodedError} `UNAVAILABLE` where the engine is closed or full. */
  open(component: SharedComponent, limits: EngineLimits): EngineCall {
    this.#checkOpen();
    if (this.#callsOpen >= this.settings.callsOpenMax) throw tooManyCalls(this.settings.callsOpenMax);
    this.#callsOpen += 1;
    this.#calls += 1;
    return new V8Call(this.#calls, limits, {
      pool: this.pool,
      operationNames: this.operationNames,
      journals: this.#journals,
      prepare: (memoryBytesMax) => component.prepare(memoryBytesMax, this.pool),
      closed: () => (this.#callsOpen -= 1),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.pool[Symbol.asyncDispose]();
  }

  #checkOpen(): void {
    if (this.#closed) throw closed('engine');
  }
}

/** One holder's component. Closing it leaves calls that are open alone. */
class V8Component implements LoadedComponent {
  readonly #engine: V8Engine;
  readonly #shared: SharedComponent;
  #release: (() => void) | undefined;

  constructor(engine: V8Engine, shared: SharedComponent, release: () => void) {
    this.#engine = engine;
    this.#shared = shared;
    this.#release = release;
  }

  get imports(): readonly string[] {
    return this.#shared.imports;
  }

  open(limits: EngineLimits): EngineCall {
    if (!this.#release) throw closed('component');
    return this.#engine.open(this.#shared, limits);
  }

  [Symbol.dispose](): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** A component, read once, and its modules for each size of memory that calls ask for. */
class SharedComponent {
  readonly imports: readonly string[];
  readonly #modules: readonly CoreModule[];
  readonly #glue: Glue;
  readonly #nextNumber: () => number;
  readonly #bounded = new Map<number, PooledComponent | Promise<PooledComponent>>();

  private constructor(parts: ComponentParts, modules: readonly CoreModule[], glue: Glue, nextNumber: () => number) {
    this.imports = parts.imports;
    this.#modules = modules;
    this.#glue = glue;
    this.#nextNumber = nextNumber;
  }

  static async make(bytes: Uint8Array, glue: GlueCache, nextNumber: () => number): Promise<SharedComponent> {
    const parts = readComponent(bytes);
    const modules = parts.coreModules.map(readCoreModule);
    const memories = modules.filter(({ memoryPagesMin }) => memoryPagesMin !== undefined).length;
    if (memories !== 1) throw componentInvalid(`it has ${memories} memories, and a tool has one`);
    return new SharedComponent(parts, modules, await glue.glueOf(parts), nextNumber);
  }

  /** Lets V8 look at every module. */
  async validate(): Promise<void> {
    for (const { bytes } of this.#modules) {
      if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>))
        throw componentInvalid('V8 refuses a core module of it');
    }
  }

  prepare(memoryBytesMax: number, pool: WorkerPool): PooledComponent | Promise<PooledComponent> | TurnOutcome {
    const pagesMin = Math.max(...this.#modules.map(({ memoryPagesMin }) => memoryPagesMin ?? 0));
    if (pagesMin * pageBytes > memoryBytesMax) {
      const message = `Cannot make an instance: the component begins with ${pagesMin * pageBytes} bytes of memory, of ${memoryBytesMax} that it may have`;
      return { kind: 'ended', code: 'MEMORY_EXCEEDED', message, cause: 'memory' };
    }
    const known = this.#bounded.get(memoryBytesMax);
    if (known) return known;
    const made = this.#bound(memoryBytesMax);
    this.#bounded.set(memoryBytesMax, made);
    made.then(
      (component) => this.#bounded.set(memoryBytesMax, component),
      () => this.#bounded.delete(memoryBytesMax),
    );
    this.#evict(pool);
    return made;
  }

  unload(pool: WorkerPool): void {
    for (const component of this.#bounded.values()) if (!(component instanceof Promise)) pool.unload(component);
    this.#bounded.clear();
  }

  async #bound(memoryBytesMax: number): Promise<PooledComponent> {
    const used = this.#glue.modules.map(async ([name, index]) => {
      const module = this.#modules[index];
      if (!module) throw componentInvalid('its glue is of another component');
      return [name, await WebAssembly.compile(boundCoreModule(module, memoryBytesMax))] as const;
    });
    const memory = this.#memory(memoryBytesMax);
    const number = this.#nextNumber();
    const spares = !this.#modules.some(({ hasStart }) => hasStart);
    return { number, load: ['load', number, this.#glue.text, await Promise.all(used), spares, memory] };
  }

  #memory(memoryBytesMax: number): MemoryMessage {
    for (const [name, index] of this.#glue.modules) {
      const module = this.#modules[index];
      if (module?.memoryPagesMin === undefined) continue;
      const { min, max } = memoryLimits(module, memoryBytesMax);
      return [name, min, max];
    }
    throw componentInvalid('its glue does not use the module that defines its memory');
  }

  #evict(pool: WorkerPool): void {
    for (const [memoryBytesMax, component] of this.#bounded) {
      if (this.#bounded.size <= memorySizesMax) return;
      if (component instanceof Promise) continue;
      this.#bounded.delete(memoryBytesMax);
      pool.unload(component);
    }
  }
}

/** What a host function does, by its name. */
function importedFunction(qualified: (typeof hostFunctionNames)[number]): ImportedFunction {
  const [interfaceName = '', name = ''] = qualified.split('.');
  return { interface: interfaceName, name, kind: kindOf(qualified) };
}

function kindOf(name: (typeof hostFunctionNames)[number]): ImportedFunction['kind'] {
  switch (name) {
    case 'log.write':
      return 'log';
    case 'timer.clear':
    case 'net.abort':
      return 'abandon';
    case 'llm.close-stream':
      return 'abandon-stream';
    default:
      return 'start';
  }
}
