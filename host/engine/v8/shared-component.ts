/** A component, read once: its modules compiled, its glue, and its memory for each size that calls ask for. */
import type { CodedError } from '#wit/errors';
import type { TurnOutcome } from '#wit/interfaces';
import { pageBytes } from '../../limits.ts';
import { componentInvalid } from '../../errors.ts';
import { readComponent } from '../component-binary.ts';
import { type CoreModule, boundCoreModule, memoryLimits, readToolModules } from '../core-module.ts';
import { detach } from './detached-module.ts';
import type { Glue, GlueCache } from './glue.ts';
import type { DetachedMessage, MemoryMessage } from './messages.ts';
import type { ModuleCache } from './module-cache.ts';
import type { PooledComponent, WorkerPool } from './worker-pool.ts';

/** What components of an engine share. */
export interface SharedParts {
  readonly glue: GlueCache;
  readonly modules: ModuleCache;
  /** Numbers of components, as workers know them. */
  nextNumber(): number;
}

/** The module that defines the memory. */
type MemoryModule = DetachedMemoryModule | WholeMemoryModule;

/** Compiled once for all sizes of memory, and for all tools of one guest engine. Nothing of the component's bytes is kept. */
interface DetachedMemoryModule {
  readonly kind: 'detached';
  /** The name that the glue asks it by. */
  readonly name: string;
  readonly pagesMin: number;
  readonly pagesMax: number;
  readonly compiled: WebAssembly.Module;
  readonly message: DetachedMessage;
}

/** Compiled for each size. */
interface WholeMemoryModule {
  readonly kind: 'whole';
  readonly name: string;
  readonly pagesMin: number;
  readonly module: CoreModule;
}

type NamedModule = readonly [name: string, module: WebAssembly.Module];

/** Memory sizes of one component that are kept compiled. */
const memorySizesMax = 8;

/** A component that workers may load. */
export class SharedComponent {
  readonly imports: readonly string[];
  readonly #glueText: string;
  readonly #spares: boolean;
  readonly #memory: MemoryModule;
  readonly #others: readonly NamedModule[];
  readonly #shared: SharedParts;
  readonly #bounded = new Map<number, PooledComponent | Promise<PooledComponent>>();

  private constructor(
    imports: readonly string[],
    { glue, spares }: { glue: Glue; spares: boolean },
    modules: { memory: MemoryModule; others: readonly NamedModule[] },
    shared: SharedParts,
  ) {
    this.imports = imports;
    this.#glueText = glue.text;
    this.#spares = spares;
    this.#memory = modules.memory;
    this.#others = modules.others;
    this.#shared = shared;
  }

  /** @throws {CodedError} `COMPONENT_INVALID` where it is no tool, or jco or V8 refuse it. */
  static async make(bytes: Uint8Array, shared: SharedParts): Promise<SharedComponent> {
    const parts = readComponent(bytes);
    const modules = readToolModules(parts.coreModules);
    const glue = await shared.glue.glueOf(parts);
    const compiled = await compileAll(modules, glue, shared.modules);
    const spares = !modules.some(({ hasStart }) => hasStart);
    return new SharedComponent(parts.imports, { glue, spares }, compiled, shared);
  }

  /** What a worker loads for calls with memory of this size; or why there can be none. */
  prepare(memoryBytesMax: number, pool: WorkerPool): PooledComponent | Promise<PooledComponent> | TurnOutcome {
    const { pagesMin } = this.#memory;
    if (pagesMin * pageBytes > memoryBytesMax) {
      const message = `Cannot make an instance: the component begins with ${pagesMin * pageBytes} bytes of memory, of ${memoryBytesMax} that it may have`;
      return { kind: 'ended', code: 'MEMORY_EXCEEDED', message, cause: 'memory' };
    }
    const known = this.#bounded.get(memoryBytesMax);
    if (known) return known;
    const memory = this.#memory;
    const made =
      memory.kind === 'detached' ? this.#detached(memory, memoryBytesMax) : this.#whole(memory, memoryBytesMax);
    this.#bounded.set(memoryBytesMax, made);
    this.#evict(pool);
    return made;
  }

  /** Calls that are open keep what they have. */
  unload(pool: WorkerPool): void {
    for (const component of this.#bounded.values()) if (!(component instanceof Promise)) pool.unload(component);
    this.#bounded.clear();
  }

  #detached(
    { name, pagesMin, pagesMax, compiled, message }: DetachedMemoryModule,
    memoryBytesMax: number,
  ): PooledComponent {
    const max = Math.min(pagesMax, Math.floor(memoryBytesMax / pageBytes));
    return this.#pooled([name, compiled], [name, pagesMin, max, message]);
  }

  #whole({ name, module }: WholeMemoryModule, memoryBytesMax: number): Promise<PooledComponent> {
    const { min, max } = memoryLimits(module, memoryBytesMax);
    const compiled = this.#shared.modules.compile(boundCoreModule(module, memoryBytesMax));
    const made = compiled.then((found) => this.#pooled([name, found], [name, min, max]));
    made.then(
      (component) => this.#bounded.set(memoryBytesMax, component),
      () => this.#bounded.delete(memoryBytesMax),
    );
    return made;
  }

  #pooled(main: NamedModule, memory: MemoryMessage): PooledComponent {
    const number = this.#shared.nextNumber();
    return { number, load: ['load', number, this.#glueText, [...this.#others, main], this.#spares, memory] };
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

/** Compiles what does not depend on the size of the memory, and lets V8 look at the rest. */
async function compileAll(
  modules: readonly CoreModule[],
  glue: Glue,
  cache: ModuleCache,
): Promise<{ memory: MemoryModule; others: readonly NamedModule[] }> {
  const others: NamedModule[] = [];
  let memory: MemoryModule | undefined;
  for (const [name, index] of glue.modules) {
    const module = modules[index];
    if (!module) throw componentInvalid('its glue is of another component');
    const { memoryPagesMin } = module;
    if (memoryPagesMin !== undefined) {
      memory = (await detached(name, module, cache)) ?? { kind: 'whole', name, pagesMin: memoryPagesMin, module };
    } else {
      // What a module without a memory becomes does not depend on the size of any.
      const compiled = await compileIfValid(boundCoreModule(module, 0), cache);
      if (!compiled) throw refused();
      others.push([name, compiled]);
    }
  }
  if (!memory) throw componentInvalid('its glue does not use the module that defines its memory');
  const used = new Set(glue.modules.map(([, index]) => index));
  for (const [index, module] of modules.entries()) {
    const looked = used.has(index) && !(memory.kind === 'whole' && memory.module === module);
    if (!looked && !WebAssembly.validate(module.bytes as Uint8Array<ArrayBuffer>)) throw refused();
  }
  return { memory, others };
}

async function detached(name: string, module: CoreModule, cache: ModuleCache): Promise<MemoryModule | undefined> {
  const found = detach(module);
  const compiled = found && (await compileIfValid(found.code, cache));
  if (!compiled) return undefined;
  const { min, max } = memoryLimits(module, Infinity);
  return { kind: 'detached', name, pagesMin: min, pagesMax: max, compiled, message: [found.image, found.imports] };
}

/** `undefined` where V8 refuses the module. */
async function compileIfValid(
  bytes: Uint8Array<ArrayBuffer>,
  cache: ModuleCache,
): Promise<WebAssembly.Module | undefined> {
  try {
    return await cache.compile(bytes);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

function refused(): CodedError {
  return componentInvalid('V8 refuses a core module of it');
}
