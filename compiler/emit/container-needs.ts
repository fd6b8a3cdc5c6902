/**
 * What a tool needs that the guest engine does not have. A bundle for the guest engine is made all the same, with a mark in place of each such
 * module: what is left of it in the text of a tool is what that tool needs, and not what other tools of its file do.
 */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';
import { compareText } from '../check/diagnostic.ts';
import type { BundlerRun, Looked, ToolOutput } from './bundle-source.ts';
import { innerResolve } from './inner-resolve.ts';
import { loaderNames, nativeFile } from './native-modules.ts';
import { neutralPath } from './neutral-paths.ts';
import { folderOfPackage, nameOfPackage } from './package-folders.ts';

const mark = 'aria-container:';
/** Modules that a reason names of one file or package; the others are counted. */
const namesMax = 3;

/** The run, with marks instead of errors. */
export function withMarks(run: BundlerRun): BundlerRun {
  const plugins = [...(run.options.plugins ?? []), markingPlugin()];
  return { ...run, options: { ...run.options, plugins }, look: (_tool, output) => lookForMarks(output) };
}

function markingPlugin(): Plugin {
  const builtins = builtinModules.map((name) => name.replace(/[/.]/g, '\\$&')).join('|');
  const loaders = loaderNames.map((name) => name.replace(/[/-]/g, '\\$&')).join('|');
  return {
    name: 'aria-container-needs',
    setup({ onResolve, resolve }) {
      const filter = new RegExp(`^(?:node:|bun:|bun$|(?:${builtins})(?:/|$))|\\.node$|^(?:${loaders})$`);
      onResolve({ filter }, async ({ path, importer, kind, resolveDir, namespace, pluginData }) => {
        if (kind === 'entry-point' || pluginData === innerResolve) return undefined;
        const isNative = nativeFile.test(path) || loaderNames.includes(path);
        if (!isNative) {
          // A package of the same name may be installed, and a package may leave the module out for browsers.
          const found = await resolve(path, { importer, namespace, resolveDir, kind, pluginData: innerResolve });
          if (found.errors.length === 0) return undefined;
        }
        if (kind === 'require-call' && (await isTriedIn(importer, path))) return undefined;
        return { path: `${mark}${path}`, external: true, sideEffects: false };
      });
    },
  };
}

async function isTriedIn(importer: string, path: string): Promise<boolean> {
  const { isTried } = await import('../read/imports/tried-require.ts');
  try {
    return isTried(readFileSync(importer, 'utf8'), path);
  } catch {
    return false;
  }
}

function lookForMarks(output: ToolOutput): Looked {
  const needs = missingModules(output, (path) => (path.startsWith(mark) ? path.slice(mark.length) : undefined));
  return { needs };
}

/** Who imports what of Node or Bun in a text, in words. `moduleOf`: the module that an import of the text stands for, if it is one of those. */
export function missingModules(
  { inputs, output }: ToolOutput,
  moduleOf: (path: string) => string | undefined,
): readonly string[] {
  const left = new Map(output.imports.map(({ path }) => [path, moduleOf(path)]));
  const byOwner = new Map<string, Set<string>>();
  for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
    if (bytesInOutput === 0) continue;
    const folder = folderOfPackage(file);
    const owner = folder === undefined ? neutralPath(file) : `the package "${nameOfPackage(folder)}"`;
    for (const { path } of inputs[file]?.imports ?? []) {
      const module = left.get(path);
      if (module === undefined) continue;
      const modules = byOwner.get(owner) ?? new Set();
      byOwner.set(owner, modules.add(module));
    }
  }
  const owners = [...byOwner].toSorted(([one], [other]) => compareText(one, other));
  return owners.flatMap(([owner, modules]) => reasonsOf(owner, [...modules].toSorted(compareText)));
}

function reasonsOf(owner: string, modules: readonly string[]): readonly string[] {
  const native = modules.filter((module) => nativeFile.test(module) || loaderNames.includes(module));
  const builtins = modules.filter((module) => !native.includes(module));
  const named = builtins.slice(0, namesMax).map((module) => `"${module}"`);
  const rest = builtins.length - named.length;
  const list = rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ');
  return [
    ...(native.length > 0 ? [`${owner} loads compiled code of the machine`] : []),
    ...(builtins.length > 0 ? [`${owner} imports ${list}, which the sandbox does not have`] : []),
  ];
}
