/** Modules of Node and of Bun, which tools in the sandbox do not have. */
import { builtinModules } from 'node:module';

const builtins: ReadonlySet<string> = new Set(builtinModules);

/** What to do about a built-in module of Node. */
export const builtinRemedy = "Use '@aria/sdk' (files, kv, net, …) or a Web API, or a package made for browsers";

/** Whether a module is one of Node's or Bun's own. */
export function isBuiltin(name: string): boolean {
  return name.startsWith('node:') || isOfBun(name) || builtins.has(name) || builtins.has(name.split('/')[0] ?? '');
}

/** Whether a module is one of Bun's own. */
export function isOfBun(name: string): boolean {
  return name === 'bun' || name.startsWith('bun:');
}
