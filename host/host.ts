/** A host for whoever has a bundle and wants to call its tools: engine, operations, components, all with their defaults. */
import { randomBytes } from 'node:crypto';
import { importsOf, loadTemplate, rebuild, templateHashes } from '#guest-engine';
import type { Bundle } from '#wit/bundle';
import type { CallOutcome, Engine, LoadedComponent, Operations, ToolCall, ToolRunner } from '#wit/interfaces';
import type { ManifestTool } from '#wit/manifest';
import { type Clock, systemClock } from './clock.ts';
import { type EngineChoice, createEngine } from './engine/create-engine.ts';
import type { ArtifactPlace } from './engine/wasmtime/artifact-place.ts';
import type { ProfileName } from './engine/wasmtime/profiles.ts';
import { closed, containerNeeded, schemaInvalid, toolNotFound } from './errors.ts';
import type { KeyValueStore } from './imports/kv.ts';
import type { NestedCalls } from './imports/tools.ts';
import { type OperationLocks, type OperationRecord, createOperations } from './operations/operations.ts';
import type { RunLimits } from './runner/call-run.ts';
import type { ToolComponent } from './runner/tool-program.ts';
import { createToolRunner } from './runner/tool-runner.ts';

/** Settings of a host. */
export interface HostOptions {
  /** The name of one that the host makes and owns, `auto` where absent; or an engine, whose owner disposes of it. */
  readonly engine?: Engine | EngineChoice;
  /** How many calls an engine of the host's own is made for: `server` where absent. */
  readonly profile?: ProfileName;
  /** Where glue and wrappers are kept between processes. */
  readonly cacheDirectory?: string;
  /** Where compiled code is kept between processes. */
  readonly artifacts?: ArtifactPlace;
  /** Whether what the first call waits for starts at once; default: with the first tool. */
  readonly warm?: boolean;
  /** In memory where absent. */
  readonly kv?: KeyValueStore;
  readonly clock?: Clock;
  /** 32 random bytes a call. */
  readonly random?: () => Uint8Array;
  readonly audit?: (record: OperationRecord) => void;
  readonly limits?: Partial<RunLimits>;
  /** Runs the calls that tools make; without it they are unavailable. */
  readonly nested?: NestedCalls;
  /** Keeps operations apart that would disturb each other. */
  readonly locks?: OperationLocks;
}

/** What is loaded of a bundle. */
export interface LoadOptions {
  /** Only these tools; all where absent. */
  readonly tools?: readonly string[];
  /** Components that are there already, by tool; the others are taken from the bundle or rebuilt. */
  readonly components?: ReadonlyMap<string, Uint8Array>;
  /** Tools that another engine has loaded, as a container's; the runner's once it is there. */
  readonly loaded?: ReadonlyMap<string, LoadedComponent>;
  /** What runs the operations of its calls; the host's own where absent. */
  readonly operations?: Operations;
  /** Rebuilds a component of this release's template, where the engine has not compiled it before; the host does it where absent. */
  readonly rebuild?: (tool: ManifestTool) => Promise<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** A host. Leaving the scope ends the calls that run. */
export interface Host extends AsyncDisposable {
  /** What runs the components. */
  readonly engine: Engine['name'];
  /** What runs the operations of all calls, for those that reach the host beside their turns. */
  readonly operations: Operations;
  /**
   * Loads tools of a bundle whose hashes have been verified; the caller disposes of the runner.
   * @throws {CodedError} `NOT_FOUND`, `COMPONENT_…`, `BUILD_FAILED`, `BUNDLE_MANIFEST_INVALID`, `CANCELLED`; `UNAVAILABLE` where the host is closed, also meanwhile.
   */
  load(bundle: Pick<Bundle, 'manifest' | 'files'>, options?: LoadOptions): Promise<ToolRunner>;
}

/** Creates a host. */
export function createHost(options: HostOptions = {}): Host {
  return new ToolHost(options);
}

class ToolHost implements Host {
  readonly #options: HostOptions;
  readonly #engine: Engine;
  readonly #ownsEngine: boolean;
  readonly #operations: Operations;
  readonly #clock: Clock;
  readonly #runners = new Set<ToolRunner>();
  #closed = false;

  constructor(options: HostOptions) {
    const {
      engine = 'auto',
      cacheDirectory,
      artifacts,
      profile,
      warm = false,
      kv,
      clock = systemClock,
      audit,
      nested,
      locks,
    } = options;
    this.#options = options;
    this.#clock = clock;
    this.#ownsEngine = typeof engine === 'string';
    this.#engine =
      typeof engine === 'string' ? createEngine({ choice: engine, cacheDirectory, artifacts, profile, warm }) : engine;
    this.#operations = createOperations({
      clock,
      ...(kv && { kv }),
      ...(audit && { audit }),
      ...(nested && { nested }),
      ...(locks && { locks }),
    });
  }

  get engine(): Engine['name'] {
    return this.#engine.name;
  }

  get operations(): Operations {
    return this.#operations;
  }

  async load(
    bundle: Pick<Bundle, 'manifest' | 'files'>,
    { tools, components, loaded, operations = this.#operations, rebuild: rebuilt, signal }: LoadOptions = {},
  ): Promise<ToolRunner> {
    if (this.#closed) throw closed('host');
    const { manifest, files } = bundle;
    const known = manifest.tools.map(({ name }) => name);
    const missing = tools?.find((name) => !known.includes(name));
    if (missing !== undefined) throw toolNotFound(missing, known);
    const wanted = manifest.tools.filter(({ name }) => tools?.includes(name) ?? true);
    const beyond = wanted.find(({ engine, name }) => engine === 'bun' && !loaded?.has(name));
    if (beyond !== undefined) throw containerNeeded(beyond.name);
    const ready: ToolComponent[] = [];
    for (const tool of wanted) {
      const other = loaded?.get(tool.name);
      if (other) {
        ready.push({ tool: tool.name, component: { loaded: other } });
        continue;
      }
      const given = components?.get(tool.name) ?? embedded(bundle, tool);
      if (given) ready.push({ tool: tool.name, component: given });
      else ready.push(await this.#rebuilt(bundle, tool, { rebuild: rebuilt, signal }));
    }
    const { random = seedOfMachine, limits } = this.#options;
    const setting = {
      manifest,
      files,
      components: ready,
      engine: this.#engine,
      operations,
      clock: this.#clock,
      random,
    };
    if (this.#closed) throw closed('host');
    const made = await createToolRunner({ ...setting, ...(limits && { limits }) });
    const runner = new HeldRunner(made, (held) => this.#runners.delete(held));
    if (this.#closed) {
      await runner[Symbol.asyncDispose]();
      throw closed('host');
    }
    this.#runners.add(runner);
    return runner;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#runners, (runner) => runner[Symbol.asyncDispose]()));
    this.#runners.clear();
    if (this.#ownsEngine) await this.#engine[Symbol.asyncDispose]();
  }

  /** Rebuilt when the engine asks for it; at once where the manifest cannot tell what will come of it. */
  async #rebuilt(
    bundle: Pick<Bundle, 'manifest' | 'files'>,
    tool: ManifestTool,
    {
      rebuild: given,
      signal,
    }: { readonly rebuild: LoadOptions['rebuild'] | undefined; readonly signal: AbortSignal | undefined },
  ): Promise<ToolComponent> {
    const { template } = templateHashes();
    const own = (): Promise<Uint8Array> => this.#rebuild(bundle, tool, signal);
    if (template !== bundle.manifest.template)
      return { tool: tool.name, component: await own(), otherTemplate: template };
    return { tool: tool.name, component: given ? () => given(tool) : own };
  }

  async #rebuild(
    { files }: Pick<Bundle, 'files'>,
    tool: ManifestTool,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const source = files.get(tool.source.path);
    if (!source) throw schemaInvalid(tool.name, `the bundle has no file "${tool.source.path}"`);
    const { component } = await rebuild({
      template: await loadTemplate(),
      source: new TextDecoder().decode(source),
      name: tool.name,
      imports: importsOf(tool.tokens),
      memoryBytesMax: tool.memoryBytes,
      cacheDirectory: this.#options.cacheDirectory,
      signal,
    });
    return component;
  }
}

/** A runner that its host forgets once its owner has disposed of it. */
class HeldRunner implements ToolRunner {
  readonly #runner: ToolRunner;
  readonly #forget: (held: HeldRunner) => void;

  constructor(runner: ToolRunner, forget: (held: HeldRunner) => void) {
    this.#runner = runner;
    this.#forget = forget;
  }

  run(call: ToolCall, signal?: AbortSignal): Promise<CallOutcome> {
    return this.#runner.run(call, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner[Symbol.asyncDispose]();
    this.#forget(this);
  }
}

function embedded({ files }: Pick<Bundle, 'files'>, { component }: ManifestTool): Uint8Array | undefined {
  return component?.path === undefined ? undefined : files.get(component.path);
}

/** Bytes that are drawn at once: the system call costs as much for one seed as for a hundred. */
const drawnBytes = 4096;
const seedBytes = 32;
let drawn = new Uint8Array(0);
let taken = 0;

/** Each byte is given once; what was given is no longer here. */
function seedOfMachine(): Uint8Array {
  if (taken + seedBytes > drawn.length) {
    drawn = new Uint8Array(randomBytes(drawnBytes));
    taken = 0;
  }
  const seed = drawn.slice(taken, taken + seedBytes);
  drawn.fill(0, taken, taken + seedBytes);
  taken += seedBytes;
  return seed;
}
