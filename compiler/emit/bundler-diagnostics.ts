/** esbuild's errors as diagnostics of the project, with the chain of imports where a package is at fault. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, type Message, type Plugin, build } from 'esbuild';
import { type Diagnostic, type Place, compareText } from '../check/diagnostic.ts';
import type { ReadProject } from '../read/project.ts';
import { builtinRemedy, isBuiltin, isOfBun } from '../read/node-builtins.ts';
import { projectPath } from '../read/project-files.ts';
import { innerResolve } from './inner-resolve.ts';
import { nativeModule } from './native-modules.ts';
import { neutralPath } from './neutral-paths.ts';
import { entryPath, entryPattern } from './tool-entry.ts';

/** What was bundled when the errors came. */
export interface FailedBundle {
  readonly project: ReadProject;
  readonly options: BuildOptions;
}

/** Errors beyond this many are follow-ups. */
const errorsMax = 50;
const unresolved = /^Could not resolve "(.+)"$/;
const topLevelAwait = /top-level await/i;

/** Turns the errors of a project into diagnostics. */
export async function bundlerDiagnostics(
  errors: readonly Message[],
  failed: FailedBundle,
): Promise<readonly Diagnostic[]> {
  const graph = await importGraph(failed);
  const diagnosed = errors.map((error): DiagnosedError => {
    const chain = chainTo(error.location?.file ?? '', graph, failed.project);
    const diagnostic = { ...factsOf(error, chain, failed), ...placeOf(error, chain, failed) };
    return { chain, diagnostic: { severity: 'error', ...diagnostic } };
  });
  const ofPackages = Map.groupBy(
    diagnosed.filter(({ chain }) => isOfPackage(chain)),
    ({ diagnostic: { file, line, column } }) => `${file}:${line}:${column}`,
  );
  const shown = [
    ...diagnosed.filter(({ chain }) => !isOfPackage(chain)),
    ...Array.from(ofPackages.values(), (group) => group.reduce(plainer)),
  ];
  return shown.slice(0, errorsMax).map(({ diagnostic }) => diagnostic);
}

/** An error, and the way to where it is. */
interface DiagnosedError {
  readonly chain: readonly Link[];
  readonly diagnostic: Diagnostic;
}

/**
 * One import of a package may fail in a hundred ways below it. Compiled code explains it best, since around it the package uses Node to
 * find it; otherwise what is nearest.
 */
function plainer(one: DiagnosedError, other: DiagnosedError): DiagnosedError {
  const [first, second] = [one, other].map(({ diagnostic }) => diagnostic.code === 'NATIVE_MODULE');
  if (first !== second) return first === true ? one : other;
  return other.chain.length < one.chain.length ? other : one;
}

/** What a plugin says in the words of this compiler, as the detail of an error. */
export type PluginFacts = Pick<Diagnostic, 'code' | 'message' | 'remedy'>;

function factsOf(
  { text, detail }: Message,
  chain: readonly Link[],
  { project }: FailedBundle,
): Pick<Diagnostic, 'code' | 'message' | 'remedy'> {
  if (isPluginFacts(detail)) return detail;
  const [, module] = unresolved.exec(text) ?? [];
  const native = nativeModule({ text, module, files: chain.map(({ file }) => file), directory: project.directory });
  if (native !== undefined) {
    return {
      code: 'NATIVE_MODULE',
      message: `Cannot import "${native}"${via(chain)}: it is compiled code of the machine`,
      remedy: 'Use a package in plain JavaScript, or one that is made for browsers',
    };
  }
  if (module !== undefined && isBuiltin(module)) {
    return {
      code: 'NODE_BUILTIN',
      message: `Cannot import "${module}"${via(chain)}: tools run without ${isOfBun(module) ? 'Bun' : 'Node'}`,
      remedy: builtinRemedy,
    };
  }
  if (module !== undefined) {
    const remedy = module.startsWith('.') ? 'Correct the path' : 'Install it, or correct its name';
    return { code: 'IMPORT_UNRESOLVED', message: `Cannot import "${module}"${via(chain)}: it was not found`, remedy };
  }
  if (topLevelAwait.test(text)) {
    return {
      code: 'TOP_LEVEL_AWAIT',
      message: `Cannot load the module${via(chain)}: it awaits outside of a function`,
      remedy: isOfPackage(chain) ? 'Use another package, or another version of it' : 'Move the await into the tool',
    };
  }
  return {
    code: 'SOURCE_INVALID',
    message: `Cannot bundle the file${via(chain)}: ${text.replace(/\.$/, '')}`,
    remedy: 'Correct the line',
  };
}

function isPluginFacts(detail: unknown): detail is PluginFacts {
  return typeof detail === 'object' && detail !== null && 'remedy' in detail;
}

function via(chain: readonly Link[]): string {
  // A file of a tool itself needs no way to it.
  return chain.length === 0 || (chain.length === 1 && !isOfPackage(chain))
    ? ''
    : ` by way of ${chain.map(({ file }) => neutralPath(file)).join(' → ')}`;
}

/** Whether what a chain leads to is a package's. */
function isOfPackage(chain: readonly Link[]): boolean {
  return chain.at(-1)?.file.includes('node_modules/') ?? false;
}

/** An error in a package is shown at the import of the user's file that leads there. */
function placeOf({ location }: Message, chain: readonly Link[], { project }: FailedBundle): Place {
  const own = isOfPackage(chain) ? chain.findLast(({ file }) => !file.includes('node_modules/')) : undefined;
  if (own !== undefined) return placeOfImport(own, project);
  if (location === null) return { file: project.tools[0]?.origin.file ?? '.', line: 1, column: 1 };
  const before = columnOf(location.lineText, location.column);
  const after = columnOf(location.lineText, location.column + location.length);
  return {
    file: neutralPath(location.file),
    line: location.line,
    column: before + 1,
    ...(after > before ? { endColumn: after + 1 } : {}),
  };
}

/** esbuild counts bytes of UTF-8, diagnostics UTF-16 units. */
function columnOf(line: string, bytes: number): number {
  return Buffer.from(line).subarray(0, bytes).toString().length;
}

/** A file on the way from the tool, and how it names the next one. */
interface Link {
  readonly file: string;
  readonly specifier: string | undefined;
}

/** What each file imports, by its path as esbuild names it. */
type ImportGraph = ReadonlyMap<string, readonly { readonly path: string; readonly original: string }[]>;

/** Bundles again, which fails again, but says on the way who imports whom. */
async function importGraph({ options, project }: FailedBundle): Promise<ImportGraph> {
  const graph = new Map<string, { path: string; original: string }[]>();
  const nameOf = (path: string, namespace: string): string =>
    namespace === 'file' ? projectPath(project.directory, path) : `${namespace}:${path}`;
  const listener: Plugin = {
    name: 'aria-import-graph',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /.*/ }, async ({ path, importer, namespace, resolveDir, kind, pluginData }) => {
        if (kind === 'entry-point' || pluginData === graph || pluginData === innerResolve) return undefined;
        const found = await resolve(path, { importer, namespace, resolveDir, kind, pluginData: graph });
        if (found.errors.length > 0 || found.external) return undefined;
        const from = nameOf(importer, namespace);
        if (!graph.has(from)) graph.set(from, []);
        graph.get(from)?.push({ path: nameOf(found.path, found.namespace), original: path });
        return undefined;
      });
    },
  };
  await build({ ...options, plugins: [listener, ...(options.plugins ?? [])] }).catch(() => undefined);
  // Imports are resolved side by side, and of two ways of the same length always the same one is shown.
  for (const imports of graph.values()) imports.sort((a, b) => compareText(a.path, b.path));
  return graph;
}

/** The shortest way from the tool's entry to a file, both ends included but for the entry. */
function chainTo(target: string, graph: ImportGraph, { tools }: ReadProject): readonly Link[] {
  const previous = new Map<string, Link>();
  const queue = tools.map(({ name }) => entryPath(name));
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (file === target) break;
    for (const { path, original } of graph.get(file) ?? []) {
      if (previous.has(path)) continue;
      previous.set(path, { file, specifier: original });
      queue.push(path);
    }
  }
  const chain: Link[] = [{ file: target, specifier: undefined }];
  for (
    let link = previous.get(target);
    link !== undefined && !entryPattern.test(link.file);
    link = previous.get(link.file)
  )
    chain.unshift(link);
  return chain;
}

/** Where a file names what it imports. */
function placeOfImport({ file, specifier }: Link, { directory }: ReadProject): Place {
  const text = readText(join(directory, file));
  const quoted = [`'${specifier}'`, `"${specifier}"`]
    .map((quote) => ({ quote, index: text.indexOf(quote) }))
    .find(({ index }) => index >= 0);
  if (specifier === undefined || quoted === undefined) return { file, line: 1, column: 1 };
  const before = text.slice(0, quoted.index);
  const column = quoted.index - before.lastIndexOf('\n');
  return { file, line: before.split('\n').length, column, endColumn: column + quoted.quote.length };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
