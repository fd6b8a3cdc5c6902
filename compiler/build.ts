/**
 * From a project's directory to its bundle: read, bundle, rebuild each tool, assemble. What comes out is a function of the source
 * and of the template alone: no time, no path, no randomness, whatever the cache holds.
 */
import { join, resolve } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { type Rebuilt, type Template, importsOf, loadTemplate, prepareRebuild } from '#guest-engine';
import { CodedError } from '#wit/errors';
import { toolDefaults } from '#wit/manifest';
import { type Diagnostic, compareText, hasErrors, sortDiagnostics } from './check/diagnostic.ts';
import { type BundledTool, bundleTools, startBundler, stopBundler } from './emit/bundle-source.ts';
import { compilerClosed } from './errors.ts';
import { type AssembledBundle, type PackedTool, assembleBundle } from './pack/assemble-bundle.ts';
import { cachedComponent, pruneComponents } from './pack/component-cache.ts';
import { buildCancelled, bundleUnwritable } from './pack/errors.ts';
import { topLevelFailure } from './pack/top-level-failure.ts';
import { writeAtomically } from './pack/write-atomically.ts';
import { keepTypeScript, keepTypeScriptIn } from './read/load-typescript.ts';
import type { ProjectReader, ReadProject, ReadTool } from './read/project.ts';

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
  /** What the template makes of each tool, by name. */
  readonly components: ReadonlyMap<string, Rebuilt>;
  /** Absolute paths of the files that went into it, or would if they were there: what to watch. */
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
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[]; readonly project: ReadProject };

/** What a builder works on. */
export interface BuilderSetup {
  /** A project's directory, or one TypeScript file. */
  readonly directory: string;
  /** Where components are kept between builds; made when needed. */
  readonly cacheDirectory: string;
}

/** Builds one project again and again; types that did not change are not read again. Builds run one after the other. */
export interface Builder extends AsyncDisposable {
  /** @throws {CodedError} `NOT_FOUND`, `BUNDLE_TOO_LARGE`, `CANCELLED`; never for what is wrong with the source. */
  build(control?: BuildControl): Promise<BuildOutcome>;
}

/** Opens a builder. It owns the bundler's process until it is disposed of. */
export function createBuilder(setup: BuilderSetup): Builder {
  return new ProjectBuilder(setup);
}

class ProjectBuilder implements Builder {
  readonly #setup: BuilderSetup;
  #reader: ProjectReader | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(setup: BuilderSetup) {
    this.#setup = setup;
  }

  build(control: BuildControl = {}): Promise<BuildOutcome> {
    if (this.#closed) return Promise.reject(compilerClosed());
    const outcome = this.#last.then(() => this.#build(control));
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  async #build({ signal, onStep }: BuildControl): Promise<BuildOutcome> {
    await step({ signal, onStep }, { kind: 'read' });
    const reader = (this.#reader ??= await this.#openReader());
    const template = await loadTemplate();
    const project = reader.read();
    if (hasErrors(project.diagnostics)) return { kind: 'refused', diagnostics: project.diagnostics, project };

    await step({ signal, onStep }, { kind: 'bundle' });
    const bundled = await bundleTools(project);
    const diagnostics = sortDiagnostics([...project.diagnostics, ...bundled.diagnostics]);
    if (hasErrors(diagnostics)) return { kind: 'refused', diagnostics, project };

    const rebuilt = await this.#rebuildTools({ project, bundled: bundled.tools, template }, { signal, onStep });
    if (rebuilt.failures.length > 0)
      return { kind: 'refused', diagnostics: sortDiagnostics([...diagnostics, ...rebuilt.failures]), project };

    await step({ signal, onStep }, { kind: 'pack' });
    const assembled = assembleBundle(project, rebuilt.tools, template.hash);
    await Promise.all([pruneComponents(this.#setup.cacheDirectory), keepTypeScript()]);
    const bundle = {
      ...assembled,
      directory: project.directory,
      components: rebuilt.components,
      inputs: inputsOf(project, bundled.tools),
    };
    return { kind: 'built', bundle, diagnostics, project };
  }

  /** TypeScript is loaded and read here, which holds this thread; what else a build needs starts before, beside it. */
  async #openReader(): Promise<ProjectReader> {
    prepareRebuild(toolDefaults.memoryBytes);
    startBundler();
    keepTypeScriptIn(this.#setup.cacheDirectory);
    const { openProject } = await import('./read/open-project.ts');
    return openProject(resolve(this.#setup.directory));
  }

  /** One after the other: most of it is work of this thread, and two at a time took as long. */
  async #rebuildTools({ project, bundled, template }: RebuildJob, control: BuildControl): Promise<RebuiltTools> {
    const tools: PackedTool[] = [];
    const failures: Diagnostic[] = [];
    const components = new Map<string, Rebuilt>();
    for (const [index, tool] of project.tools.entries()) {
      const bundle = bundled.get(tool.name);
      if (bundle === undefined) continue;
      await step(control, { kind: 'rebuild', tool: tool.name, position: index + 1, count: project.tools.length });
      const component = await this.#rebuildTool(tool, bundle, { template, signal: control.signal });
      if ('failure' in component) {
        failures.push(component.failure);
        continue;
      }
      components.set(tool.name, component);
      const { hash, component: bytes } = component;
      tools.push({ tool, source: bundle.source, sourceMap: bundle.sourceMap, component: { hash, size: bytes.length } });
    }
    return { tools, components, failures };
  }

  /** What the top level of a tool throws is a fault of the source; anything else is thrown on. */
  async #rebuildTool(
    tool: ReadTool,
    { source, sourceMap }: BundledTool,
    { template, signal }: { template: Template; signal: AbortSignal | undefined },
  ): Promise<Rebuilt | { readonly failure: Diagnostic }> {
    const wanted = {
      template,
      name: tool.name,
      source,
      imports: importsOf(tool.tokens),
      memoryBytesMax: tool.memoryBytes,
    };
    try {
      return await cachedComponent(wanted, { cacheDirectory: this.#setup.cacheDirectory, signal });
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

function inputsOf(
  { files, typeFiles, configuration }: ReadProject,
  bundled: ReadonlyMap<string, BundledTool>,
): readonly string[] {
  const texts = [...bundled.values()].flatMap((tool) => tool.files);
  return [...new Set([...files, ...typeFiles, ...configuration, ...texts])].toSorted(compareText);
}

interface RebuildJob {
  readonly project: ReadProject;
  readonly bundled: ReadonlyMap<string, BundledTool>;
  readonly template: Template;
}

interface RebuiltTools {
  readonly tools: readonly PackedTool[];
  readonly components: ReadonlyMap<string, Rebuilt>;
  readonly failures: readonly Diagnostic[];
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
  await using builder = createBuilder(build);
  const outcome = await builder.build(build);
  if (outcome.kind === 'refused') return outcome;
  const path = bundlePath(outcome.bundle, out);
  await step(build, { kind: 'write' });
  try {
    await writeAtomically({ path, bytes: outcome.bundle.archive, durable: true, signal: build.signal });
  } catch (error) {
    throw error instanceof CodedError ? error : bundleUnwritable(path, error);
  }
  return { ...outcome, path };
}

function bundlePath({ directory, manifest }: BuiltBundle, out: string | undefined): string {
  if (out?.endsWith('.aria')) return resolve(out);
  return join(out === undefined ? join(directory, 'dist') : resolve(out), `${manifest.name}-${manifest.version}.aria`);
}
