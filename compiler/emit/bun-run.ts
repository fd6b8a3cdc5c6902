/** A run of the bundler for Bun in a container: Node's modules stay outside, packages are taken as Node takes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import type { Diagnostic } from '../check/diagnostic.ts';
import { isBuiltin } from '../read/node-builtins.ts';
import type { ReadProject, ReadTool } from '../read/project.ts';
import { type BundlerRun, type Looked, type ToolOutput, commonOptions } from './bundle-source.ts';
import { missingModules } from './container-needs.ts';
import { embeddedModulesPlugin } from './embedded-modules.ts';
import { isCompiled } from './native-modules.ts';
import { isMade } from './neutral-paths.ts';
import { optionalModulesPlugin } from './optional-modules.ts';
import { folderOfPackage, nameOfPackage } from './package-folders.ts';

/** In UTF-8: compiled code lies in it as base64, and an entry of a bundle has at most twice that. */
export const bunSourceBytesMax = 16 * 1024 * 1024;

/** Where a tool seems to lie in its container. No such file is there; packages only take names apart. */
const place = { folder: '/aria/source', file: '/aria/source/tool.js' } as const;
/** A module is asked for by a name that is only known when the code runs. */
const computedRequire = /\brequire\(\s*(?:[^'"\s)]|'[^']*'\s*[^)\s]|"[^"]*"\s*[^)\s])/;

/** The run for tools that need a container. */
export function bunRun(project: ReadProject): BundlerRun {
  const common = commonOptions(project);
  /** By input, the files of compiled code in it. */
  const embedded = new Map<string, readonly string[]>();
  return {
    engine: 'bun',
    sourceBytesMax: bunSourceBytesMax,
    options: {
      ...common,
      platform: 'node',
      mainFields: ['module', 'main'],
      conditions: ['aria', 'node', 'module'],
      // What stays outside is reached by the `require` that the agent gives, also where it is asked for later.
      supported: { 'dynamic-import': false },
      define: {
        'process.env.NODE_ENV': '"production"',
        __dirname: JSON.stringify(place.folder),
        __filename: JSON.stringify(place.file),
        'import.meta.url': JSON.stringify(`file://${place.file}`),
        'import.meta.dirname': JSON.stringify(place.folder),
        'import.meta.filename': JSON.stringify(place.file),
      },
      plugins: [
        ...(common.plugins ?? []),
        bunModulesPlugin(),
        embeddedModulesPlugin(embedded),
        optionalModulesPlugin(),
      ],
    },
    look: (tool, output) => lookForCompiled(output, { tool, directory: project.directory, embedded }),
  };
}

/** Leaves Bun's own modules outside, and out where nothing of them is used, as esbuild does with Node's. */
function bunModulesPlugin(): Plugin {
  return {
    name: 'aria-bun-modules',
    setup({ onResolve }) {
      onResolve({ filter: /^bun(?::|$)/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
    },
  };
}

/** What is embedded, and which packages look for their compiled code while they run: in a container they find none. */
function lookForCompiled(
  { inputs, output }: ToolOutput,
  {
    tool,
    directory,
    embedded,
  }: {
    readonly tool: ReadTool;
    readonly directory: string;
    readonly embedded: ReadonlyMap<string, readonly string[]>;
  },
): Looked {
  const used = Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  const served = new Set(
    used.filter((path) => inputs[path]?.imports.some((one) => isMade(one.path))).map(folderOfPackage),
  );
  const searching = new Set(
    used.flatMap((path) => {
      const folder = isMade(path) ? undefined : folderOfPackage(path);
      if (folder === undefined || served.has(folder) || !isCompiled(join(directory, folder))) return [];
      return computedRequire.test(readText(join(directory, path))) ? [nameOfPackage(folder)] : [];
    }),
  );
  const files = used.flatMap((path) => embedded.get(path) ?? []);
  return {
    needs: missingModules({ inputs, output }, (path) => (isBuiltin(path) ? path : undefined)),
    files,
    native: files.length > 0,
    diagnostics: [...searching].map((name) => searchesWhileRunning(name, tool)),
  };
}

function searchesWhileRunning(name: string, { name: tool, origin: { file, line, column } }: ReadTool): Diagnostic {
  return {
    code: 'NATIVE_MODULE',
    severity: 'error',
    message: `Cannot bundle "${name}" for "${tool}": it looks for its compiled code while it runs, and a bundle has no files beside it`,
    remedy: 'Use a package whose compiled code is one file that it names, or one in plain JavaScript or WebAssembly',
    file,
    line,
    column,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
