/**
 * The component around a tool's data module, with the engine imported. Like the wrapper of a whole component it depends on the import
 * set alone. It is made of the text of that one: what is said of types, imports and exports stays as it is; of what is inside only
 * the lowered imports and the lifted exports stay, with memory and allocator from the data module.
 */
import type { Template } from '../template.ts';
import {
  ByteReader,
  type FunctionImport,
  type FunctionType,
  concat,
  readExports,
  readImports,
  readTypes,
  withoutCode,
  writeSections,
} from './core-module.ts';
import { type Wrapper, keptWrapper } from './kept-wrapper.ts';
import { type Traps, dataExports, memoryInstance, sharedEngine, trapsOf, typeOf } from './shared-engine.ts';
import { coreModuleSection, cutSections, splice, wrapperOf } from './wrapper.ts';

/** The name under which the component imports the engine. */
const engineImport = 'engine';
/** Part of the key of a kept wrapper. */
const encoderVersion = 'jco-transpile 0.15 / split 1';

const allocator = dataExports.allocator;
const customSection = 0;

/** The wrapper of an import set around data modules; kept in `directory` where one is given. */
export function splitWrapperOf(
  template: Template,
  imports: readonly string[],
  directory: string | undefined,
): Promise<Wrapper> {
  const identity = [encoderVersion, sharedEngine(template).hash, imports];
  return keptWrapper(identity, directory, () => encode(template, imports, directory));
}

async function encode(template: Template, imports: readonly string[], directory: string | undefined): Promise<Wrapper> {
  const { parse, print } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  const { sections, engineHash } = template;
  const granted = new Set(imports);
  const whole = await wrapperOf(sections, engineHash, imports, directory);
  const text = await print(splice(whole, writeSections(withoutCode(cutSections(sections, granted)))));
  return cutFirst(await parse(splitText(template, granted, text)));
}

/** Cuts the first core module, which stands for the data module, out of a component, and leaves its custom sections out. */
function cutFirst(component: Uint8Array): Wrapper {
  const reader = new ByteReader(component, 8);
  const parts: Uint8Array[] = [component.subarray(0, 8)];
  let before: Uint8Array | undefined;
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    reader.bytes(reader.unsigned());
    if (id === coreModuleSection && !before) before = concat(parts.splice(0));
    else if (id !== customSection) parts.push(component.subarray(start, reader.at));
  }
  if (!before) throw new RangeError('Cannot cut a component without a core module');
  return { before, after: concat(parts) };
}

/** The items of a component's text, one level in. Every item begins a line, after two blanks; what is in it is further in. */
function itemsOf(text: string): string[] {
  const inside = text.slice(text.indexOf('\n') + 1, text.lastIndexOf('\n)') + 1);
  return inside
    .split(/^ {2}(?=\()/m)
    .map((item) => item.trimEnd())
    .filter((item) => item !== '');
}

const identifier = String.raw`\$(?:"[^"]*"|[^\s()"]+)`;
const functionAlias = new RegExp(String.raw`^\(alias export \$(\S+) "([^"]+)" \(func (${identifier})`);
const lowering = new RegExp(String.raw`^\(core func ${identifier} .*\(canon lower \(func (${identifier})\)(.*)\)\)$`);
const typeOfInside = /^\((?:@|core |alias core )/;
const exportOfEngine = /^\(alias core export \$main "[^"]*#/;

interface Lowered {
  readonly alias: string;
  /** The import of the engine that it serves. */
  readonly key: string;
  /** The function of the component, and the options of the lowering. */
  readonly definition: string;
}

function splitText(template: Template, granted: ReadonlySet<string>, whole: string): string {
  const items = itemsOf(whole);
  const main = items.findIndex((item) => item.startsWith('(core module $main '));
  if (main === -1) throw new RangeError('Cannot find the core module of a wrapper');
  const kept = (item: string): boolean =>
    !functionAlias.test(item) && (!typeOfInside.test(item) || exportOfEngine.test(item));
  const { sections } = template;
  const traps = trapsOf(sections, granted);
  return [
    `(component (import "${engineImport}" ${engineType(template)})`,
    ...items.slice(0, main).filter(kept),
    dataText(traps),
    '(core instance $data (instantiate $data))',
    `(alias core export $data "${dataExports.memory}" (core memory $memory))`,
    `(alias core export $data "${allocator}" (core func $data_realloc))`,
    ...traps.types.map((_, index) => `(alias core export $data "trap-${index}" (core func $trap-${index}))`),
    ...engineText(readImports(sections), lowered(items), traps),
    `(alias core export $main "${allocator}" (core func $cabi_realloc))`,
    fixupText,
    ...items.slice(main).filter(kept),
    ')',
  ].join('\n');
}

/** What the wrapper lowers, by the import of the engine that it serves. */
function lowered(items: readonly string[]): Map<string, Lowered> {
  const aliases = new Map<string, { alias: string; key: string }>();
  const found = new Map<string, Lowered>();
  for (const item of items) {
    const [, interfaceName, name, aliased] = functionAlias.exec(item) ?? [];
    if (aliased !== undefined) aliases.set(aliased, { alias: item, key: `${interfaceName} ${name}` });
    const [, function_, options = ''] = lowering.exec(item) ?? [];
    const source = function_ === undefined ? undefined : aliases.get(function_);
    if (!source) continue;
    const definition = `(canon lower (func ${function_})${options.replace('$cabi_realloc', '$data_realloc')})`;
    found.set(source.key, { ...source, definition });
  }
  return found;
}

/** The engine's instance, with an instance of lowered or trapping functions for each interface. */
function engineText(
  imports: readonly FunctionImport[],
  functions: ReadonlyMap<string, Lowered>,
  traps: Traps,
): string[] {
  const definitions: string[] = [];
  const instances = new Map<string, string[]>();
  for (const [index, { module, name }] of imports.entries()) {
    const trap = traps.exportOf.get(index);
    const found = functions.get(`${module} ${name}`);
    if (trap === undefined && !found) throw new RangeError(`Cannot find ${module} ${name} in a wrapper`);
    if (trap === undefined && found) definitions.push(found.alias, `(core func $lower-${index} ${found.definition})`);
    const exported = `(export "${name}" (func $${trap ?? `lower-${index}`}))`;
    instances.set(module, [...(instances.get(module) ?? []), exported]);
  }
  const named = [...instances].map(([module, exports]) => `(core instance $for-${module} ${exports.join(' ')})`);
  const args = [...instances.keys()].map((module) => `(with "${module}" (instance $for-${module}))`);
  return [
    ...definitions,
    ...named,
    `(core instance $main (instantiate $engine (with "${memoryInstance}" (instance $data)) ${args.join(' ')}))`,
  ];
}

/** The engine's type: everything that it imports, and of its exports those that a component uses. */
function engineType({ sections }: Template): string {
  const types = readTypes(sections);
  const imports = readImports(sections).map(
    (found) => `(import "${found.module}" "${found.name}" (func${signatureText(typeOf(types, found))}))`,
  );
  const exports = readExports(sections)
    .filter(({ name }) => name === allocator || name.includes('#'))
    .map((found) => `(export "${found.name}" (func${signatureText(typeOf(types, found))}))`);
  const memory = `(import "${memoryInstance}" "${dataExports.memory}" (memory 0))`;
  return `(core module $engine ${imports.join(' ')} ${memory} ${exports.join(' ')})`;
}

/** Stands for the data module: the same exports. */
function dataText({ types }: Traps): string {
  const traps = types.map((type, index) => `(func (export "trap-${index}")${signatureText(type)} unreachable)`);
  return `(core module $data (memory (export "${dataExports.memory}") 1) (table (export "${dataExports.slot}") 1 1 funcref)
  (func (export "${allocator}") (param i32 i32 i32 i32) (result i32) unreachable) ${traps.join(' ')})`;
}

/** Puts the engine's allocator into the slot. */
const fixupText = `(core module $fixup
  (import "data" "${dataExports.slot}" (table 1 1 funcref))
  (import "engine" "${allocator}" (func (param i32 i32 i32 i32) (result i32)))
  (elem (i32.const 0) func 0))
(core instance (instantiate $fixup (with "data" (instance $data)) (with "engine" (instance $main))))`;

const valueTypes: Readonly<Record<number, string>> = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64' };

function signatureText({ parameters, results }: FunctionType): string {
  const list = (keyword: string, types: Uint8Array): string => {
    const names = Array.from(types, (type) => valueTypes[type]);
    if (names.includes(undefined)) throw new RangeError('Cannot write a type that is no number');
    return names.length === 0 ? '' : ` (${keyword} ${names.join(' ')})`;
  };
  return `${list('param', parameters)}${list('result', results)}`;
}
