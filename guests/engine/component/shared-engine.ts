/**
 * The guest engine apart from its tools: the engine's core module with its memory imported, which is the same bytes for every
 * tool, and the data module, which has what is a tool's own.
 *
 * | module | imports | exports |
 * |---|---|---|
 * | engine | its functions of `aria:host`, its memory from `tool` | what the engine exports |
 * | data | nothing | `memory` with the tool's snapshot, `cabi_realloc`, its `slot`, functions that trap |
 *
 * Lowered imports need memory and allocator before the engine, which imports them, is there. So both come from the data module;
 * its allocator calls whatever a third module puts into the slot: the engine's own.
 */
import { hashBytes } from '#wit/bundle';
import type { Template } from '../template.ts';
import {
  type FunctionImport,
  type FunctionType,
  type Section,
  concat,
  encodedName,
  readImports,
  readTypes,
  sectionIds,
  typeSection,
  unsigned,
  writeSections,
} from './core-module.ts';

/** The instance that the engine imports its memory from. */
export const memoryInstance = 'tool';
/** Names of the data module's exports. */
export const dataExports = { memory: 'memory', allocator: 'cabi_realloc', slot: 'slot' } as const;

/** The engine's core module as tools share it. */
export interface SharedEngine {
  /** Owned by this module: nobody writes into it. */
  readonly bytes: Uint8Array;
  /** BLAKE3 of the bytes. */
  readonly hash: string;
}

const i32 = 0x7f;
const allocatorType: FunctionType = { parameters: Uint8Array.of(i32, i32, i32, i32), results: Uint8Array.of(i32) };
const kinds = { function: 0, table: 1, memory: 2 } as const;

const engines = new WeakMap<Template, SharedEngine>();

/** The shared engine of a template. */
export function sharedEngine(template: Template): SharedEngine {
  let engine = engines.get(template);
  if (!engine) {
    const bytes = writeSections(withImportedMemory(template.sections));
    engine = { bytes, hash: hashBytes(bytes) };
    engines.set(template, engine);
  }
  return engine;
}

/** Memory 0 stays memory 0, and no index moves: only where it comes from changes, and what is in it. */
function withImportedMemory(sections: readonly Section[]): Section[] {
  const left: readonly number[] = [sectionIds.custom, sectionIds.memory, sectionIds.data, sectionIds.dataCount];
  const memory = concat([encodedName(memoryInstance), encodedName(dataExports.memory), [kinds.memory, 0, 0]]);
  return sections
    .filter(({ id }) => !left.includes(id))
    .map((section) => {
      if (section.id !== sectionIds.import) return section;
      const count = readImports(sections).length;
      const functions = section.body.subarray(unsigned(count).length);
      return { id: section.id, body: concat([unsigned(count + 1), functions, memory]) };
    });
}

/** Imports that a tool was not granted, and the functions of its data module that trap in their place. */
export interface Traps {
  /** By the index of the function in the engine: the name of the export that is called instead. */
  readonly exportOf: ReadonlyMap<number, string>;
  /** Types of the functions, in the order of their names. */
  readonly types: readonly FunctionType[];
}

/** One function for each type of what is not granted. */
export function trapsOf(sections: readonly Section[], granted: ReadonlySet<string>): Traps {
  const types = readTypes(sections);
  const exportOf = new Map<number, string>();
  const numbers = new Map<number, string>();
  const used: FunctionType[] = [];
  for (const [index, { module, type }] of readImports(sections).entries()) {
    if (granted.has(module)) continue;
    let name = numbers.get(type);
    if (name === undefined) {
      name = `trap-${used.length}`;
      numbers.set(type, name);
      used.push(typeOf(types, { type }));
    }
    exportOf.set(index, name);
  }
  return { exportOf, types: used };
}

/** The type of an import. @throws {RangeError} for a module that V8 would refuse. */
export function typeOf(types: readonly FunctionType[], { type }: Pick<FunctionImport, 'type'>): FunctionType {
  const found = types[type];
  if (!found) throw new RangeError(`Cannot find type ${type} of the engine`);
  return found;
}

/** What of a tool goes into its data module: the sections of its core module, byte for byte. */
export interface ToolMemory {
  readonly memory: Section;
  readonly data: Section;
}

/** The data module of a tool. */
export function dataModule({ memory, data }: ToolMemory, traps: Traps): Uint8Array {
  const count = traps.types.length;
  const trapExports = traps.types.map((_, index) =>
    concat([encodedName(`trap-${index}`), [kinds.function], unsigned(index + 1)]),
  );
  const exported = (name: string, kind: number): Uint8Array => concat([encodedName(name), [kind, 0]]);
  return writeSections([
    typeSection([allocatorType, ...traps.types]),
    {
      id: sectionIds.function,
      body: concat([unsigned(count + 1), ...Array.from({ length: count + 1 }, (_, index) => unsigned(index))]),
    },
    // One slot of any function.
    { id: sectionIds.table, body: Uint8Array.of(1, 0x70, 1, 1, 1) },
    memory,
    {
      id: sectionIds.export,
      body: concat([
        unsigned(count + 3),
        exported(dataExports.memory, kinds.memory),
        exported(dataExports.slot, kinds.table),
        exported(dataExports.allocator, kinds.function),
        ...trapExports,
      ]),
    },
    { id: sectionIds.code, body: concat([unsigned(count + 1), allocatorBody, ...traps.types.map(() => trapBody)]) },
    data,
  ]);
}

/** No locals; the four parameters; the slot; `call_indirect` of type 0 through table 0; end. An empty slot traps. */
const allocatorBody = Uint8Array.of(15, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0x20, 3, 0x41, 0, 0x11, 0, 0, 0x0b);
/** No locals; `unreachable`; end. */
const trapBody = Uint8Array.of(3, 0, 0, 0x0b);
