/** Bundles each tool of a project into one CommonJS text with its source map. */
import { join } from 'node:path';
import { type BuildFailure, type BuildOptions, type BuildResult, type Plugin, build, stop } from 'esbuild';
import { type Diagnostic, compareText, hasErrors, sortDiagnostics } from '../check/diagnostic.ts';
import { packageConditions, sdkModule } from '../read/compiler-options.ts';
import type { ReadProject, ReadTool } from '../read/project.ts';
import { blankSource } from './blank-source.ts';
import { bundlerDiagnostics } from './bundler-diagnostics.ts';
import { neutralOutput, neutralPath } from './neutral-paths.ts';
import { pathFilter } from './path-filter.ts';
import { entryFile, toolEntry } from './tool-entry.ts';

/** The text of a tool has at most this many bytes in UTF-8: what a guest can parse well within its memory. */
export const sourceBytesMax = 8 * 1024 * 1024;
/** Tools that are bundled side by side: more only costs memory. */
const parallelMax = 8;

/** What the guest engine evaluates for one tool. */
export interface BundledTool {
  /** CommonJS text that sets `exports.tool = { run, blobs }`. The same bytes for the same source, wherever it lies. */
  readonly source: string;
  /** Source map, version 3; its sources are relative to the project's directory and carry their content. */
  readonly sourceMap: string;
  /** The files in it, as the map names them, sorted. */
  readonly inputs: readonly string[];
}

/** The bundles of a project, by tool name; tools with errors are missing. */
export interface BundledTools {
  readonly tools: ReadonlyMap<string, BundledTool>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Bundles all tools of a project side by side. The process of esbuild lives until `stopBundler`. */
export async function bundleTools(project: ReadProject): Promise<BundledTools> {
  const tools = new Map<string, BundledTool>();
  const diagnostics: Diagnostic[] = [];
  const waiting = [...project.tools];
  const work = async (): Promise<void> => {
    for (let tool = waiting.shift(); tool !== undefined; tool = waiting.shift()) {
      const outcome = await bundleTool(tool, project);
      diagnostics.push(...outcome.diagnostics);
      if (outcome.bundled !== undefined && !hasErrors(outcome.diagnostics)) tools.set(tool.name, outcome.bundled);
    }
  };
  await Promise.all(Array.from({ length: parallelMax }, work));
  const inOrder = [...tools].sort(([a], [b]) => compareText(a, b));
  return { tools: new Map(inOrder), diagnostics: sortDiagnostics(diagnostics) };
}

/** Ends esbuild's process; the next bundle starts another. Idempotent. */
export async function stopBundler(): Promise<void> {
  await stop();
}

interface ToolOutcome {
  readonly bundled?: BundledTool;
  readonly diagnostics: readonly Diagnostic[];
}

async function bundleTool(tool: ReadTool, project: ReadProject): Promise<ToolOutcome> {
  const options = bundleOptions(tool, project);
  try {
    return bundledOutcome(await build(options), tool, project);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return { diagnostics: await bundlerDiagnostics(error.errors, { tool, project, options }) };
  }
}

/** The options that make equal text of equal source, for an engine that is neither Node nor a browser. */
function bundleOptions(tool: ReadTool, project: ReadProject): BuildOptions {
  return {
    stdin: { contents: toolEntry(tool), resolveDir: project.directory, sourcefile: entryFile, loader: 'js' },
    absWorkingDir: project.directory,
    outfile: join(project.directory, 'tool.js'),
    bundle: true,
    write: false,
    metafile: true,
    format: 'cjs',
    target: 'es2023',
    platform: 'neutral',
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
    plugins: [projectPlugin(project)],
  };
}

/** Leaves the SDK to the engine, and shows the bundler the sources without what was read from them. */
function projectPlugin({ blanked }: ReadProject): Plugin {
  return {
    name: 'aria-project',
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

function bundledOutcome(result: BuildResult, tool: ReadTool, project: ReadProject): ToolOutcome {
  const [map, text] = (result.outputFiles ?? [])
    .toSorted((a, b) => b.path.length - a.path.length)
    .map((file) => file.text);
  if (map === undefined || text === undefined) throw new Error('esbuild wrote no output');
  const inputs = Object.keys(result.metafile?.inputs ?? {});
  const { source, sourceMap } = neutralOutput({ text, map, inputs }, project);
  const bytes = Buffer.byteLength(source);
  const bundled: BundledTool = {
    source,
    sourceMap,
    inputs: inputs
      .filter((input) => input !== entryFile)
      .map(neutralPath)
      .sort(compareText),
  };
  return { bundled, diagnostics: bytes > sourceBytesMax ? [tooLarge(tool, bytes)] : [] };
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
