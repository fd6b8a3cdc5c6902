/** Core modules before they are compiled: names checked, memory and tables bounded, the shape that glue depends on. */
import { componentLimits, pageBytes } from '../limits.ts';
import { componentInvalid } from '../errors.ts';
import { BinaryReader, leb } from './binary-reader.ts';

/** Sections of a core module. */
export const sections = {
  custom: 0,
  type: 1,
  import: 2,
  table: 4,
  memory: 5,
  export: 7,
  start: 8,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;
const limitFlags = { hasMax: 0x01, shared: 0x02, index64: 0x04 } as const;
const maxPages = 65_536;

/**
 * Names become string literals of the glue, which jco does not escape: a quote in one would be code in the host. These characters
 * are what WIT, wit-component and compilers write.
 */
const harmlessName = /^[A-Za-z0-9_:/@.\-[\]#$<>|=*+!?, ]*$/;

/** A core module, read. */
export interface CoreModule {
  readonly bytes: Uint8Array;
  /** Pages of the memory that it defines; none where it defines none. */
  readonly memoryPagesMin: number | undefined;
  /** Whether something runs while it is instantiated. */
  readonly hasStart: boolean;
}

/** Reads a core module. @throws {CodedError} `COMPONENT_INVALID`. */
export function readCoreModule(bytes: Uint8Array): CoreModule {
  const reader = new BinaryReader(bytes);
  reader.take(8);
  let memoryPagesMin: number | undefined;
  let hasStart = false;
  while (!reader.atEnd) {
    const { id, body } = reader.section();
    if (id === sections.memory) memoryPagesMin = readMemory(body)?.min;
    else if (id === sections.table) boundTables(body);
    else if (id === sections.type) checkTypes(body);
    else if (id === sections.tag) throw componentInvalid('a core module has exceptions');
    else if (id === sections.start) hasStart = true;
    else if (id === sections.import) checkImportNames(body);
    else if (id === sections.export) checkExportNames(body);
  }
  return { bytes, memoryPagesMin, hasStart };
}

/** Where a bounded module imports its memory from. */
export const memoryImport = { module: 'aria:memory', name: 'memory' } as const;

/**
 * The module with its tables bounded to the host's limit, custom sections left out, and the memory that it defines imported instead
 * (`memoryImport`), bounded to `memoryBytesMax`: so that a worker can hand a fresh instance a memory that has its pages already.
 * Nothing else changes: memory 0 stays memory 0, and instantiation still writes the data. A maximum that the module declares itself
 * stays where it is lower.
 * @throws {CodedError} `COMPONENT_INVALID` for tables over the limit.
 */
export function boundCoreModule(module: CoreModule, memoryBytesMax: number): Uint8Array<ArrayBuffer> {
  const memory = module.memoryPagesMin === undefined ? undefined : memoryLimits(module, memoryBytesMax);
  const reader = new BinaryReader(module.bytes);
  const parts: Uint8Array[] = [reader.take(8)];
  let pending = memory;
  while (!reader.atEnd) {
    const { id, body, start } = reader.section();
    if (id === sections.custom) continue;
    if (pending && id > sections.type) {
      // Imports come right after types; a module without any gets its section here.
      parts.push(section(sections.import, importsWith(pending, id === sections.import ? body : undefined)));
      pending = undefined;
      if (id === sections.import) continue;
    }
    if (id === sections.memory && memory) continue;
    if (id === sections.table) parts.push(section(id, boundTables(body)));
    else parts.push(module.bytes.subarray(start, body.end));
  }
  return concatenate(parts);
}

/** The core modules of a tool's component. @throws {CodedError} `COMPONENT_INVALID` where not exactly one of them has a memory. */
export function readToolModules(coreModules: readonly Uint8Array[]): readonly CoreModule[] {
  const modules = coreModules.map(readCoreModule);
  const memories = modules.filter(({ memoryPagesMin }) => memoryPagesMin !== undefined).length;
  if (memories !== 1) throw componentInvalid(`it has ${memories} memories, and a tool has one`);
  return modules;
}

/** What glue depends on: types, imports and exports, but neither code nor data nor the size of the memory. */
export function shapeOf(module: CoreModule): readonly Uint8Array[] {
  const ignored: readonly number[] = [
    sections.custom,
    sections.memory,
    sections.code,
    sections.data,
    sections.dataCount,
  ];
  const reader = new BinaryReader(module.bytes);
  const parts: Uint8Array[] = [reader.take(8)];
  while (!reader.atEnd) {
    const { id, body, start } = reader.section();
    if (!ignored.includes(id)) parts.push(module.bytes.subarray(start, body.end));
  }
  return parts;
}

interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

function readLimits(body: BinaryReader): Limits {
  const flags = body.byte();
  if ((flags & ~limitFlags.hasMax) !== 0) throw componentInvalid('a memory or table is shared or has 64-bit indexes');
  const min = body.u32();
  return { min, max: flags & limitFlags.hasMax ? body.u32() : undefined };
}

function readMemory(body: BinaryReader): Limits | undefined {
  const count = body.u32();
  if (count > 1) throw componentInvalid('a core module has more than one memory');
  if (count === 0) return undefined;
  const limits = readLimits(body);
  if (limits.min > maxPages) throw componentInvalid(`its memory has ${limits.min} pages`);
  return limits;
}

/** What the memory of a module may be when it is bounded. */
export function memoryLimits(module: CoreModule, memoryBytesMax: number): Readonly<{ min: number; max: number }> {
  const reader = new BinaryReader(module.bytes);
  reader.take(8);
  while (!reader.atEnd) {
    const { id, body } = reader.section();
    const limits = id === sections.memory ? readMemory(body) : undefined;
    if (limits)
      return { min: limits.min, max: Math.min(limits.max ?? maxPages, Math.floor(memoryBytesMax / pageBytes)) };
  }
  throw componentInvalid('a core module defines no memory');
}

function importsWith(
  { min, max }: Readonly<{ min: number; max: number }>,
  imports: BinaryReader | undefined,
): readonly number[] {
  const count = imports?.u32() ?? 0;
  const others = imports ? imports.take(imports.end - imports.offset) : [];
  return [
    ...leb(count + 1),
    ...others,
    ...encodedName(memoryImport.module),
    ...encodedName(memoryImport.name),
    0x02,
    limitFlags.hasMax,
    ...leb(min),
    ...leb(max),
  ];
}

/** A name of ASCII. */
export function encodedName(text: string): readonly number[] {
  return [...leb(text.length), ...new TextEncoder().encode(text)];
}

/** The content of a table section with every table bounded. @throws {CodedError} `COMPONENT_INVALID`. */
export function boundTables(body: BinaryReader): readonly number[] {
  const count = body.u32();
  if (count > componentLimits.tablesMax) throw componentInvalid(`a core module has ${count} tables`);
  const out: number[] = [...leb(count)];
  for (let index = 0; index < count; index += 1) {
    const element = body.byte();
    if (element !== 0x70 && element !== 0x6f) throw componentInvalid('a table is of an unknown type');
    const { min, max } = readLimits(body);
    if (min > componentLimits.tableElementsMax) throw componentInvalid(`a table has ${min} elements`);
    out.push(
      element,
      limitFlags.hasMax,
      ...leb(min),
      ...leb(Math.min(max ?? Infinity, componentLimits.tableElementsMax)),
    );
  }
  return out;
}

const functionType = 0x60;
/** i32, i64, f32, f64, v128, funcref, externref. */
const valueTypes: readonly number[] = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f];

/**
 * Only functions of numbers and plain references. Objects of V8's collector lie outside linear memory, and a guest that links them without end keeps
 * its thread in the collector, where nothing can end it.
 */
function checkTypes(body: BinaryReader): void {
  const count = body.u32();
  for (let index = 0; index < count; index += 1) {
    if (body.byte() !== functionType) throw componentInvalid('a core module has a type that is no function');
    for (const list of ['parameters', 'results']) {
      const known = body.take(body.u32()).every((type) => valueTypes.includes(type));
      if (!known) throw componentInvalid(`a function of a core module has ${list} of an unknown type`);
    }
  }
}

function checkName(name: string): void {
  if (!harmlessName.test(name))
    throw componentInvalid(`a core module has the name ${JSON.stringify(name.slice(0, 64))}`);
}

function checkImportNames(body: BinaryReader): void {
  const count = body.u32();
  for (let index = 0; index < count; index += 1) {
    checkName(body.name());
    checkName(body.name());
    skipImportType(body);
  }
}

/** Passes over what an import is, behind its names. */
export function skipImportType(body: BinaryReader): void {
  const kind = body.byte();
  if (kind === 0x00) body.u32();
  else if (kind === 0x01) {
    body.byte();
    readLimits(body);
  } else if (kind === 0x02) readLimits(body);
  else if (kind === 0x03) {
    body.byte();
    body.byte();
  } else throw componentInvalid('a core module imports something of an unknown kind');
}

function checkExportNames(body: BinaryReader): void {
  const count = body.u32();
  for (let index = 0; index < count; index += 1) {
    checkName(body.name());
    body.byte();
    body.u32();
  }
}

/** A section. */
export function section(id: number, content: readonly number[]): Uint8Array {
  return Uint8Array.from([id, ...leb(content.length), ...content]);
}

/** Joins byte sequences. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
