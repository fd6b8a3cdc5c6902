/**
 * Compiled code in the text of a tool that runs in a container: files as base64, written to /tmp and loaded by Bun when the package asks for
 * them. The two packages that look for such a file are answered while bundling, since nothing lies beside a bundle.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { OnLoadResult, OnResolveArgs, OnResolveResult, PartialMessage, Plugin, PluginBuild } from 'esbuild';
import { hashBytes } from '#wit/bundle';
import { compareText } from '../check/diagnostic.ts';
import type { PluginFacts } from './bundler-diagnostics.ts';
import { innerResolve } from './inner-resolve.ts';
import { loaderNames, nativeFile } from './native-modules.ts';
import { madeNamespace } from './neutral-paths.ts';
import { folderOfPackage, nameOfPackage } from './package-folders.ts';

/** Of one file: base64 makes 11 MiB of it. */
const embeddedBytesMax = 8 * 1024 * 1024;
/** How the hash of a file begins: its name in /tmp. */
const hashCharacters = 16;
const loaderModule = `${madeNamespace}/load.js`;
/** The machines that containers run on, as Node names them. */
const machines = ['x64', 'arm64'] as const;
/** Of the loaders, those that take a file from a known place. */
const answered = ['bindings', 'node-gyp-build'] as const;
type AnsweredLoader = (typeof answered)[number];

/** What a made module holds. */
type Made =
  | { readonly kind: 'loader' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'finder'; readonly loader: AnsweredLoader; readonly folder: string };

/** Embeds what packages name. `embedded` is filled while bundling: by input, the files that are in it. */
export function embeddedModulesPlugin(embedded: Map<string, readonly string[]>): Plugin {
  return {
    name: 'aria-embedded-modules',
    setup(build) {
      const names = loaderNames.map((name) => name.replace(/[/-]/g, '\\$&')).join('|');
      build.onResolve({ filter: new RegExp(`^${loaderModule}$`) }, () => made(loaderModule, { kind: 'loader' }));
      build.onResolve({ filter: nativeFile }, (args) => resolveFile(args, build));
      build.onResolve({ filter: new RegExp(`^(?:${names})$`) }, resolveLoader);
      build.onLoad({ filter: /.*/, namespace: madeNamespace }, ({ path, pluginData }) => {
        const module = pluginData as Made;
        const files = filesOf(module);
        embedded.set(`${madeNamespace}:${path}`, files);
        return load(module, files);
      });
    },
  };
}

function made(path: string, module: Made): OnResolveResult {
  return { path, namespace: madeNamespace, pluginData: module };
}

async function resolveFile(args: OnResolveArgs, { resolve }: PluginBuild): Promise<OnResolveResult | undefined> {
  const { path, importer, kind, namespace, resolveDir, pluginData } = args;
  if (pluginData === innerResolve) return undefined;
  const found = await resolve(path, { importer, kind, namespace, resolveDir, pluginData: innerResolve });
  if (found.errors.length > 0 || found.external) return undefined;
  const folder = folderOfPackage(found.path);
  const name = folder === undefined ? basename(found.path) : nameOfPackage(folder) + found.path.slice(folder.length);
  return made(name, { kind: 'file', path: found.path });
}

async function resolveLoader({ path, importer, kind }: OnResolveArgs): Promise<OnResolveResult | undefined> {
  const folder = folderOfPackage(importer);
  const { isTried } = await import('../read/imports/tried-require.ts');
  const tried = kind === 'require-call' && isTried(readFileSync(importer, 'utf8'), path);
  const loader = answered.find((name) => name === path);
  const name = folder === undefined ? undefined : nameOfPackage(folder);
  if (loader !== undefined && folder !== undefined && candidates(loader, folder).length > 0)
    return made(`${name}/${loader}`, { kind: 'finder', loader, folder });
  if (tried) return { path, external: true };
  return { errors: [failure(loader === undefined ? looksWhileRunning(name ?? path) : notInstalled(name ?? path))] };
}

/** The files that a loader chooses from. */
function candidates(loader: AnsweredLoader, folder: string): readonly string[] {
  const built = ['build/Release', 'build'].flatMap((below) => nativeFilesIn(join(folder, below)));
  if (loader === 'bindings' || built.length > 0) return built;
  return machines.flatMap((machine) => {
    const files = nativeFilesIn(join(folder, `prebuilds/linux-${machine}`));
    // Containers have the C library of GNU, and one file of each kind is enough.
    return files.filter((file) => !basename(file).includes('musl')).slice(0, 1);
  });
}

function nativeFilesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => nativeFile.test(name));
  return names.toSorted(compareText).map((name) => join(folder, name));
}

function filesOf(module: Made): readonly string[] {
  switch (module.kind) {
    case 'loader':
      return [];
    case 'file':
      return [module.path];
    case 'finder':
      return candidates(module.loader, module.folder);
  }
}

function load(module: Made, paths: readonly string[]): OnLoadResult {
  if (module.kind === 'loader') return { contents: loaderText, loader: 'js' };
  const files = paths.map((path) => ({ path, bytes: readFileSync(path) }));
  const wrong = files.map(({ path, bytes }) => whyUnusable(path, bytes)).find(Boolean);
  if (wrong !== undefined) return { errors: [failure(wrong)] };
  const calls = files.map(({ path, bytes }) => ({ path, call: callOf(bytes) }));
  const [first] = calls;
  if (module.kind === 'file') return { contents: `${head}module.exports = ${first?.call ?? ''};\n`, loader: 'js' };
  const text = module.loader === 'bindings' ? bindingsText(calls) : gypText(calls);
  return { contents: head + text, loader: 'js' };
}

interface EmbeddedCall {
  readonly path: string;
  readonly call: string;
}

const head = `const load = require(${JSON.stringify(loaderModule)});\n`;

/** Node's own way of loading compiled code, which Bun has too. */
const loaderText = `const { existsSync, writeFileSync } = require('node:fs');
module.exports = (name, text) => {
  const path = '/tmp/' + name + '.node';
  if (!existsSync(path)) writeFileSync(path, Buffer.from(text, 'base64'), { mode: 0o700 });
  const loaded = { exports: {} };
  process.dlopen(loaded, path);
  return loaded.exports;
};
`;

function callOf(bytes: Uint8Array): string {
  const name = hashBytes(bytes).slice(0, hashCharacters);
  return `load('${name}', '${Buffer.from(bytes).toString('base64')}')`;
}

/** `require('bindings')('name')`, by the name of a file with or without its end. */
function bindingsText(calls: readonly EmbeddedCall[]): string {
  const entries = calls.map(({ path, call }) => `  ${JSON.stringify(basename(path))}: () => ${call},\n`);
  return `const files = {\n${entries.join('')}};
module.exports = (wanted) => {
  const name = String(wanted && typeof wanted === 'object' ? wanted.bindings || 'bindings' : wanted || 'bindings');
  const file = name.endsWith('.node') ? name : name + '.node';
  if (!Object.hasOwn(files, file)) throw new Error('Could not locate the bindings file ' + file);
  return files[file]();
};
`;
}

/** `require('node-gyp-build')(__dirname)`: there is one file, or one for each kind of machine. */
function gypText(calls: readonly EmbeddedCall[]): string {
  const machineOf = (path: string): string => machines.find((one) => path.includes(`linux-${one}/`)) ?? 'any';
  const entries = calls.map(({ path, call }) => `  ${machineOf(path)}: () => ${call},\n`);
  return `const files = {\n${entries.join('')}};
module.exports = () => {
  const file = files[process.arch] || files.any;
  if (file === undefined) throw new Error('No native build was found for ' + process.arch);
  return file();
};
`;
}

function whyUnusable(path: string, bytes: Uint8Array): PluginFacts | undefined {
  const name = basename(path);
  if (bytes.length > embeddedBytesMax)
    return {
      code: 'NATIVE_MODULE',
      message: `Cannot bundle "${name}": it has ${bytes.length} bytes, more than ${embeddedBytesMax}`,
      remedy: 'Use a smaller package, or one in plain JavaScript or WebAssembly',
    };
  const isElf = bytes[0] === 0x7f && Buffer.from(bytes.subarray(1, 4)).toString('latin1') === 'ELF';
  if (isElf) return undefined;
  return {
    code: 'NATIVE_MODULE',
    message: `Cannot bundle "${name}": it is not compiled for Linux, which containers run`,
    remedy: 'Install the packages on Linux, and build there',
  };
}

function notInstalled(name: string): PluginFacts {
  return {
    code: 'NATIVE_MODULE',
    message: `Cannot bundle "${name}": its compiled code is not installed`,
    remedy: `Run npm rebuild ${name}, which compiles or fetches it`,
  };
}

function looksWhileRunning(name: string): PluginFacts {
  return {
    code: 'NATIVE_MODULE',
    message: `Cannot bundle "${name}": it looks for its compiled code while it runs, and a bundle has no files beside it`,
    remedy: 'Use a package whose compiled code is one file that it names, or one in plain JavaScript or WebAssembly',
  };
}

function failure(facts: PluginFacts): PartialMessage {
  return { text: facts.message, detail: facts };
}
