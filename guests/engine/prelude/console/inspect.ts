/**
 * Values as text for `console`, in the manner of Node's `util.inspect` and bounded: 3 levels, 100 items of a collection,
 * 10,000 characters of a string, 10,000 values and 64 KiB together.
 */
import { fitted, grouped } from './layout.ts';

/** How deep and how much. */
export interface InspectOptions {
  readonly depth?: number;
  readonly showHidden?: boolean;
}

interface Inspection {
  readonly depthMax: number;
  readonly showHidden: boolean;
  /** The objects around the one at hand. */
  readonly ancestors: object[];
  /** Those that were met again inside themselves, by number. */
  readonly circular: Map<object, number>;
  indentation: number;
  /** How deep the value that was last opened lies. */
  depth: number;
  valuesLeft: number;
}

/* What an object is shown as: `Map(2) {`, its entries, `}`. */
interface Form {
  readonly base: string;
  readonly open: string;
  readonly close: string;
  readonly entries: (inspection: Inspection) => string[];
  /** Whether `entries` gives none. */
  readonly isEmpty: boolean;
  readonly isList: boolean;
  /** Index keys are among the entries already. */
  readonly skipIndexes: boolean;
}

const itemsMax = 100;
const stringMax = 10_000;
const valuesMax = 10_000;
const textMax = 65_536;

/** A value as text. Never throws. */
export function inspect(value: unknown, { depth = 2, showHidden = false }: InspectOptions = {}): string {
  const inspection: Inspection = {
    depthMax: depth,
    showHidden,
    ancestors: [],
    circular: new Map(),
    indentation: 0,
    depth: 0,
    valuesLeft: valuesMax,
  };
  try {
    return cut(formatValue(value, 0, inspection));
  } catch {
    return '<value that cannot be inspected>';
  }
}

/** A text of at most 64 KiB. */
export function cut(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax)}... ${text.length - textMax} more characters`;
}

function formatValue(value: unknown, level: number, inspection: Inspection, inObject = true): string {
  inspection.valuesLeft -= 1;
  if (inspection.valuesLeft < 0) return '...';
  if (typeof value === 'string') return formatString(value, level === 0 && !inObject);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return value.toString();
  if (Object.is(value, -0)) return '-0';
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return String(value);
  if (inspection.ancestors.includes(value)) {
    const number = inspection.circular.get(value) ?? inspection.circular.size + 1;
    inspection.circular.set(value, number);
    return `[Circular *${number}]`;
  }
  return formatObject(value, level, inspection);
}

/** A string in quotes: the first kind that it does not hold. */
function formatString(text: string, whole: boolean): string {
  const shown = text.length > stringMax && !whole ? text.slice(0, stringMax) : text;
  const rest = text.length - shown.length;
  const quote = !shown.includes("'")
    ? "'"
    : !shown.includes('"')
      ? '"'
      : !shown.includes('`') && !shown.includes('${')
        ? '`'
        : "'";
  // oxlint-disable-next-line no-control-regex
  const escaped = shown.replace(/[\x00-\x1f\x7f-\x9f\\']|[\ud800-\udfff]/gu, (character) => {
    if (character === "'") return quote === "'" ? "\\'" : character;
    return (
      escapes[character] ??
      `\\${character.charCodeAt(0) > 0xff ? 'u' : 'x'}${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
    );
  });
  return `${quote}${escaped}${quote}${rest > 0 ? `... ${rest} more character${rest > 1 ? 's' : ''}` : ''}`;
}
const escapes: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
};

function formatObject(value: object, level: number, inspection: Inspection): string {
  const form = formOf(value);
  const keys = keysOf(value, form, inspection);
  const isClosed = level > inspection.depthMax;
  if (isClosed && form.base === '' && !(form.isEmpty && keys.length === 0)) {
    return `[${Array.isArray(value) ? 'Array' : (nameOf(value) ?? 'Object: null prototype')}]`;
  }
  inspection.ancestors.push(value);
  inspection.depth = level;
  inspection.indentation += 2;
  const entries = isClosed ? [] : form.entries(inspection);
  for (const key of isClosed ? [] : keys) entries.push(formatProperty(value, key, level, inspection));
  inspection.indentation -= 2;
  inspection.ancestors.pop();
  const number = inspection.circular.get(value);
  const reference = number === undefined ? '' : `<ref *${number}> `;
  if (form.base !== '' && entries.length === 0) return `${reference}${form.base}`;
  if (entries.length === 0) return `${reference}${form.open}${form.close}`;
  const lines =
    form.isList && entries.length > 6 ? grouped(entries, value as readonly unknown[], inspection.indentation) : entries;
  const oneLine = inspection.depth - level < 3 && lines.length === entries.length;
  const braces = { base: form.base, open: `${reference}${form.open}`, close: form.close };
  return fitted(lines, braces, { oneLine, indentation: inspection.indentation });
}

function keysOf(value: object, { skipIndexes }: Form, { showHidden }: Inspection): PropertyKey[] {
  const names = showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value);
  const symbols = Object.getOwnPropertySymbols(value).filter(
    (symbol) => showHidden || Object.prototype.propertyIsEnumerable.call(value, symbol),
  );
  return [...(skipIndexes ? names.filter((name) => !/^(0|[1-9]\d*)$/.test(name)) : names), ...symbols].slice(
    0,
    itemsMax,
  );
}

function formatProperty(owner: object, key: PropertyKey, level: number, inspection: Inspection): string {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  const name =
    typeof key === 'symbol'
      ? key.toString()
      : /^[A-Za-z_][A-Za-z_0-9]*$/.test(String(key))
        ? String(key)
        : formatString(String(key), true);
  const label = property?.enumerable === false ? `[${String(key)}]` : name;
  if (property?.get) return `${label}: ${property.set ? '[Getter/Setter]' : '[Getter]'}`;
  if (property?.set) return `${label}: [Setter]`;
  return `${label}: ${formatValue(property?.value, level + 1, inspection)}`;
}

function nameOf(value: object): string | undefined {
  for (let step: object | null = value; step !== null; step = Object.getPrototypeOf(step) as object | null) {
    const own = Object.getOwnPropertyDescriptor(step, 'constructor')?.value as unknown;
    if (typeof own === 'function' && own.name !== '' && value instanceof (own as new () => object)) return own.name;
  }
  return undefined;
}

const plain = { base: '', isEmpty: true, isList: false, skipIndexes: false } as const;

function formOf(value: object): Form {
  const name = nameOf(value);
  const shown = name ?? 'Object: null prototype';
  if (Array.isArray(value)) return listForm(value, name === 'Array' ? '' : `${shown}(${value.length}) `);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const view = value as Uint8Array;
    return listForm(view as unknown as unknown[], `${shown}(${view.length}) `);
  }
  if (value instanceof Set) {
    const entries = (inspection: Inspection): string[] =>
      limited([...value], (item) => formatValue(item, inspection.depth + 1, inspection));
    return { ...plain, open: `${shown}(${value.size}) {`, close: '}', entries, isEmpty: value.size === 0 };
  }
  if (value instanceof Map) {
    const entries = (inspection: Inspection): string[] => {
      const level = inspection.depth + 1;
      return limited(
        [...value],
        ([key, item]) => `${formatValue(key, level, inspection)} => ${formatValue(item, level, inspection)}`,
      );
    };
    return { ...plain, open: `${shown}(${value.size}) {`, close: '}', entries, isEmpty: value.size === 0 };
  }
  const base = baseOf(value, name);
  if (base !== undefined)
    return { ...plain, base, open: '{', close: '}', entries: () => [], skipIndexes: value instanceof String };
  const tag = (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  const tagged =
    typeof tag === 'string' && tag !== '' && tag !== name
      ? `${name ?? '[Object: null prototype]'} [${tag}] `
      : undefined;
  const prefix = tagged ?? (name === 'Object' ? '' : name === undefined ? '[Object: null prototype] ' : `${name} `);
  if (value instanceof ArrayBuffer)
    return { ...plain, open: `${shown} {`, close: '}', entries: () => bufferEntries(value), isEmpty: false };
  return { ...plain, open: `${prefix}{`, close: '}', entries: () => [] };
}

/* What is shown as a text of its own, with its own properties in braces behind it, if there are any. */
function baseOf(value: object, name: string | undefined): string | undefined {
  if (typeof value === 'function') {
    if (isClass(value)) return `[class ${value.name || '(anonymous)'}${extended(value)}]`;
    return `[${name ?? 'Function'}${value.name === '' ? ' (anonymous)' : `: ${value.name}`}]`;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Error || value instanceof DOMException) return errorText(value as Error);
  if (value instanceof Number || value instanceof Boolean || value instanceof BigInt)
    return `[${name ?? 'Object'}: ${inspect(value.valueOf())}]`;
  if (value instanceof String) return `[String: ${formatString(String(value), true)}]`;
  if (value instanceof WeakMap || value instanceof WeakSet) return `${name ?? ''} { <items unknown> }`;
  if (value instanceof Promise) return `${name ?? 'Promise'} { <state unknown> }`;
  return undefined;
}

/* A tool's functions are kept without their source; what a class cannot hide is that its prototype cannot be replaced. */
function isClass(value: object): boolean {
  if (Function.prototype.toString.call(value).startsWith('class')) return true;
  const own = Object.getOwnPropertyDescriptor(value, 'prototype');
  const { name } = value as { readonly name?: unknown };
  return own?.writable === false && Object.getOwnPropertyDescriptor(globalThis, String(name))?.value !== value;
}

function extended(value: object): string {
  const parent = Object.getPrototypeOf(value) as { readonly name?: unknown } | null;
  return typeof parent?.name === 'string' && parent.name !== '' ? ` extends ${parent.name}` : '';
}

/** An error with its stack, as it is thrown: QuickJS has no head line in a stack. */
export function errorText(error: Error): string {
  const head = headOf(error);
  const stack = typeof error.stack === 'string' ? error.stack.trimEnd() : '';
  const text = stack === '' ? `[${head}]` : stack.startsWith(head) ? stack : `${head}\n${stack}`;
  return error.cause === undefined ? text : `${text} {\n  [cause]: ${inspect(error.cause).replaceAll('\n', '\n  ')}\n}`;
}

function headOf({ name, message }: Error): string {
  return `${name}${message === '' ? '' : `: ${message}`}`;
}

function bufferEntries(buffer: ArrayBuffer): string[] {
  const bytes = new Uint8Array(buffer, 0, Math.min(50, buffer.byteLength));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const rest = buffer.byteLength - bytes.length;
  return [
    `[Uint8Contents]: <${hex}${rest > 0 ? ` ... ${rest} more byte${rest > 1 ? 's' : ''}` : ''}>`,
    `[byteLength]: ${buffer.byteLength}`,
  ];
}

function listForm(list: readonly unknown[], prefix: string): Form {
  const entries = (inspection: Inspection): string[] => {
    const level = inspection.depth + 1;
    const shown: string[] = [];
    let place = 0;
    for (; place < list.length && shown.length < itemsMax; place += 1) {
      if (Object.hasOwn(list, place)) {
        shown.push(formatValue(list[place], level, inspection));
        continue;
      }
      const start = place;
      while (place + 1 < list.length && !Object.hasOwn(list, place + 1)) place += 1;
      const holes = place - start + 1;
      shown.push(`<${holes} empty item${holes > 1 ? 's' : ''}>`);
    }
    const rest = list.length - place;
    if (rest > 0) shown.push(`... ${rest} more item${rest > 1 ? 's' : ''}`);
    return shown;
  };
  return {
    base: '',
    open: `${prefix}[`,
    close: ']',
    entries,
    isEmpty: list.length === 0,
    isList: true,
    skipIndexes: true,
  };
}

function limited<Item>(items: readonly Item[], format: (item: Item) => string): string[] {
  const shown = items.slice(0, itemsMax).map(format);
  const rest = items.length - shown.length;
  if (rest > 0) shown.push(`... ${rest} more item${rest > 1 ? 's' : ''}`);
  return shown;
}
