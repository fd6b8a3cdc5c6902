/** Bundles each tool of a project into one CommonJS text with its source map, for the guest engine or with the options of another one. */
import { basename, join } from 'node:path';
import {
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  type Metafile,
  type Plugin,
  build,
  stop,
  transform,
} from 'esbuild';
import { type Diagnostic, compareText, sortDiagnostics } from '../check/diagnostic.ts';
import { packageConditions, sdkModule } from '../read/environment.ts';
import type { ReadProject, ReadTool } from '../read/project.ts';
import { blankSource } from './blank-source.ts';
import { bundlerDiagnostics } from './bundler-diagnostics.ts';
import { triedModulesPlugin } from './native-modules.ts';
import { isLeftOut, isMade, neutralOutput, neutralPath } from './neutral-paths.ts';
import { pathFilter } from './path-filter.ts';
import { entryNamespace, entryPath, entryPattern, toolEntry } from './tool-entry.ts';

/** The text of a tool has at most this many bytes in UTF-8: what a guest can parse well within its memory. */
export const sourceBytesMax = 8 * 1024 * 1024;

/** What runs a tool. */
export type ToolEngine = 'quickjs' | 'bun';

/** What an engine evaluates for one tool. */
export interface BundledTool {
  /** What it was bundled for. Text for the guest engine runs in Bun as well. */
  readonly engine: ToolEngine;
  /** Why it was bundled for Bun, in words; empty for the guest engine. */
  readonly needs: readonly string[];
  /** Whether compiled code of the machine is in its text. */
  readonly native: boolean;
  /** CommonJS text that sets `exports.tool = { run, blobs, timeoutMs, values?, schemas? }`. The same bytes for the same source, wherever it lies. */
  readonly source: string;
  /** Source map, version 3; its sources are relative to the project's directory and carry their content. */
  readonly sourceMap: string;
  /** The files that it was made of, as the map names them, sorted. */
  readonly inputs: readonly string[];
  /** Absolute paths of the same files: what to watch. */
  readonly files: readonly string[];
}

/** The bundles of a project, by tool name. */
export interface BundledTools {
  readonly tools: ReadonlyMap<string, BundledTool>;
  readonly diagnostics: readonly Diagnostic[];
}

/** What one run of the bundler makes. */
export interface BundlerRun {
  readonly engine: ToolEngine;
  readonly options: BuildOptions;
  /** In UTF-8. */
  readonly sourceBytesMax: number;
  /** What is looked at of each tool, beside its text. */
  readonly look?: (tool: ReadTool, output: ToolOutput) => Looked;
}

/** What the bundler says of one tool. */
export interface ToolOutput {
  readonly inputs: Metafile['inputs'];
  /** Names of the inputs of which something is in the text, with what the text itself imports. */
  readonly output: Metafile['outputs'][string];
}

/** What was seen in an output. */
export interface Looked {
  readonly needs?: readonly string[];
  /** Absolute paths of files that were read although they are no inputs. */
  readonly files?: readonly string[];
  /** Whether compiled code is among them. */
  readonly native?: boolean;
  readonly diagnostics?: readonly Diagnostic[];
}

/**
 * Bundles all tools of a project. Each file is parsed once; each tool is linked by itself, so that no bundle depends on which
 * other tools there are. With an error in any of them there is no bundle at all. esbuild's process lives until `stopBundler`.
 */
export async function runBundler(project: ReadProject, run: BundlerRun): Promise<BundledTools> {
  if (project.tools.length === 0) return { tools: new Map(), diagnostics: [] };
  const { options } = run;
  try {
    return bundledTools(await build({ ...options, metafile: true }), project, run);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return {
      tools: new Map(),
      diagnostics: sortDiagnostics(await bundlerDiagnostics(error.errors, { project, options })),
    };
  }
}

/** A run for the guest engine. */
export function guestRun(project: ReadProject): BundlerRun {
  return { engine: 'quickjs', options: guestOptions(project), sourceBytesMax };
}

/** Starts esbuild's process, which the first bundle would wait for. Nothing has to be awaited. */
export function startBundler(): void {
  // What keeps it from starting is said by the bundle that needs it.
  transform('').catch(() => undefined);
}

/** Ends esbuild's process; the next bundle starts another. Idempotent. */
export async function stopBundler(): Promise<void> {
  await stop();
}

/** The options that make equal text of equal source, whichever engine it is for. */
export function commonOptions(project: ReadProject): BuildOptions {
  return {
    entryPoints: project.tools.map(({ name }, index) => ({ in: entryPath(name), out: String(index) })),
    absWorkingDir: project.directory,
    outdir: project.directory,
    bundle: true,
    splitting: false,
    write: false,
    format: 'cjs',
    target: 'es2023',
    charset: 'utf8',
    legalComments: 'inline',
    sourcemap: 'external',
    sourcesContent: true,
    logLevel: 'silent',
    logLimit: 0,
    // Without a file of the project's own, esbuild would take one from a directory above it.
    ...(project.tsconfig === undefined ? { tsconfigRaw: '{}' } : { tsconfig: project.tsconfig }),
    plugins: [entryPlugin(project), sourcePlugin(project)],
  };
}

/** For an engine that is neither Node nor a browser. */
function guestOptions(project: ReadProject): BuildOptions {
  const common = commonOptions(project);
  return {
    ...common,
    // For an object under "browser" of a package.json, which replaces or leaves out single modules.
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    conditions: [...packageConditions, 'module'],
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    plugins: [...(common.plugins ?? []), triedModulesPlugin()],
  };
}

/** Supplies the entry of each tool, which is no file. */
function entryPlugin({ directory, tools }: ReadProject): Plugin {
  const entries = new Map(tools.map((tool) => [entryPath(tool.name), toolEntry(tool)]));
  return {
    name: 'aria-entry',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: entryPattern }, ({ path, kind }) => {
        if (kind !== 'entry-point') return undefined;
        return { path: path.slice(entryNamespace.length + 1), namespace: entryNamespace };
      });
      onLoad({ filter: /.*/, namespace: entryNamespace }, ({ path }) => ({
        contents: entries.get(entryPath(path)) ?? '',
        loader: 'js',
        resolveDir: directory,
      }));
    },
  };
}

/** Leaves the SDK to the engine, and shows the bundler the sources without what was read from them. */
function sourcePlugin({ blanked }: ReadProject): Plugin {
  return {
    name: 'aria-source',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${sdkModule}$`) }, () => ({
        path: sdkModule,
        external: true,
        sideEffects: false,
      }));
      if (blanked.size === 0) return;
      onLoad({ filter: pathFilter([...blanked.keys()]) }, ({ path }) => {
        const source = blanked.get(path);
        if (source === undefined) return undefined;
        return { contents: blankSource(source), loader: path.endsWith('x') ? 'tsx' : 'ts' };
      });
    },
  };
}

function bundledTools(
  result: BuildResult<{ metafile: true }>,
  project: ReadProject,
  { engine, sourceBytesMax: bytesMax, look }: BundlerRun,
): BundledTools {
  const texts = new Map((result.outputFiles ?? []).map((file) => [basename(file.path), file.text]));
  const { inputs, outputs } = result.metafile;
  const tools = new Map<string, BundledTool>();
  const diagnostics: Diagnostic[] = [];
  for (const [index, tool] of project.tools.entries()) {
    const [text, map, output] = [texts.get(`${index}.js`), texts.get(`${index}.js.map`), outputs[`${index}.js`]];
    if (text === undefined || map === undefined || output === undefined)
      throw new Error(`esbuild wrote no bundle of "${tool.name}"`);
    const { source, sourceMap } = neutralOutput({ text, map, inputs: Object.keys(inputs) }, project);
    const bytes = Buffer.byteLength(source);
    const seen = look?.(tool, { inputs, output }) ?? {};
    diagnostics.push(...(seen.diagnostics ?? []));
    if (bytes > bytesMax) diagnostics.push(tooLarge(tool, bytes, bytesMax));
    else {
      const files = filesOf(entryPath(tool.name), inputs, { project, further: seen.files ?? [] });
      const { needs = [], native = false } = seen;
      tools.set(tool.name, { engine, needs, native, source, sourceMap, ...files });
    }
  }
  return { tools, diagnostics: sortDiagnostics(diagnostics) };
}

/** Everything that the entry of a tool reaches, whether something of it was left in the bundle or not. */
function filesOf(
  entry: string,
  inputs: Metafile['inputs'],
  { project: { directory }, further }: { readonly project: ReadProject; readonly further: readonly string[] },
): Pick<BundledTool, 'inputs' | 'files'> {
  const reached = new Set([entry]);
  for (const file of reached) {
    for (const { path, external } of inputs[file]?.imports ?? []) if (!external && !isLeftOut(path)) reached.add(path);
  }
  reached.delete(entry);
  const files = [...reached].filter((path) => !isMade(path)).map((path) => join(directory, path));
  return {
    inputs: [...reached].map(neutralPath).sort(compareText),
    files: [...new Set([...files, ...further])].sort(compareText),
  };
}

function tooLarge({ name, origin: { file, line, column } }: ReadTool, bytes: number, bytesMax: number): Diagnostic {
  return {
    code: 'BUNDLE_SOURCE_TOO_LARGE',
    severity: 'error',
    message: `Cannot bundle "${name}": its text has ${bytes} bytes, more than ${bytesMax}`,
    remedy: 'Import less of its packages, or smaller ones',
    file,
    line,
    column,
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}
