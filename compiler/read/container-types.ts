/**
 * The types of what only a container has: Node's modules and globals, and Bun's. They are those that the project has installed; what it has
 * not installed is `any`, so that a project without them can be built, and arc says that nothing of it is checked.
 */
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import type { ts } from './typescript.js';

/** Where the texts of this file are for a program; no such folder exists. */
const folder = '/aria-container-types';
/** Packages of types, of which one is enough. */
const packages = { node: ['@types/node'], bun: ['@types/bun', 'bun-types'] } as const;
/** Folders of what these packages are made of. */
const declaring = /[\\/]node_modules[\\/](?:@types[\\/](?:node|bun)|bun-types|undici-types)[\\/]/;
/** Names that a bundle has by its bundler, or that stand for what every tool has. */
const everywhere: ReadonlySet<string> = new Set(['global', 'globalThis', 'require', 'module', 'exports', 'console']);

const untyped: Readonly<Record<keyof typeof packages, string>> = {
  node: [
    "declare module 'node:*';",
    ...builtinModules.filter((name) => !name.startsWith('_')).map((name) => `declare module '${name}';`),
    'declare var process: any;',
    'declare var Buffer: any;',
    'interface Buffer extends Uint8Array<ArrayBuffer> {}',
    'declare var __dirname: string;',
    'declare var __filename: string;',
    'declare function setImmediate(callback: (...args: any[]) => unknown, ...args: any[]): any;',
    'declare function clearImmediate(handle: any): void;',
    'declare var WebSocket: any;',
    'declare var ReadableStream: any;',
    'declare var WritableStream: any;',
    'declare var TransformStream: any;',
  ].join('\n'),
  bun: ["declare module 'bun';", "declare module 'bun:*';", 'declare var Bun: any;'].join('\n'),
};

const declaredNames: ReadonlySet<string> = new Set(
  Object.values(untyped).flatMap((text) =>
    Array.from(text.matchAll(/^declare (?:var|function) (\w+)/gm), ([, name]) => name ?? ''),
  ),
);

/** Whether a name is that of a global, or of a namespace of types, that only a container has. */
export function isContainerName(name: string): boolean {
  return declaredNames.has(name) || name === 'NodeJS';
}

/** What a program reads beside what every tool has. */
export interface ContainerTypes {
  /** Absolute paths. */
  readonly roots: readonly string[];
  /** Which of them are not installed. */
  readonly missing: readonly (keyof typeof packages)[];
}

/** The types for a project's directory. */
export function containerTypes(directory: string): ContainerTypes {
  const found = Object.entries(packages).map(([kind, names]) => {
    const path = names.map((name) => findAbove(directory, join('node_modules', name, 'index.d.ts'))).find(Boolean);
    return { kind: kind as keyof typeof packages, path };
  });
  return {
    roots: found.map(({ kind, path }) => path ?? `${folder}/${kind}.d.ts`),
    missing: found.filter(({ path }) => path === undefined).map(({ kind }) => kind),
  };
}

function findAbove(directory: string, path: string): string | undefined {
  const found = join(directory, path);
  if (existsSync(found)) return found;
  const above = dirname(directory);
  return above === directory ? undefined : findAbove(above, path);
}

/** The text of a file that stands for types that are not installed. */
export function untypedText(path: string): string | undefined {
  const kind = (['node', 'bun'] as const).find((one) => path === `${folder}/${one}.d.ts`);
  return kind && untyped[kind];
}

/** The name of a global that a symbol stands for, if every tool does not have it. */
export function containerGlobal({ name, declarations = [] }: ts.Symbol): string | undefined {
  if (everywhere.has(name) || declarations.length === 0) return undefined;
  return declarations.every((declaration) => isGlobalOfContainer(declaration)) ? name : undefined;
}

function isGlobalOfContainer(declaration: ts.Declaration): boolean {
  const { fileName } = declaration.getSourceFile();
  return fileName.startsWith(`${folder}/`) || declaring.test(fileName);
}
