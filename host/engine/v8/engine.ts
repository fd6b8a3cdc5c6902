/** The engine `v8`: components run on V8 through jco's glue, in worker threads. See README.md. */
import { createHash } from 'node:crypto';
import type { ComponentReference, Engine, EngineCall, EngineLimits, LoadedComponent } from '#wit/interfaces';
import { engineDefaults } from '../../limits.ts';
import { closed, tooManyCalls } from '../../errors.ts';
import { V8Call } from './call.ts';
import { hostFunctions } from '../host-functions.ts';
import { GlueCache } from './glue.ts';
import { Journals } from './journal.ts';
import { ModuleCache } from './module-cache.ts';
import { SharedComponent, type SharedParts } from './shared-component.ts';
import { WorkerPool } from './worker-pool.ts';

/** Settings of the engine; what is absent is `engineDefaults`. */
export interface V8EngineOptions extends Partial<Settings> {
  /** Where glue is kept between processes; nowhere where absent. */
  readonly cacheDirectory?: string | undefined;
  /** Whether the first worker starts at once, and not with the first component. */
  readonly warm?: boolean;
}

type Settings = { readonly [Key in keyof typeof engineDefaults]: number };

/** Creates the engine. The owner disposes of it. */
export function createV8Engine(options: V8EngineOptions = {}): Engine {
  return new V8Engine(options);
}

class V8Engine implements Engine {
  readonly name = 'v8';
  readonly settings: Settings;
  readonly pool: WorkerPool;
  readonly #shared: SharedParts;
  readonly #journals: Journals;
  readonly #loaded = new Map<string, { readonly shared: Promise<SharedComponent>; holders: number }>();
  #components = 0;
  #calls = 0;
  #callsOpen = 0;
  #closed = false;

  constructor({ cacheDirectory, warm = false, ...settings }: V8EngineOptions) {
    this.settings = { ...engineDefaults, ...settings };
    this.#shared = {
      glue: new GlueCache(cacheDirectory),
      modules: new ModuleCache(),
      nextNumber: () => (this.#components += 1),
    };
    const { journalBytesMax, journalTurnsMax, journalsBytesMax } = this.settings;
    this.#journals = new Journals({
      bytesMax: journalBytesMax,
      turnsMax: journalTurnsMax,
      totalBytesMax: journalsBytesMax,
    });
    this.pool = new WorkerPool(this.settings, hostFunctions);
    if (warm) this.pool.warm();
  }

  /** The artifact is the component itself: V8 has no form of compiled code that a process may keep. */
  async compile(component: Uint8Array): Promise<Uint8Array> {
    this.#checkOpen();
    await SharedComponent.make(component, this.#shared);
    return component.slice();
  }

  async load(component: Uint8Array | ComponentReference): Promise<LoadedComponent> {
    this.#checkOpen();
    const artifact = component instanceof Uint8Array ? component : await component.bytes();
    const key = createHash('sha256').update(artifact).digest('hex');
    let entry = this.#loaded.get(key);
    if (!entry) {
      entry = { shared: SharedComponent.make(artifact.slice(), this.#shared), holders: 0 };
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
