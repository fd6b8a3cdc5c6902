/**
 * WIT values in frames, led by their types: bytes, long texts and vectors stand as the number of a blob, all else as JSON.
 *
 * The writer accepts what the guest engine accepts, in its words, so that a tool meets the same errors on both substrates. The reader accepts nothing but
 * what the writer writes. Loops go by index: a tool may have changed what iteration means.
 */
import type { ValueType } from './signatures.ts';

/** Where bytes go. Each gives the number by which the value is found again. */
export interface ValueSink {
  /** A blob of the value itself. */
  blob(bytes: Uint8Array): number;
  /** Bytes that stand for a part of the value. */
  aside(bytes: Uint8Array): number;
}

/** Where bytes come from. @throws {RangeError} for a number that names none. */
export interface ValueSource {
  /** What stands for a blob in the value: its bytes, or its number. */
  blob(index: number): unknown;
  aside(index: number): Uint8Array;
  /** A list of f64 as this side has it: jco's `Float64Array` in arguments, a plain list in completions. */
  vector(numbers: Float64Array): unknown;
}

/** Texts beyond this many characters go beside the header. */
export const textAsideCharacters = 1_024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const { isArray } = Array;
const { isInteger } = Number;
const listMax = 1 << 24;
const depthMax = 64;

/** A value as JSON. @throws {TypeError} where it is not of the type. */
export function writeValue(type: ValueType, value: unknown, sink: ValueSink, depth = 0): unknown {
  if (depth > depthMax) throw new RangeError('expected a shallower value');
  switch (type.kind) {
    case 'bool':
      return Boolean(value);
    case 's32':
      if (typeof value !== 'number') throw new TypeError('expected a number');
      if (value !== (value | 0)) throw new RangeError('expected a whole number of 32 bits');
      return value | 0;
    case 'f64':
      if (typeof value !== 'number') throw new TypeError('expected a number');
      return writeNumber(value);
    case 'string':
      if (typeof value !== 'string') throw new TypeError('expected a string');
      return value.length > textAsideCharacters ? sink.aside(encoder.encode(value)) : value;
    case 'blob':
      if (!(value instanceof Uint8Array)) throw new TypeError('expected a Uint8Array');
      return sink.blob(value);
    case 'enum':
      return writeEnum(type.cases, value);
    case 'option':
      // A list around the value: an option of an option would be ambiguous without.
      return value === undefined || value === null ? null : [writeValue(type.of, value, sink, depth + 1)];
    case 'list':
      return type.of.kind === 'f64' ? sink.aside(vectorBytes(value)) : writeList(type.of, value, sink, depth);
    case 'tuple':
    case 'record':
      return writeMembers(type, value, sink, depth);
    case 'variant':
      return writeVariant(type.cases, value, sink, depth);
  }
}

/** JSON has neither the infinities nor NaN. */
function writeNumber(value: number): number | string {
  return value - value === 0 ? value : `${value}`;
}

function writeEnum(cases: readonly string[], value: unknown): number {
  const text = `${value as string}`;
  for (let index = 0; index < cases.length; index += 1) if (cases[index] === text) return index;
  throw new TypeError(`expected one of its cases, found "${text}"`);
}

function demandList(value: unknown): asserts value is ArrayLike<unknown> {
  if (!isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView)))
    throw new TypeError('expected an array');
  if ((value as ArrayLike<unknown>).length > listMax) throw new RangeError(`expected at most ${listMax} elements`);
}

function vectorBytes(value: unknown): Uint8Array {
  demandList(value);
  const vector = new Float64Array(value.length);
  for (let index = 0; index < vector.length; index += 1) {
    const item = value[index];
    if (typeof item !== 'number') throw new TypeError('expected a number');
    vector[index] = item;
  }
  return new Uint8Array(vector.buffer);
}

function writeList(of: ValueType, value: unknown, sink: ValueSink, depth: number): unknown {
  demandList(value);
  const list: unknown[] = [];
  for (let index = 0; index < value.length; index += 1) list[index] = writeValue(of, value[index], sink, depth + 1);
  return list;
}

/** By place, not by name: shorter, and no key of a tool's becomes one of ours. */
function writeMembers(
  type: Extract<ValueType, { kind: 'tuple' | 'record' }>,
  value: unknown,
  sink: ValueSink,
  depth: number,
): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    throw new TypeError('expected an object');
  const found = value as Readonly<Record<string, unknown>>;
  const list: unknown[] = [];
  if (type.kind === 'tuple') {
    for (let index = 0; index < type.of.length; index += 1) {
      const of = type.of[index];
      if (of) list[index] = writeValue(of, found[index], sink, depth + 1);
    }
    return list;
  }
  for (let index = 0; index < type.fields.length; index += 1) {
    const field = type.fields[index];
    if (field) list[index] = writeValue(field[1], found[field[0]], sink, depth + 1);
  }
  return list;
}

function writeVariant(
  cases: Extract<ValueType, { kind: 'variant' }>['cases'],
  value: unknown,
  sink: ValueSink,
  depth: number,
): unknown {
  const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
  for (let index = 0; index < cases.length; index += 1) {
    const found = cases[index];
    if (found?.[0] !== tag) continue;
    return found[1] === null ? [index] : [index, writeValue(found[1], val, sink, depth + 1)];
  }
  throw new TypeError(`expected one of its cases, found "${tag}"`);
}

/** A value of what `writeValue` wrote. @throws {TypeError | RangeError} where it is not of the type. */
export function readValue(type: ValueType, json: unknown, source: ValueSource): unknown {
  switch (type.kind) {
    case 'bool':
      if (typeof json !== 'boolean') throw malformed('a truth value');
      return json;
    case 's32':
      if (typeof json !== 'number' || json !== (json | 0)) throw malformed('a whole number of 32 bits');
      return json;
    case 'f64':
      return readNumber(json);
    case 'string':
      return typeof json === 'string' ? json.toWellFormed() : decoder.decode(source.aside(numberOf(json)));
    case 'blob':
      return source.blob(numberOf(json));
    case 'enum': {
      const found = type.cases[numberOf(json)];
      if (found === undefined) throw malformed('a case');
      return found;
    }
    case 'option':
      return json === null ? undefined : readValue(type.of, listOf(json, 1)[0], source);
    case 'list':
      return type.of.kind === 'f64'
        ? source.vector(vectorOf(source.aside(numberOf(json))))
        : readList(type.of, json, source);
    case 'tuple':
      return readTuple(type.of, json, source);
    case 'record':
      return readRecord(type.fields, json, source);
    case 'variant':
      return readVariant(type.cases, json, source);
  }
}

function malformed(expected: string): TypeError {
  return new TypeError(`Cannot read the value: it is not ${expected}`);
}

function numberOf(json: unknown): number {
  if (typeof json !== 'number' || !isInteger(json) || json < 0) throw malformed('the number of a blob or a case');
  return json;
}

function listOf(json: unknown, length?: number): readonly unknown[] {
  if (!isArray(json) || (length !== undefined && json.length !== length)) throw malformed('a list of its members');
  return json as readonly unknown[];
}

function readNumber(json: unknown): number {
  if (typeof json === 'number') return json;
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json);
  throw malformed('a number');
}

function vectorOf(bytes: Uint8Array): Float64Array {
  if (bytes.length % 8 !== 0) throw malformed('a vector');
  return new Float64Array(new Uint8Array(bytes).buffer);
}

function readList(of: ValueType, json: unknown, source: ValueSource): readonly unknown[] {
  const items = listOf(json);
  const list: unknown[] = [];
  for (let index = 0; index < items.length; index += 1) list[index] = readValue(of, items[index], source);
  return list;
}

function readTuple(types: readonly ValueType[], json: unknown, source: ValueSource): readonly unknown[] {
  const items = listOf(json, types.length);
  const list: unknown[] = [];
  for (let index = 0; index < types.length; index += 1) {
    const of = types[index];
    if (of) list[index] = readValue(of, items[index], source);
  }
  return list;
}

function readRecord(
  fields: Extract<ValueType, { kind: 'record' }>['fields'],
  json: unknown,
  source: ValueSource,
): object {
  const items = listOf(json, fields.length);
  const record: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index];
    if (field) record[field[0]] = readValue(field[1], items[index], source);
  }
  return record;
}

function readVariant(
  cases: Extract<ValueType, { kind: 'variant' }>['cases'],
  json: unknown,
  source: ValueSource,
): object {
  const items = listOf(json);
  const found = cases[numberOf(items[0])];
  if (found === undefined || items.length !== (found[1] === null ? 1 : 2)) throw malformed('a case');
  return { tag: found[0], val: found[1] === null ? undefined : readValue(found[1], items[1], source) };
}
