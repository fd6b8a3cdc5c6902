/** Loads `wit/host/*.wit`: the package `aria:host` as data. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type WitDefinition, type WitInterface, type WitType, readWit } from './read-wit.ts';

const directory = new URL('../host/', import.meta.url);

/**
 * Every interface, in the order that the numbers of host functions follow. Names are never reordered within an ABI version:
 * the template's snapshot holds them by number.
 */
export const interfaceOrder = [
  'types',
  'tool',
  'log',
  'timer',
  'llm',
  'net',
  'kv',
  'files',
  'vectors',
  'gpu',
  'tools',
  'agents',
  'context',
] as const;
/** The name of an interface of `aria:host`. */
export type InterfaceName = (typeof interfaceOrder)[number];

/** One file of the package, as text. */
export function witText(name: InterfaceName | 'world'): string {
  return readFileSync(fileURLToPath(new URL(`${name}.wit`, directory)), 'utf8');
}

/** A function of the host: one that starts an operation has a completion. */
export interface HostFunction {
  readonly interface: InterfaceName;
  readonly name: string;
  readonly parameters: WitInterface['functions'][number]['parameters'];
  /** The result of `complete-<name>`; none for a function that starts no operation. */
  readonly completion: { readonly ok: WitType | undefined; readonly err: WitType } | undefined;
}

/** The package. */
export interface HostPackage {
  readonly interfaces: readonly WitInterface[];
  readonly functions: readonly HostFunction[];
  /** What a name means in an interface, `types` included. */
  resolve(interfaceName: string, name: string): WitDefinition;
}

/** Loads the package. @throws {Error} where a start function and its completion do not fit each other. */
export function loadHostPackage(): HostPackage {
  const interfaces = interfaceOrder.flatMap((name) => readWit(`wit/host/${name}.wit`, witText(name)));
  const functions = interfaces.flatMap((found) => (found.name === 'tool' ? [] : hostFunctions(found)));
  return {
    interfaces,
    functions,
    resolve(interfaceName, name) {
      const own = interfaces
        .find((found) => found.name === interfaceName)
        ?.definitions.find((definition) => definition.name === name);
      const shared = interfaces
        .find((found) => found.name === 'types')
        ?.definitions.find((definition) => definition.name === name);
      const definition = own ?? shared;
      if (!definition) throw new Error(`Cannot resolve "${name}" in the interface "${interfaceName}"`);
      return definition;
    },
  };
}

function hostFunctions(found: WitInterface): HostFunction[] {
  const isOperation = (type: WitType | undefined): boolean => type?.kind === 'named' && type.name === 'operation';
  return found.functions
    .filter(({ name, result }) => isOperation(result) || !name.startsWith('complete-'))
    .map(({ name, parameters, result }) => {
      const start = { interface: found.name as InterfaceName, name, parameters };
      if (!isOperation(result)) return { ...start, completion: undefined };
      const complete = found.functions.find((other) => other.name === `complete-${name}` && !isOperation(other.result));
      if (complete?.result?.kind !== 'result' || !complete.result.err) {
        throw new Error(`Cannot use "${found.name}.${name}": it has no complete-${name} with a result`);
      }
      return { ...start, completion: { ok: complete.result.ok, err: complete.result.err } };
    });
}
