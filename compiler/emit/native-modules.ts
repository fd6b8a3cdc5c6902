/**
 * Modules of compiled code. A package that tries one and goes on without (`try { require('bindings') } catch`) works in a tool as it
 * does where nothing was compiled: the module is left out, and asking for it throws. Any other is an error.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { folderOfPackage, nameOfPackage } from './package-folders.ts';

/** Packages whose only purpose is to find compiled code. */
export const loaderNames: readonly string[] = [
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'prebuild-install',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
];
/** A file of compiled code. */
export const nativeFile = /\.node$/;
const nativeLoader = /^No loader is configured for "\.node" files: (?<path>.+)$/;
/** The name of a package with code for one kind of machine, as `@img/sharp-linux-x64`. */
const perMachine = /[-/](?:linux|darwin|win32)-(?:x64|arm64)/;

/** Leaves out the modules of compiled code that a package can do without. */
export function triedModulesPlugin(): Plugin {
  const names = loaderNames.map((name) => name.replace(/[/-]/g, '\\$&')).join('|');
  return {
    name: 'aria-tried-modules',
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`\\.node$|^(?:${names})$`) }, async ({ path, importer, kind }) => {
        if (kind !== 'require-call') return undefined;
        // It brings TypeScript, which a build loads in its own time.
        const { isTried } = await import('../read/imports/tried-require.ts');
        return isTried(readText(importer), path) ? { path, external: true } : undefined;
      });
    },
  };
}

/** An error of the bundler, and what it came by. */
export interface FailedImport {
  readonly text: string;
  /** What could not be found, if that is the error. */
  readonly module: string | undefined;
  /** The files from the tool to where the error is, relative to `directory`. */
  readonly files: readonly string[];
  readonly directory: string;
}

/** The name of the compiled module, where an error is about one. */
export function nativeModule({ text, module, files, directory }: FailedImport): string | undefined {
  const file =
    nativeLoader.exec(text)?.groups?.['path'] ?? (module !== undefined && nativeFile.test(module) ? module : undefined);
  const packages = files.map(folderOfPackage);
  const loader = packages.findIndex((folder) => folder !== undefined && loaderNames.includes(nameOfPackage(folder)));
  // Who asks for a loader is compiled code; the loader itself is only how.
  const own = packages[loader - 1] ?? packages.at(-1);
  if (own !== undefined && (loader >= 0 || file !== undefined)) return nameOfPackage(own);
  // What a compiled package brings to find its code is its own doing.
  const compiled = packages.find((folder) => folder !== undefined && isCompiled(join(directory, folder)));
  return compiled === undefined ? file : nameOfPackage(compiled);
}

/** Whether a package is compiled when it is installed, or brings what was compiled for each kind of machine. */
export function isCompiled(folder: string): boolean {
  if (existsSync(join(folder, 'binding.gyp'))) return true;
  try {
    const description: unknown = JSON.parse(readText(join(folder, 'package.json')));
    if (typeof description !== 'object' || description === null) return false;
    const { gypfile, optionalDependencies } = description as Readonly<Record<string, unknown>>;
    const optional = typeof optionalDependencies === 'object' ? Object.keys(optionalDependencies ?? {}) : [];
    return gypfile === true || optional.some((name) => perMachine.test(name));
  } catch {
    return false;
  }
}

/** Empty where it cannot be read: then nothing is known of it. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
