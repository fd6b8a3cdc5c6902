/** Core WebAssembly modules as sections: reading, renaming imports, replacing memory and data. No code is ever touched. */

/** A section: its id and what is in it. */
export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

/** Section ids of the core specification. */
export const sectionIds = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** Bytes of a page of linear memory. */
export const pageBytes = 65_536;

const header = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const utf8 = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true });

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

/** Reads a binary from front to back. @throws {RangeError} past its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }
  get done(): boolean {
    return this.at >= this.#bytes.length;
  }
  byte(): number {
    const value = this.#bytes[this.at];
    if (value === undefined) throw new RangeError('Cannot read past the end of the module');
    this.at += 1;
    return value;
  }
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const low = this.byte();
      value += (low & 127) * 2 ** shift;
      if (low < 128) return value;
    }
    throw new RangeError('Cannot read a number of more than 32 bits');
  }
  bytes(length: number): Uint8Array {
    if (this.at + length > this.#bytes.length) throw new RangeError('Cannot read past the end of the module');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
  name(): string {
    return utf8Decoder.decode(this.bytes(this.unsigned()));
  }
}

/** Joins byte sequences. */
export function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The sections of a module. @throws {RangeError} where it is cut short. */
export function readSections(module: Uint8Array): Section[] {
  const reader = new ByteReader(module, header.length);
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, body: reader.bytes(reader.unsigned()) });
  }
  return sections;
}

/** A module of these sections. */
export function writeSections(sections: readonly Section[]): Uint8Array {
  return concat([header, ...sections.flatMap(({ id, body }) => [[id], unsigned(body.length), body])]);
}

/** A function import. */
export interface FunctionImport {
  readonly module: string;
  readonly name: string;
  readonly type: number;
}

/** The imports of a module that imports nothing but functions. */
export function readImports(sections: readonly Section[]): FunctionImport[] {
  const section = sections.find(({ id }) => id === sectionIds.import);
  if (!section) return [];
  const reader = new ByteReader(section.body);
  return Array.from({ length: reader.unsigned() }, () => {
    const module = reader.name();
    const name = reader.name();
    if (reader.byte() !== 0) throw new RangeError('Cannot read an import that is no function');
    return { module, name, type: reader.unsigned() };
  });
}

/** Passes over a signed number of 32 bits. */
export function skipSigned(reader: ByteReader): void {
  for (let bytes = 0; bytes < 5; bytes += 1) if (reader.byte() < 128) return;
  throw new RangeError('Cannot read a number of more than 32 bits');
}

/** A name: its length and its UTF-8. */
export function encodedName(text: string): Uint8Array {
  const bytes = utf8.encode(text);
  return concat([unsigned(bytes.length), bytes]);
}

/** The import section of these imports. */
export function importSection(imports: readonly FunctionImport[]): Section {
  const entries = imports.flatMap(({ module, name, type }) => [
    encodedName(module),
    encodedName(name),
    [0],
    unsigned(type),
  ]);
  return { id: sectionIds.import, body: concat([unsigned(imports.length), ...entries]) };
}

/** A function type: parameters and results as value type bytes. */
export interface FunctionType {
  readonly parameters: Uint8Array;
  readonly results: Uint8Array;
}

/** The function types of a module. */
export function readTypes(sections: readonly Section[]): FunctionType[] {
  const section = sections.find(({ id }) => id === sectionIds.type);
  if (!section) return [];
  const reader = new ByteReader(section.body);
  return Array.from({ length: reader.unsigned() }, () => {
    if (reader.byte() !== 0x60) throw new RangeError('Cannot read a type that is no function type');
    const parameters = reader.bytes(reader.unsigned());
    return { parameters, results: reader.bytes(reader.unsigned()) };
  });
}

/** The type section of these types. */
export function typeSection(types: readonly FunctionType[]): Section {
  const entries = types.flatMap(({ parameters, results }) => [
    [0x60],
    unsigned(parameters.length),
    parameters,
    unsigned(results.length),
    results,
  ]);
  return { id: sectionIds.type, body: concat([unsigned(types.length), ...entries]) };
}

/** A module that exports functions of these types under the names 0, 1, 2…, each of which traps. */
export function trappingModule(types: readonly FunctionType[]): Uint8Array {
  const count = unsigned(types.length);
  return writeSections([
    typeSection(types),
    { id: sectionIds.function, body: concat([count, ...types.map((_, index) => unsigned(index))]) },
    {
      id: sectionIds.export,
      body: concat([count, ...types.flatMap((_, index) => [encodedName(String(index)), [0], unsigned(index)])]),
    },
    { id: sectionIds.code, body: concat([count, ...types.map(() => [3, 0, 0, 0x0b])]) },
  ]);
}

/** A function that a module exports. */
export interface FunctionExport {
  readonly name: string;
  readonly type: number;
}

/** The functions that a module exports, with their types. Its functions' bodies are its own: imported ones are not exported again. */
export function readExports(sections: readonly Section[]): FunctionExport[] {
  const bodyOf = (wanted: number): Uint8Array => sections.find(({ id }) => id === wanted)?.body ?? Uint8Array.of(0);
  const functions = new ByteReader(bodyOf(sectionIds.function));
  const types = Array.from({ length: functions.unsigned() }, () => functions.unsigned());
  const imported = readImports(sections).length;
  const reader = new ByteReader(bodyOf(sectionIds.export));
  return Array.from({ length: reader.unsigned() }, () => {
    const name = reader.name();
    const kind = reader.byte();
    const type = types[reader.unsigned() - imported];
    return kind === 0 && type !== undefined ? { name, type } : undefined;
  }).filter((found) => found !== undefined);
}

/** The same module with bodies that trap and without tables' and memory's content: what the tools that encode need to see of it. */
export function withoutCode(sections: readonly Section[]): Section[] {
  return sections
    .filter(
      ({ id }) =>
        id !== sectionIds.custom && id !== sectionIds.element && id !== sectionIds.data && id !== sectionIds.dataCount,
    )
    .map((section) => {
      if (section.id !== sectionIds.code) return section;
      const count = new ByteReader(section.body).unsigned();
      return {
        id: section.id,
        body: concat([unsigned(count), ...Array.from({ length: count }, () => [3, 0, 0, 0x0b])]),
      };
    });
}

/** Runs of zeros at least this long end a data segment: about what a segment's own header costs, several times over. */
const zeroRunMin = 64;

function segments(memory: Uint8Array): { offset: number; bytes: Uint8Array }[] {
  const found: { offset: number; bytes: Uint8Array }[] = [];
  let at = 0;
  while (at < memory.length) {
    while (at < memory.length && memory[at] === 0) at += 1;
    if (at >= memory.length) break;
    const start = at;
    let zeros = 0;
    while (at < memory.length && zeros < zeroRunMin) {
      zeros = memory[at] === 0 ? zeros + 1 : 0;
      at += 1;
    }
    found.push({ offset: start, bytes: memory.subarray(start, at - zeros) });
  }
  return found;
}

/**
 * The same module with this memory from the start.
 * @param memory A whole number of pages.
 * @param memoryBytesMax What the memory may grow to.
 */
export function withMemory(sections: readonly Section[], memory: Uint8Array, memoryBytesMax: number): Section[] {
  const parts = segments(memory);
  const data = concat([
    unsigned(parts.length),
    ...parts.flatMap(({ offset, bytes }) => [[0, 0x41], signed(offset), [0x0b], unsigned(bytes.length), bytes]),
  ]);
  const limits = concat([
    [1, 1],
    unsigned(memory.length / pageBytes),
    unsigned(Math.floor(memoryBytesMax / pageBytes)),
  ]);
  return sections
    .filter(({ id }) => id !== sectionIds.custom)
    .map((section) => {
      if (section.id === sectionIds.memory) return { id: section.id, body: limits };
      if (section.id === sectionIds.dataCount) return { id: section.id, body: Uint8Array.from(unsigned(parts.length)) };
      return section.id === sectionIds.data ? { id: section.id, body: data } : section;
    });
}
