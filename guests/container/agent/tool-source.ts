/** From the source of a tool to what loads it. */
import type { ToolFactory } from '../../sdk/native.ts';
import { builtinRequire, runScript } from './captured.ts';

/**
 * As long as that of the guest engine (guests/engine/source-module.ts): the host counts columns of the first line behind it. The global `Bun` cannot be
 * removed, so a parameter that nobody gives hides it from what is written for the guest engine.
 */
const sourcePrefixes = {
  bun: '(function (require, module, exports) {',
  quickjs: '(function(require,module,exports,Bun){',
} as const;

/** Compiles a source. @throws {SyntaxError} */
export function compileSource(source: string, tool: string, engine: keyof typeof sourcePrefixes): ToolFactory {
  return runScript(`${sourcePrefixes[engine]}${source}\n})`, { filename: `source/${tool}.js` }) as ToolFactory;
}

/** The same for a tool of the engine `bun`: what the SDK's `require` does not have is a module of Bun. Packages are bundled, so nothing is looked for on disk. */
export function withBuiltins(factory: ToolFactory): ToolFactory {
  return (require, module, exports) =>
    factory((name) => (isBuiltin(name) ? builtinRequire(name) : require(name)), module, exports);
}

const { builtinModules } = builtinRequire('node:module') as { readonly builtinModules: readonly string[] };
const builtins: Readonly<Record<string, true | undefined>> = Object.assign(
  Object.create(null) as object,
  Object.fromEntries(builtinModules.flatMap((name) => [name, `node:${name}`]).map((name) => [name, true] as const)),
);

function isBuiltin(name: string): boolean {
  return builtins[name] === true || name === 'bun' || name.startsWith('bun:') || name.startsWith('node:');
}
