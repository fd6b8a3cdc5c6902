/** Bundles each tool of a project into one CommonJS text with its source map. */
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
import { isLeftOut, neutralOutput, neutralPath } from './neutral-paths.ts';
import { pathFilter } from './path-filter.ts';
import { entryNamespace, entryPath, entryPattern, toolEntry } from './tool-entry.ts';

/** The text of a tool has at most this many bytes in UTF-8: what a guest can parse well within its memory. */
export const sourceBytesMax = 8 * 1024 * 1024;

/** What the guest engine evaluates for one tool. */
export interface BundledTool {
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

/**
 * Bundles all tools of a project. Each file is parsed once; each tool is linked by itself, so that no bundle depends on which
 * other tools there are. With an error in any of them there is no bundle at all. esbuild's process lives until `stopBundler`.
 */
export async function bundleTools(project: ReadProject): Promise<BundledTools> {
  if (project.tools.length === 0) return { tools: new Map(), diagnostics: [] };
  const options = bundleOptions(project);
  try {
    return bundledTools(await build(options), project);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return {
      tools: new Map(),
      diagnostics: sortDiagnostics(await bundlerDiagnostics(error.errors, { project, options })),
    };
  }
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

/** The options that make equal text of equal source, for an engine that is neither Node nor a browser. */
function bundleOptions(project: ReadProject): BuildOptions {
  return {
    entryPoints: project.tools.map(({ name }, index) => ({ in: entryPath(name), out: String(index) })),
    absWorkingDir: project.directory,
    outdir: project.directory,
    bundle: true,
    splitting: false,
    write: false,
    metafile: true,
    format: 'cjs',
    target: 'es2023',
    // For an object under "browser" of a package.json, which replaces or leaves out single modules.
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    conditions: [...packageConditions, 'module'],
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    charset: 'utf8',
    legalComments: 'inline',
    sourcemap: 'external',
    sourcesContent: true,
    logLevel: 'silent',
    logLimit: 0,
    // Without a file of the project's own, esbuild would take one from a directory above it.
    ...(project.tsconfig === undefined ? { tsconfigRaw: '{}' } : { tsconfig: project.tsconfig }),
    plugins: [entryPlugin(project), sourcePlugin(project), triedModulesPlugin()],
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

function bundledTools(result: BuildResult<{ metafile: true }>, project: ReadProject): BundledTools {
  const texts = new Map((result.outputFiles ?? []).map((file) => [basename(file.path), file.text]));
  const inputs = Object.keys(result.metafile.inputs);
  const tools = new Map<string, BundledTool>();
  const diagnostics: Diagnostic[] = [];
  for (const [index, tool] of project.tools.entries()) {
    const [text, map] = [texts.get(`${index}.js`), texts.get(`${index}.js.map`)];
    if (text === undefined || map === undefined) throw new Error(`esbuild wrote no bundle of "${tool.name}"`);
    const { source, sourceMap } = neutralOutput({ text, map, inputs }, project);
    const bytes = Buffer.byteLength(source);
    if (bytes > sourceBytesMax) diagnostics.push(tooLarge(tool, bytes));
    else tools.set(tool.name, { source, sourceMap, ...filesOf(entryPath(tool.name), result.metafile, project) });
  }
  return { tools, diagnostics: sortDiagnostics(diagnostics) };
}

/** Everything that the entry of a tool reaches, whether something of it was left in the bundle or not. */
function filesOf(
  entry: string,
  { inputs }: Metafile,
  { directory }: ReadProject,
): Pick<BundledTool, 'inputs' | 'files'> {
  const reached = new Set([entry]);
  for (const file of reached) {
    for (const { path, external } of inputs[file]?.imports ?? []) if (!external && !isLeftOut(path)) reached.add(path);
  }
  reached.delete(entry);
  return {
    inputs: [...reached].map(neutralPath).sort(compareText),
    files: [...reached].map((path) => join(directory, path)).sort(compareText),
  };
}

function tooLarge({ name, origin: { file, line, column } }: ReadTool, bytes: number): Diagnostic {
  return {
    code: 'BUNDLE_SOURCE_TOO_LARGE',
    severity: 'error',
    message: `Cannot bundle "${name}": its text has ${bytes} bytes, more than ${sourceBytesMax}`,
    remedy: 'Import less of its packages, or smaller ones',
    file,
    line,
    column,
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}
