/**
 * From JSON to the WIT values of jco's conventions and back, by the types of `aria:host`: names of fields in camel case, `undefined` for none, a variant as
 * `{ tag, val }`, a blob as its index on the way in and as bytes on the way out. JSON has no NaN and no infinities: they stand as text.
 */
import type { HostPackage, WitDefinition, WitType } from '#wit/host-package';
import { pointerPart } from '#wit/values';
import { type BodyForm, type BytesReader, writeBytes } from './bytes.ts';
import { bodyInvalid } from './errors.ts';
import { formLimits } from './limits.ts';

/** Arguments that are being read. */
export interface Reading {
  readonly bytes: BytesReader;
  /** Of the operation: an argument names them by their index. */
  readonly blobs: Uint8Array[];
}

/** A type, as JSON. */
export interface ValueForm {
  /** @throws {CodedError} `INPUT_INVALID` at the first place that does not fit. */
  read(json: unknown, pointer: string, reading: Reading): unknown;
  /** @throws {Error} for a value that is not of the type: a fault of whoever served the operation. */
  write(value: unknown, form: BodyForm): unknown;
}

/** The form of a type where it is used; types of WIT hold no cycles. */
export function valueForm(host: HostPackage, scope: string, type: WitType): ValueForm {
  switch (type.kind) {
    case 'bool':
      return scalar('boolean', 'true or false');
    case 'string':
      return scalar('string', 'a text');
    case 's32':
    case 'u8':
      return wholeNumber(type.kind === 'u8' ? [0, 255] : [-(2 ** 31), 2 ** 31 - 1]);
    case 'f64':
      return number;
    case 'list':
      return list(valueForm(host, scope, type.of));
    case 'option':
      return option(valueForm(host, scope, type.of));
    case 'tuple':
      return tuple(type.of.map((of) => valueForm(host, scope, of)));
    case 'result':
      throw new Error('Cannot write a nested result as JSON');
    case 'named':
      return type.name === 'blob' ? blob : definitionForm(host, scope, host.resolve(scope, type.name));
  }
}

function definitionForm(host: HostPackage, scope: string, definition: WitDefinition): ValueForm {
  switch (definition.kind) {
    case 'alias':
      return valueForm(host, scope, definition.type);
    case 'enum':
      return choice(definition.cases.map(({ name }) => name));
    case 'record':
      return record(
        definition.fields.map(({ name, type }) => ({
          name: camelCase(name),
          optional: type.kind === 'option',
          form: valueForm(host, scope, type),
        })),
      );
    case 'variant':
      return variant(
        new Map(definition.cases.map(({ name, type }) => [name, type && valueForm(host, scope, type)] as const)),
      );
  }
}

/** As jco writes names of WIT. */
export function camelCase(text: string): string {
  return text.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function refused(pointer: string, expected: string): Error {
  return bodyInvalid(pointer, `it is not ${expected}`, `Send ${expected}`);
}

function misfit(expected: string): Error {
  return new Error(`Cannot write a value as JSON: it is not ${expected}`);
}

function scalar(type: 'boolean' | 'string', expected: string): ValueForm {
  return {
    read(json, pointer) {
      // A lone surrogate is no text of WIT.
      if (typeof json !== type || (typeof json === 'string' && !json.isWellFormed())) throw refused(pointer, expected);
      return json;
    },
    write(value) {
      if (typeof value !== type) throw misfit(expected);
      return value;
    },
  };
}

function wholeNumber([min, max]: readonly [number, number]): ValueForm {
  const fits = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  const expected = `a whole number from ${min} to ${max}`;
  return {
    read(json, pointer) {
      if (!fits(json)) throw refused(pointer, expected);
      return json;
    },
    write(value) {
      if (!fits(value)) throw misfit(expected);
      return value;
    },
  };
}

const beyondJson: ReadonlyMap<unknown, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

const number: ValueForm = {
  read(json, pointer) {
    const value = beyondJson.get(json) ?? json;
    if (typeof value !== 'number') throw refused(pointer, 'a number, "NaN", "Infinity" or "-Infinity"');
    return value;
  },
  write(value) {
    if (typeof value !== 'number') throw misfit('a number');
    return Number.isFinite(value) ? value : String(value);
  },
};

const blob: ValueForm = {
  read(json, pointer, { bytes, blobs }) {
    const found = bytes.read(json, pointer);
    if (blobs.length >= formLimits.blobsMax) throw refused(pointer, `one of ${formLimits.blobsMax} blobs, the maximum`);
    return blobs.push(found) - 1;
  },
  write(value, form) {
    if (!(value instanceof Uint8Array)) throw misfit('bytes');
    return writeBytes(value, form);
  },
};

function list(item: ValueForm): ValueForm {
  return {
    read(json, pointer, reading) {
      if (!Array.isArray(json)) throw refused(pointer, 'a list');
      return json.map((value, index) => item.read(value, pointer + pointerPart(index), reading));
    },
    write(value, form) {
      // jco gives a list of numbers as a typed array.
      if (!Array.isArray(value) && !ArrayBuffer.isView(value)) throw misfit('a list');
      return Array.from(value as ArrayLike<unknown>, (one) => item.write(one, form));
    },
  };
}

function tuple(items: readonly ValueForm[]): ValueForm {
  return {
    read(json, pointer, reading) {
      if (!Array.isArray(json) || json.length !== items.length) throw refused(pointer, `a list of ${items.length}`);
      return items.map((item, index) => item.read(json[index], pointer + pointerPart(index), reading));
    },
    write(value, form) {
      if (!Array.isArray(value) || value.length !== items.length) throw misfit(`a list of ${items.length}`);
      return items.map((item, index) => item.write(value[index], form));
    },
  };
}

function option(some: ValueForm): ValueForm {
  return {
    read: (json, pointer, reading) =>
      json === null || json === undefined ? undefined : some.read(json, pointer, reading),
    write: (value, form) => (value === undefined ? null : some.write(value, form)),
  };
}

function choice(names: readonly string[]): ValueForm {
  const expected = `one of ${names.map((name) => `"${name}"`).join(', ')}`;
  const isOne = (value: unknown): boolean => names.some((name) => name === value);
  return {
    read(json, pointer) {
      if (!isOne(json)) throw refused(pointer, expected);
      return json;
    },
    write(value) {
      if (!isOne(value)) throw misfit(expected);
      return value;
    },
  };
}

interface FieldForm {
  readonly name: string;
  readonly optional: boolean;
  readonly form: ValueForm;
}

function record(fields: readonly FieldForm[]): ValueForm {
  const known = new Set(fields.map(({ name }) => name));
  return {
    read(json, pointer, reading) {
      const source = objectOf(json);
      if (source === undefined) throw refused(pointer, 'an object');
      for (const key of Object.keys(source)) {
        if (known.has(key)) continue;
        const names = [...known].join(', ');
        throw bodyInvalid(pointer + pointerPart(key.slice(0, 64)), 'there is no such field', `Use the fields ${names}`);
      }
      return Object.fromEntries(
        fields.map(({ name, form }) => {
          const value = Object.hasOwn(source, name) ? source[name] : undefined;
          return [name, form.read(value, pointer + pointerPart(name), reading)];
        }),
      );
    },
    write(value, form) {
      const source = objectOf(value);
      if (source === undefined) throw misfit('an object');
      const present = fields.filter(({ name, optional }) => !optional || source[name] !== undefined);
      return Object.fromEntries(present.map((field) => [field.name, field.form.write(source[field.name], form)]));
    },
  };
}

function variant(cases: ReadonlyMap<string, ValueForm | undefined>): ValueForm {
  const expected = `{"tag": …, "val": …} with one of the tags ${[...cases.keys()].join(', ')}`;
  return {
    read(json, pointer, reading) {
      const { tag, val, ...others } = objectOf(json) ?? {};
      if (typeof tag !== 'string' || !cases.has(tag) || Object.keys(others).length > 0)
        throw refused(pointer, expected);
      const form = cases.get(tag);
      if (form) return { tag, val: form.read(val, `${pointer}/val`, reading) };
      if (val !== undefined) throw refused(pointer, expected);
      return { tag };
    },
    write(value, to) {
      const { tag, val } = objectOf(value) ?? {};
      if (typeof tag !== 'string' || !cases.has(tag)) throw misfit(expected);
      const form = cases.get(tag);
      return form ? { tag, val: form.write(val, to) } : { tag };
    },
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
