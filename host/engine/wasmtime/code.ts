/**
 * From components to code that runs: looked up in the store of compiled code, or compiled by the child and kept there. A component of the guest
 * engine is loaded beside the engine, which is compiled once; one that is called often is compiled whole in the background and then replaces itself.
 */
import { loadTemplate, sharedEngine, split, templateHashes } from '#guest-engine';
import type { ComponentReference } from '#wit/interfaces';
import { closed, componentInvalid } from '../../errors.ts';
import { hostFunctions } from '../host-functions.ts';
import { readComponent } from '../component-binary.ts';
import { readToolModules } from '../core-module.ts';
import { type ArtifactPlace, processArtifacts } from './artifact-place.ts';
import { type Artifact, type ArtifactEvent, ArtifactStore } from './artifact-store.ts';
import { type CompileRequest, NativeCompiler } from './compiler.ts';
import { noAllocation } from './errors.ts';
import { type NativeEngine, compilerFile, engineLibrary } from './native.ts';
import { type Allocation, type ProfileName, allocationsOf, perInstance } from './profiles.ts';

/** Where code comes from and how it runs. */
export interface CodeOptions {
  /** `server` where absent. */
  readonly profile?: ProfileName;
  /** Where compiled code is kept between processes; a directory of this process where absent. */
  readonly artifacts?: ArtifactPlace | undefined;
  /** Where wrappers are kept between processes. */
  readonly cacheDirectory?: string | undefined;
  /** Whether instructions are counted, for `EngineLimits.fuelMax`. Costs a fifth of a guest's speed. */
  readonly fuel?: boolean;
  /** Calls after which a tool is compiled whole; never where 0. */
  readonly hotCalls?: number;
  readonly onEvent?: (event: ArtifactEvent) => void;
}

/** After so many calls a tool is worth a second of the compiler and 4 MiB of code: it will be called as often again. */
const hotCallsDefault = 1_000;

/** The system's words for a process that has no more mappings or memory: nothing is wrong with the code. */
const noRoom = /os error 12\b|annot allocate memory/;

/** Code of one component, for one holder. */
export interface LoadedCode extends Disposable {
  readonly imports: readonly string[];
  /** How many instances' room it takes in the pool. */
  readonly weight: number;
  /** The number of the code for a call that begins now. */
  take(): number;
  /** Keeps the code for a call that is open, also where its component is closed, until the call lets go of it. */
  hold(): void;
  letGo(): void;
}

/** What the native side has of a component. */
interface Tool {
  number: number;
  readonly imports: readonly string[];
  readonly weight: number;
  /** Of the guest engine, and beside the shared one. */
  readonly shared: boolean;
}

interface Entry {
  readonly tool: Promise<Tool>;
  holders: number;
  calls: number;
}

/** A native engine with its allocation and the code for it. */
interface Running {
  readonly native: NativeEngine;
  readonly allocation: Allocation;
  readonly store: ArtifactStore;
  readonly engines: Map<string, Promise<number>>;
}

/** See above. The owner disposes of it. */
export class NativeCode implements AsyncDisposable {
  readonly #options: CodeOptions;
  readonly #numbers: Float64Array;
  readonly #finished: () => void;
  readonly #hotCalls: number;
  readonly #compiler = new NativeCompiler({ library: compilerFile });
  readonly #entries = new Map<string, Entry>();
  readonly #background = new Set<Promise<void>>();
  #running: Running | undefined;
  #starting: Promise<unknown> | undefined;
  #closed = false;

  constructor(options: CodeOptions, numbers: Float64Array, finished: () => void) {
    this.#options = options;
    this.#numbers = numbers;
    this.#finished = finished;
    this.#hotCalls = options.hotCalls ?? hotCallsDefault;
    engineLibrary();
  }

  get native(): NativeEngine | undefined {
    return this.#running?.native;
  }

  get allocation(): string | undefined {
    return this.#running?.allocation.name;
  }

  get workers(): number {
    return this.#running?.allocation.settings.workers ?? 0;
  }

  get fuel(): boolean {
    return this.#options.fuel === true;
  }

  /** Waits until nothing is compiled in the background. */
  async settled(): Promise<void> {
    await Promise.all(this.#background);
  }

  /** @throws {CodedError} `COMPONENT_INVALID`; `UNAVAILABLE` where this machine cannot run or compile it. */
  async load(reference: ComponentReference): Promise<LoadedCode> {
    let entry = this.#entries.get(reference.key);
    if (!entry) {
      entry = { tool: this.#first(reference), holders: 0, calls: 0 };
      this.#entries.set(reference.key, entry);
    }
    const held = entry;
    held.holders += 1;
    const release = (): void => this.#release(reference.key, held);
    try {
      const tool = await held.tool;
      return {
        imports: tool.imports,
        weight: tool.weight,
        take: () => {
          this.#count(reference, held);
          return tool.number;
        },
        hold: () => void (held.holders += 1),
        letGo: release,
        [Symbol.dispose]: once(release),
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#compiler[Symbol.asyncDispose]();
    await Promise.allSettled([...this.#background, ...Array.from(this.#entries.values(), ({ tool }) => tool)]);
    this.#running?.native.close();
    this.#running = undefined;
  }

  /** The first component also finds out which allocation works here; the others wait for it. */
  async #first(reference: ComponentReference): Promise<Tool> {
    while (!this.#running && this.#starting) await this.#starting.catch(() => undefined);
    if (this.#running) return this.#make(this.#running, reference);
    const started = this.#start(reference);
    this.#starting = started;
    try {
      return await started;
    } finally {
      this.#starting = undefined;
    }
  }

  async #start(reference: ComponentReference): Promise<Tool> {
    const { profile = 'server', fuel = false } = this.#options;
    const failures: string[] = [];
    for (const allocation of allocationsOf(profile, fuel)) {
      let native: NativeEngine;
      try {
        native = new (engineLibrary().Engine)(allocation.settings, hostFunctions, this.#numbers, this.#finished);
      } catch (error) {
        failures.push(`${allocation.name}: ${reasonOf(error)}`);
        continue;
      }
      try {
        const running: Running = { native, allocation, store: this.#storeFor(allocation), engines: new Map() };
        const tool = await this.#make(running, reference);
        const failure = probe(native, tool);
        if (failure === undefined) {
          if (this.#closed) throw closed('engine');
          this.#running = running;
          return tool;
        }
        failures.push(`${allocation.name}: ${failure}`);
      } catch (error) {
        native.close();
        throw error;
      }
      native.close();
    }
    throw noAllocation(failures);
  }

  #storeFor({ settings: { code } }: Allocation): ArtifactStore {
    const { describe, authenticate } = engineLibrary();
    const { onEvent } = this.#options;
    return new ArtifactStore({
      ...(this.#options.artifacts ?? processArtifacts()),
      identity: { ...describe(), settings: code },
      authenticate,
      ...(onEvent && { onEvent }),
    });
  }

  async #make(running: Running, reference: ComponentReference): Promise<Tool> {
    const kept = await this.#kept(running, reference.key);
    if (kept) return kept;
    const bytes = await reference.bytes();
    const { imports, coreModules } = readComponent(bytes);
    const template = await loadTemplate();
    const parts = await split(bytes, { template, cacheDirectory: this.#options.cacheDirectory });
    if (!parts) return this.#foreign(running, { key: reference.key, bytes, imports, coreModules });
    const { engineHash } = parts;
    const module = await this.#engine(running, engineHash);
    const artifact: Artifact = { kind: 'tool', contentHash: reference.key, engineHash };
    const number = await this.#ensure(running, artifact, { kind: 'component', bytes: parts.tool }, (path) =>
      running.native.load(path, module, false),
    );
    return { number, imports, weight: 1, shared: true };
  }

  /** What was compiled before, found by the key of its component alone: the component itself need not be there. */
  async #kept(running: Running, key: string): Promise<Tool | undefined> {
    const { sharedEngine: engineHash } = templateHashes();
    const { native, store } = running;
    // For one call four more megabytes are not worth their authentication.
    const whole =
      this.#options.profile === 'command'
        ? undefined
        : await open(store, { kind: 'whole', contentHash: key, engineHash }, (path) =>
            native.load(path, undefined, false),
          );
    if (whole !== undefined) return { number: whole, imports: native.importsOf(whole), weight: 1, shared: false };
    const artifact: Artifact = { kind: 'tool', contentHash: key, engineHash };
    using tool = await store.find(artifact);
    if (!tool) return undefined;
    const module = await this.#engine(running, engineHash);
    const number = await loadFound(store, artifact, () => native.load(tool.path, module, false));
    return number === undefined ? undefined : { number, imports: native.importsOf(number), weight: 1, shared: true };
  }

  /** The shared engine; compiled where it is not kept. */
  #engine(running: Running, engineHash: string): Promise<number> {
    let module = running.engines.get(engineHash);
    if (!module) {
      const artifact: Artifact = { kind: 'engine', contentHash: engineHash };
      module = open(running.store, artifact, (path) => running.native.loadModule(path)).then(async (number) => {
        if (number !== undefined) return number;
        const { bytes } = sharedEngine(await loadTemplate());
        return this.#ensure(running, artifact, { kind: 'module', bytes }, (path) => running.native.loadModule(path));
      });
      running.engines.set(engineHash, module);
      module.catch(() => running.engines.delete(engineHash));
    }
    return module;
  }

  /** A component of another guest: compiled whole, and trusted with nothing. */
  async #foreign(
    running: Running,
    {
      key,
      bytes,
      imports,
      coreModules,
    }: { key: string; bytes: Uint8Array; imports: readonly string[]; coreModules: readonly Uint8Array[] },
  ): Promise<Tool> {
    const modules = readToolModules(coreModules);
    const hasStart = modules.some((module) => module.hasStart);
    const input = { kind: 'component', bytes } as const;
    const number = await this.#ensure(running, { kind: 'whole', contentHash: key }, input, (path) =>
      running.native.load(path, undefined, hasStart),
    );
    const weight = Math.max(1, Math.ceil(modules.length / perInstance.coreInstances));
    return { number, imports, weight, shared: false };
  }

  /** Loads an artifact, compiled first where it is not kept. */
  async #ensure(
    { store, allocation }: Running,
    artifact: Artifact,
    input: Pick<CompileRequest, 'kind' | 'bytes' | 'whole' | 'background'>,
    load: (path: string) => number,
  ): Promise<number> {
    const kept = await open(store, artifact, load);
    if (kept !== undefined) return kept;
    const code = await this.#compiler.compile({ ...input, settings: allocation.settings.code });
    using added = await store.add(artifact, code);
    if (!added) throw noAllocation(['compiled code can be written nowhere']);
    const loaded = tryLoad(() => load(added.path));
    if (typeof loaded === 'number') return loaded;
    // Code from where the system maps none, as a disk without the right to execute, is mapped from elsewhere.
    using copy = await store.copy(code);
    const copied = copy ? tryLoad(() => load(copy.path)) : loaded;
    if (typeof copied === 'number') return copied;
    if (noRoom.test(copied.reason)) throw noAllocation([copied.reason]);
    await store.discard(artifact, copied.reason);
    throw componentInvalid(copied.reason);
  }

  #count(reference: ComponentReference, entry: Entry): void {
    entry.calls += 1;
    if (entry.calls !== this.#hotCalls) return;
    const promoted = this.#promote(reference, entry)
      // The shared form goes on serving.
      .catch((error: unknown) => this.#options.onEvent?.({ kind: 'not-kept', reason: reasonOf(error) }))
      .finally(() => this.#background.delete(promoted));
    this.#background.add(promoted);
  }

  async #promote(reference: ComponentReference, entry: Entry): Promise<void> {
    const running = this.#running;
    const tool = await entry.tool;
    if (!running || !tool.shared || this.#closed) return;
    const bytes = await reference.bytes();
    const { sharedEngine: engineHash } = templateHashes();
    const artifact: Artifact = { kind: 'whole', contentHash: reference.key, engineHash };
    const input = { kind: 'component', bytes, whole: true, background: true } as const;
    const number = await this.#ensure(running, artifact, input, (path) => running.native.load(path, undefined, false));
    if (entry.holders === 0 || this.#closed) return running.native.unload(number);
    running.native.unload(tool.number);
    tool.number = number;
  }

  #release(key: string, entry: Entry): void {
    entry.holders -= 1;
    if (entry.holders > 0) return;
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    entry.tool.then(
      ({ number }) => this.#running?.native.unload(number),
      () => undefined,
    );
  }
}

function once(act: () => void): () => void {
  let acted = false;
  return () => {
    if (!acted) act();
    acted = true;
  };
}

/** Loads what is kept; what is authentic and does not load all the same is removed. */
async function open(
  store: ArtifactStore,
  artifact: Artifact,
  load: (path: string) => number,
): Promise<number | undefined> {
  using found = await store.find(artifact);
  if (!found) return undefined;
  return loadFound(store, artifact, () => load(found.path));
}

async function loadFound(store: ArtifactStore, artifact: Artifact, load: () => number): Promise<number | undefined> {
  const number = tryLoad(load);
  if (typeof number === 'number') return number;
  if (noRoom.test(number.reason)) throw noAllocation([number.reason]);
  await store.discard(artifact, number.reason);
  return undefined;
}

function tryLoad(load: () => number): number | { readonly reason: string } {
  try {
    return load();
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

/** Why an instance cannot be made here; a component of another guest may run code then, and is not tried. */
function probe(native: NativeEngine, { number, shared }: Tool): string | undefined {
  try {
    if (shared) native.probe(number);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
