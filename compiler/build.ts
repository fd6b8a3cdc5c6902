/**
 * From a project's directory to its bundle: read, bundle, rebuild each tool, assemble. What comes out is a function of the source
 * and of the template alone: no time, no path, no randomness, whatever the cache holds.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { type Rebuilt, type Template, importsOf, loadTemplate, prepareRebuild } from '#guest-engine';
import { hashBytes } from '#wit/bundle';
import { CodedError } from '#wit/errors';
import { toolDefaults } from '#wit/manifest';
import { type Diagnostic, compareText, hasErrors, sortDiagnostics } from './check/diagnostic.ts';
import { type BundledTool, startBundler, stopBundler } from './emit/bundle-source.ts';
import { bundleTools } from './emit/bundle-tools.ts';
import { entryPattern } from './emit/tool-entry.ts';
import { compilerClosed } from './errors.ts';
import { type AssembledBundle, type PackedTool, assembleBundle } from './pack/assemble-bundle.ts';
import { type ComponentFacts, cachedComponent, keptFacts, pruneComponents } from './pack/component-cache.ts';
import { buildCancelled, bundleUnwritable } from './pack/errors.ts';
import { movedToBun, packed, withoutGuestOnly } from './pack/pack-tool.ts';
import { topLevelFailure } from './pack/top-level-failure.ts';
import { topLevelReadings } from './pack/top-level-readings.ts';
import { writeAtomically } from './pack/write-atomically.ts';
import type { BuildTarget } from './read/build-target.ts';
import { keepTypeScript, keepTypeScriptIn } from './read/load-typescript.ts';
import { packagesName } from './packages/packages-name.ts';
import type { ProjectReader, ReadProject, ReadTool } from './read/project.ts';
import { refreshEditorTypes } from './scaffold/editor-types.ts';

/** What a build is at. */
export type BuildStep =
  | { readonly kind: 'read' | 'bundle' | 'pack' | 'write' }
  | {
      readonly kind: 'rebuild';
      readonly tool: string;
      /** From 1. */ readonly position: number;
      readonly count: number;
    };

/** What a caller has in hand while a build runs. */
export interface BuildControl {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: BuildStep) => void) | undefined;
}

/** A bundle as it was built; nothing has been written. */
export interface BuiltBundle extends AssembledBundle {
  /** Absolute path of the project's directory. */
  readonly directory: string;
  /** What the template makes of each tool, by name; empty where the builder was asked for hashes only. */
  readonly components: ReadonlyMap<string, Rebuilt>;
  /** Absolute paths of the files that went into it, or would if they were there: what to watch. */
  readonly inputs: readonly string[];
  /** Names of the tools that the builder's last build did not have, or made of something else. */
  readonly rebuilt: readonly string[];
}

/** What is known of a source once it has been read and bundled. */
export interface CheckOutcome {
  readonly project: ReadProject;
  /** Errors and warnings of both, in the order of the source. */
  readonly diagnostics: readonly Diagnostic[];
  /** By name, the text of each tool; empty where one cannot be bundled. */
  readonly bundled: ReadonlyMap<string, BundledTool>;
  /** Absolute paths of the files that decide it, or would if they were there: what to watch. */
  readonly inputs: readonly string[];
}

/** What a build came to: a bundle, or what is wrong with the source. */
export type BuildOutcome =
  | {
      readonly kind: 'built';
      readonly bundle: BuiltBundle;
      /** Warnings only. */ readonly diagnostics: readonly Diagnostic[];
      readonly project: ReadProject;
    }
  | ({ readonly kind: 'refused' } & Pick<CheckOutcome, 'diagnostics' | 'project' | 'inputs'>);

/** What a builder works on. */
export interface BuilderSetup {
  /** A project's directory, or one TypeScript file. */
  readonly directory: string;
  /** Where components are kept between builds; made when needed. */
  readonly cacheDirectory: string;
  /** Where `arc install` keeps dependencies. Default: `registry-cache` beside the cache, as in `$ARIA_HOME`. */
  readonly packagesDirectory?: string;
  /** Where the tools are to run; what aria.toml says where absent, or `auto`. */
  readonly target?: BuildTarget | undefined;
  /** `hashes` where nobody needs the components themselves: then those of a hundred tools are never in memory together. Default: `bytes`. */
  readonly components?: 'bytes' | 'hashes';
}

/** Builds one project again and again; types that did not change are not read again. Builds run one after the other. */
export interface Builder extends AsyncDisposable {
  /** @throws {CodedError} `NOT_FOUND`, `BUNDLE_TOO_LARGE`, `CANCELLED`; never for what is wrong with the source. */
  build(control?: BuildControl): Promise<BuildOutcome>;
  /**
   * Finds everything that is wrong with the source, short of loading it: no component is made.
   * @throws {CodedError} `NOT_FOUND`, `CANCELLED`; never for what is wrong with the source.
   */
  check(control?: BuildControl): Promise<CheckOutcome>;
}

/** Opens a builder. It owns the bundler's process until it is disposed of. */
export function createBuilder(setup: BuilderSetup): Builder {
  return new ProjectBuilder(setup);
}

class ProjectBuilder implements Builder {
  readonly #setup: BuilderSetup;
  #reader: ProjectReader | undefined;
  /** The components of the last build, by tool. */
  #made: ReadonlyMap<string, MadeComponent> = new Map();
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(setup: BuilderSetup) {
    this.#setup = setup;
  }

  build(control: BuildControl = {}): Promise<BuildOutcome> {
    return this.#queue(() => this.#build(control));
  }

  check(control: BuildControl = {}): Promise<CheckOutcome> {
    return this.#queue(async () => {
      const outcome = await this.#check(control);
      await keepTypeScript();
      return outcome;
    });
  }

  #queue<Outcome>(work: () => Promise<Outcome>): Promise<Outcome> {
    if (this.#closed) return Promise.reject(compilerClosed());
    const outcome = this.#last.then(work);
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  async #build({ signal, onStep }: BuildControl): Promise<BuildOutcome> {
    // What a build needs beside TypeScript, whose loading holds this thread, starts before it.
    if (this.#reader === undefined) prepareRebuild(toolDefaults.memoryBytes);
    const { project, bundled, inputs, ...checked } = await this.#check({ signal, onStep });
    if (hasErrors(checked.diagnostics)) return { kind: 'refused', diagnostics: checked.diagnostics, project, inputs };

    const template = await loadTemplate();
    const { tools, components, findings, rebuilt } = await this.#rebuildTools(
      { project, bundled, template },
      { signal, onStep },
    );
    const diagnostics = sortDiagnostics([...checked.diagnostics, ...findings]);
    if (hasErrors(diagnostics)) return { kind: 'refused', diagnostics, project, inputs };

    await step({ signal, onStep }, { kind: 'pack' });
    const assembled = assembleBundle(project, tools, template.hash);
    await Promise.all([
      ...(rebuilt.length === 0 ? [] : [pruneComponents(this.#setup.cacheDirectory)]),
      keepTypeScript(),
    ]);
    const bundle = { ...assembled, directory: project.directory, components, inputs, rebuilt };
    return { kind: 'built', bundle, diagnostics, project };
  }

  /** Where reading finds errors the bundler is asked all the same, so that one run says everything. */
  async #check({ signal, onStep }: BuildControl): Promise<CheckOutcome> {
    await step({ signal, onStep }, { kind: 'read' });
    const reader = (this.#reader ??= await this.#openReader());
    const project = reader.read();
    await step({ signal, onStep }, { kind: 'bundle' });
    const { tools, diagnostics } = await bundleTools(withoutNameless(project));
    return {
      project,
      diagnostics: sortDiagnostics([
        ...withoutGuestOnly(project.diagnostics, tools),
        ...furtherFindings(diagnostics, project),
      ]),
      bundled: tools,
      inputs: inputsOf(project, tools),
    };
  }

  async #openReader(): Promise<ProjectReader> {
    startBundler();
    keepTypeScriptIn(this.#setup.cacheDirectory);
    await refreshEditorTypes(resolve(this.#setup.directory));
    const { openProject } = await import('./read/open-project.ts');
    const { cacheDirectory, target, packagesDirectory = join(dirname(cacheDirectory), packagesName) } = this.#setup;
    return openProject(resolve(this.#setup.directory), { packagesDirectory, target });
  }

  /** One after the other: most of it is work of this thread, and two at a time took as long. */
  async #rebuildTools({ project, bundled, template }: RebuildJob, control: BuildControl): Promise<RebuiltTools> {
    const result: RebuiltTools = { tools: [], findings: [], components: new Map(), rebuilt: [] };
    const made = new Map<string, MadeComponent>();
    for (const [index, tool] of project.tools.entries()) {
      const bundle = bundled.get(tool.name);
      if (bundle === undefined) continue;
      if (bundle.engine === 'bun') {
        const recipe = hashBytes(Buffer.from(bundle.source));
        if (this.#made.get(tool.name)?.recipe !== recipe) result.rebuilt.push(tool.name);
        made.set(tool.name, { recipe, hash: '', size: 0, readings: [] });
        result.tools.push(packed({ tool, bundle, project }));
        continue;
      }
      await step(control, { kind: 'rebuild', tool: tool.name, position: index + 1, count: project.tools.length });
      const recipe = recipeOf(tool, bundle, template);
      const last = this.#made.get(tool.name);
      const kept = last?.recipe === recipe ? last : undefined;
      if (kept === undefined) result.rebuilt.push(tool.name);
      const component =
        kept !== undefined && this.#setup.components === 'hashes'
          ? kept
          : await this.#rebuildTool(tool, bundle, { template, signal: control.signal });
      if ('failure' in component) {
        const moved = await movedToBun(tool, component.failure, project);
        if (moved === undefined) result.findings.push(component.failure);
        else result.tools.push(packed({ tool, bundle: moved, project }));
        continue;
      }
      const { hash, readings } = component;
      result.findings.push(...topLevelReadings(readings, tool, bundle.sourceMap));
      if ('component' in component && this.#setup.components !== 'hashes') result.components.set(tool.name, component);
      const size = 'component' in component ? component.component.length : component.size;
      made.set(tool.name, { recipe, hash, size, readings });
      result.tools.push({ ...packed({ tool, bundle, project }), component: { hash, size } });
    }
    this.#made = made;
    return result;
  }

  /** What the top level of a tool throws is a fault of the source; anything else is thrown on. */
  async #rebuildTool(
    tool: ReadTool,
    { source, sourceMap }: BundledTool,
    { template, signal }: { template: Template; signal: AbortSignal | undefined },
  ): Promise<Rebuilt | ComponentFacts | { readonly failure: Diagnostic }> {
    const wanted = {
      template,
      name: tool.name,
      source,
      imports: importsOf(tool.tokens),
      memoryBytesMax: tool.memoryBytes,
    };
    const { cacheDirectory } = this.#setup;
    try {
      const kept = this.#setup.components === 'hashes' ? await keptFacts(wanted, cacheDirectory) : undefined;
      return kept ?? (await cachedComponent(wanted, { cacheDirectory, signal }));
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'BUILD_FAILED') throw error;
      return { failure: topLevelFailure(error, tool, sourceMap) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#last;
    await stopBundler();
  }
}

/** A tool without a name is said to be wrong already, and has no bundle to be named after it. */
function withoutNameless(project: ReadProject): ReadProject {
  return { ...project, tools: project.tools.filter(({ name }) => name !== '') };
}

/** What the bundler adds to what reading has found: not the same once more, and not what only follows from it. */
function furtherFindings(found: readonly Diagnostic[], { diagnostics }: ReadProject): readonly Diagnostic[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return found;
  const files = new Set(errors.map(({ file }) => file));
  const lines = new Set(errors.map(({ file, line }) => `${file}:${line}`));
  return found.filter(
    ({ code, file, line }) =>
      !lines.has(`${file}:${line}`) && !entryPattern.test(file) && !(code === 'SOURCE_INVALID' && files.has(file)),
  );
}

function inputsOf(
  { files, typeFiles, configuration }: ReadProject,
  bundled: ReadonlyMap<string, BundledTool>,
): readonly string[] {
  const texts = [...bundled.values()].flatMap((tool) => tool.files);
  return [...new Set([...files, ...typeFiles, ...configuration, ...texts])].toSorted(compareText);
}

/** What a component of an earlier build was made of, and what came of it. */
interface MadeComponent extends ComponentFacts {
  /** BLAKE3 of everything that a component depends on. */
  readonly recipe: string;
}

function recipeOf(tool: ReadTool, { source }: BundledTool, template: Template): string {
  return hashBytes(Buffer.from(JSON.stringify([template.hash, importsOf(tool.tokens), tool.memoryBytes, source])));
}

interface RebuildJob {
  readonly project: ReadProject;
  readonly bundled: ReadonlyMap<string, BundledTool>;
  readonly template: Template;
}

interface RebuiltTools {
  readonly tools: PackedTool[];
  readonly components: Map<string, Rebuilt>;
  readonly findings: Diagnostic[];
  readonly rebuilt: string[];
}

/** Says what comes next, and lets an interrupt in: reading and packing hold the thread. */
async function step({ signal, onStep }: BuildControl, next: BuildStep): Promise<void> {
  onStep?.(next);
  await breathe();
  if (signal?.aborted) throw buildCancelled();
}

/** A build that writes its bundle. */
export interface ProjectBuild extends BuilderSetup, BuildControl {
  /** Path of a file (`*.aria`) or of a directory; `dist` of the project where absent. Directories are made. */
  readonly out?: string | undefined;
}

/** What was written, and where. */
export type ProjectBuildOutcome =
  | (Extract<BuildOutcome, { kind: 'built' }> & { /** Absolute path of the bundle. */ readonly path: string })
  | Extract<BuildOutcome, { kind: 'refused' }>;

/**
 * Builds a project once and writes its bundle whole or not at all.
 * @throws {CodedError} as `Builder.build`; `USAGE` where the bundle cannot be written.
 */
export async function buildProject({ out, ...build }: ProjectBuild): Promise<ProjectBuildOutcome> {
  await using builder = createBuilder({ ...build, components: 'hashes' });
  const outcome = await builder.build(build);
  if (outcome.kind === 'refused') return outcome;
  const path = bundlePath(outcome.bundle, out);
  await step(build, { kind: 'write' });
  await writeBundleFile(path, outcome.bundle, build.signal);
  return { ...outcome, path };
}

/**
 * Writes a bundle whole or not at all.
 * @throws {CodedError} `CANCELLED`; `USAGE` where it cannot be written.
 */
export async function writeBundleFile(
  path: string,
  { archive }: Pick<BuiltBundle, 'archive'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await writeAtomically({ path, bytes: archive, durable: true, signal });
  } catch (error) {
    throw error instanceof CodedError ? error : bundleUnwritable(path, error);
  }
}

/** Whether a file is there and holds exactly this bundle. */
export async function holdsBundle(path: string, { archive }: Pick<BuiltBundle, 'archive'>): Promise<boolean> {
  const found = await readFile(path).catch(() => undefined);
  return found?.equals(archive) ?? false;
}

/** Where a bundle is written: `out` as in `ProjectBuild`. */
export function bundlePath({ directory, manifest }: BuiltBundle, out: string | undefined): string {
  if (out?.endsWith('.aria')) return resolve(out);
  return join(out === undefined ? join(directory, 'dist') : resolve(out), `${manifest.name}-${manifest.version}.aria`);
}
