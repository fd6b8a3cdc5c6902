/** Reads the options of `@aria`, `@tool` and `tool()`: which there are, and which kind of value each takes. */
import type { ts } from './typescript.js';
import { nearestName } from '#wit/tokens';
import type { ReadScope } from './read-scope.ts';
import { type StaticEntry, type StaticValue, readStatic } from './static-value.ts';

/** A value of an option and the node that spells it. */
export interface Spelled<Value> {
  readonly value: Value;
  readonly node: ts.Node;
}

/** Options of `@aria`. */
export interface AriaOptions {
  readonly name?: Spelled<string>;
  readonly version?: Spelled<string>;
  readonly description?: Spelled<string>;
  readonly author?: Spelled<string>;
  readonly license?: Spelled<string>;
}

/** Options of `@tool` and `tool()`. */
export interface ToolOptions {
  readonly name?: Spelled<string>;
  readonly description?: Spelled<string>;
  readonly tokens?: readonly Spelled<string>[];
  readonly timeout?: Spelled<number>;
  readonly retryCount?: Spelled<number>;
  readonly computeMs?: Spelled<number>;
  readonly memoryMiB?: Spelled<number>;
  readonly inputs?: Spelled<ReadonlyMap<string, Spelled<string>>>;
  readonly outputs?: Spelled<ReadonlyMap<string, Spelled<string>>>;
  readonly effect?: Spelled<string>;
}

/** Options as they were read, and the names of those that were given at all, well or badly. */
export interface OptionsRead<Options> {
  readonly options: Options;
  readonly given: ReadonlySet<string>;
}

type OptionKind = 'string' | 'number' | 'strings' | 'words';

const ariaOptions: Readonly<Record<keyof AriaOptions, OptionKind>> = {
  name: 'string',
  version: 'string',
  description: 'string',
  author: 'string',
  license: 'string',
};
const toolOptions: Readonly<Record<keyof ToolOptions, OptionKind>> = {
  name: 'string',
  description: 'string',
  tokens: 'strings',
  timeout: 'number',
  retryCount: 'number',
  computeMs: 'number',
  memoryMiB: 'number',
  inputs: 'words',
  outputs: 'words',
  effect: 'string',
};

const expectations: Readonly<Record<OptionKind, { readonly noun: string; readonly example: string }>> = {
  string: { noun: 'a string', example: "'…'" },
  number: { noun: 'a number', example: '1000' },
  strings: { noun: 'a list of strings', example: "['kv:orders:rw']" },
  words: { noun: 'an object of type words', example: "{ text: 'string' }" },
};

/** Reads the options of `@aria`; `argument` is absent where it was written without. */
export function readAriaOptions(argument: ts.Expression | undefined, scope: ReadScope): OptionsRead<AriaOptions> {
  return readOptions<AriaOptions>('@aria', ariaOptions, argument, scope);
}

/** Reads the options of `@tool` and `tool()`. */
export function readToolOptions(argument: ts.Expression | undefined, scope: ReadScope): OptionsRead<ToolOptions> {
  return readOptions<ToolOptions>('@tool', toolOptions, argument, scope);
}

function readOptions<Options>(
  decorator: string,
  kinds: Readonly<Record<string, OptionKind>>,
  argument: ts.Expression | undefined,
  scope: ReadScope,
): OptionsRead<Options> {
  const options: Record<string, unknown> = {};
  const record = argument && readStatic(argument, scope.checker);
  if (record !== undefined && record.kind !== 'record') {
    if (record.kind === 'dynamic') reportDynamic(`the options of ${decorator}`, record, scope);
    else reportType(`the options of ${decorator}`, record.node, { noun: 'an object', example: '{ … }' }, scope);
    // Nothing is known about what is missing, so every option counts as given.
    return { options: {} as Options, given: new Set(Object.keys(kinds)) };
  }
  const entries = record?.entries ?? new Map<string, StaticEntry>();
  for (const [name, { key, value }] of entries) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) reportUnknown(decorator, name, key, { known: Object.keys(kinds), scope });
    else options[name] = readOption(name, kind, value, scope);
  }
  const read = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { options: read as Options, given: new Set(entries.keys()) };
}

function readOption(name: string, kind: OptionKind, value: StaticValue, scope: ReadScope): unknown {
  switch (kind) {
    case 'string':
    case 'number':
      return readScalar(name, kind, value, scope);
    case 'strings':
      return readStrings(name, value, scope);
    case 'words':
      return readWords(name, value, scope);
  }
}

function readScalar(
  name: string,
  kind: 'string' | 'number',
  value: StaticValue,
  scope: ReadScope,
): Spelled<unknown> | undefined {
  if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, scope);
  else if (value.kind === 'scalar' && typeof value.value === kind) return { value: value.value, node: value.node };
  else reportType(`"${name}"`, value.node, expectations[kind], scope);
  return undefined;
}

function readStrings(name: string, value: StaticValue, scope: ReadScope): readonly Spelled<unknown>[] | undefined {
  if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, scope);
  else if (value.kind !== 'list') reportType(`"${name}"`, value.node, expectations.strings, scope);
  else return value.items.flatMap((item) => readScalar(name, 'string', item, scope) ?? []);
  return undefined;
}

function readWords(
  name: string,
  value: StaticValue,
  scope: ReadScope,
): Spelled<ReadonlyMap<string, unknown>> | undefined {
  if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, scope);
  else if (value.kind !== 'record') reportType(`"${name}"`, value.node, expectations.words, scope);
  else {
    const words = new Map<string, unknown>();
    for (const [property, entry] of value.entries) {
      const word = readScalar(`${name}.${property}`, 'string', entry.value, scope);
      if (word === undefined) return undefined;
      words.set(property, word);
    }
    return { value: words, node: value.node };
  }
  return undefined;
}

function reportUnknown(
  decorator: string,
  name: string,
  key: ts.Node,
  { known, scope }: { readonly known: readonly string[]; readonly scope: ReadScope },
): void {
  const nearest = nearestName(name, known);
  scope.report(key, {
    code: 'OPTION_UNKNOWN',
    message: `Cannot read the options of ${decorator}: it has no "${name}"`,
    remedy: nearest === undefined ? `Remove it; the options are ${known.join(', ')}` : `Write ${nearest}`,
  });
}

function reportDynamic(
  what: string,
  { node, why }: { readonly node: ts.Node; readonly why: string },
  scope: ReadScope,
): void {
  scope.report(node, {
    code: 'OPTION_NOT_STATIC',
    message: `Cannot read ${what}: ${why}`,
    remedy: 'Write the value out, or refer to a const of this project that does',
  });
}

function reportType(
  what: string,
  node: ts.Node,
  { noun, example }: { readonly noun: string; readonly example: string },
  scope: ReadScope,
): void {
  scope.report(node, {
    code: 'OPTION_TYPE_INVALID',
    message: `Cannot read ${what}: it has to be ${noun}`,
    remedy: `Write ${noun}, such as ${example}`,
  });
}
