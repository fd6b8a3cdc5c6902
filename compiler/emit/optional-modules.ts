/** Packages that a package can do without: those that it calls optional and that are not installed. In a tool they are missing as they are in Node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { innerResolve } from './inner-resolve.ts';
import { folderOfPackage } from './package-folders.ts';

/** Leaves them outside, so that only who asks for one at run time is refused. */
export function optionalModulesPlugin(): Plugin {
  return {
    name: 'aria-optional-modules',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^[^./]/ }, async ({ path, importer, kind, namespace, resolveDir, pluginData }) => {
        if (kind !== 'require-call' || pluginData === innerResolve) return undefined;
        const folder = folderOfPackage(importer);
        if (folder === undefined || !isOptional(path, join(folder, 'package.json'))) return undefined;
        const found = await resolve(path, { importer, kind, namespace, resolveDir, pluginData: innerResolve });
        return found.errors.length === 0 ? undefined : { path, external: true };
      });
    },
  };
}

function isOptional(module: string, descriptionPath: string): boolean {
  try {
    const { optionalDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(descriptionPath, 'utf8')) as {
      readonly optionalDependencies?: object;
      readonly peerDependenciesMeta?: object;
    };
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? module;
    return [optionalDependencies, peerDependenciesMeta].some((list) => Object.hasOwn(list ?? {}, name));
  } catch {
    return false;
  }
}
