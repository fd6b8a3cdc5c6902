/** Reads the options of `@aria`, `@tool` and `tool()`: which there are, and which kind of value each takes. */
import { ts } from './typescript.js';
import type { ReadScope } from './read-scope.ts';
import { reportDynamic, reportType, reportUnknown } from './option-problems.ts';
import { OptionReader } from './option-reader.ts';
import { resourceRanges } from './resource-ranges.ts';
import { isSchemaValue } from './schema/schema-value.ts';
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

/** What `inputs` or `outputs` say: names and type words, or a schema value. */
export type DeclaredShape =
  | ({ readonly kind: 'words' } & Spelled<ReadonlyMap<string, Spelled<string>>>)
  | { readonly kind: 'schema'; readonly expression: ts.Expression };

/** An entry of `parameters`. */
export interface DeclaredParameter {
  readonly name: Spelled<string>;
  readonly type?: Spelled<string>;
  readonly description?: Spelled<string>;
  readonly required?: Spelled<boolean>;
  readonly format?: Spelled<string>;
}

/** What `resources` says of a container. */
export type SpelledResources = { readonly [Name in keyof typeof resourceRanges]?: Spelled<number> };

/** Options of `@tool` and `tool()`. */
export interface ToolOptions {
  readonly name?: Spelled<string>;
  readonly description?: Spelled<string>;
  readonly tokens?: readonly Spelled<string>[];
  readonly timeout?: Spelled<number>;
  readonly retryCount?: Spelled<number>;
  readonly computeMs?: Spelled<number>;
  readonly memoryMiB?: Spelled<number>;
  readonly inputs?: DeclaredShape;
  readonly outputs?: DeclaredShape;
  readonly parameters?: Spelled<readonly DeclaredParameter[]>;
  readonly effect?: Spelled<string>;
  readonly type?: Spelled<string>;
  readonly nlp?: Spelled<string>;
  readonly trust?: Spelled<string>;
  readonly resources?: SpelledResources;
}

/** Options as they were read, and the names of those that were given at all, well or badly. */
export interface OptionsRead<Options> {
  readonly options: Options;
  readonly given: ReadonlySet<string>;
}

type OptionKind = 'string' | 'number' | 'strings' | 'shape' | 'parameters' | 'resources';

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
  inputs: 'shape',
  outputs: 'shape',
  parameters: 'parameters',
  effect: 'string',
  type: 'string',
  nlp: 'string',
  trust: 'string',
  resources: 'resources',
};

const expectations: Readonly<Record<OptionKind, { readonly noun: string; readonly example: string }>> = {
  string: { noun: 'a string', example: "'…'" },
  number: { noun: 'a number', example: '1000' },
  strings: { noun: 'a list of strings', example: "['kv:orders:rw']" },
  shape: { noun: 'an object of type words, or a schema', example: "{ text: 'string' }" },
  parameters: { noun: 'a list of objects', example: "[{ name: 'text', type: 'string' }]" },
  resources: { noun: 'an object of numbers', example: '{ cpus: 0.5 }' },
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
    else options[name] = readOption(name, kind, { key, value }, scope);
  }
  const read = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { options: read as Options, given: new Set(entries.keys()) };
}

function readOption(name: string, kind: OptionKind, entry: StaticEntry, scope: ReadScope): unknown {
  const { value } = entry;
  switch (kind) {
    case 'string':
    case 'number':
      return readScalar(name, kind, value, scope);
    case 'strings':
      return readStrings(name, value, scope);
    case 'shape':
      return readShape(name, entry, scope);
    case 'parameters':
      return readParameters(name, value, scope);
    case 'resources':
      return readResources(name, value, scope);
  }
}

function readResources(name: string, value: StaticValue, scope: ReadScope): SpelledResources | undefined {
  if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, scope);
  else if (value.kind !== 'record') reportType(`"${name}"`, value.node, expectations.resources, scope);
  else {
    const reader = new OptionReader(`"${name}"`, value, { known: Object.keys(resourceRanges), scope });
    const numbers = Object.entries(resourceRanges).map(([key, range]) => [key, reader.number(key, range)] as const);
    return Object.fromEntries(numbers.filter(([, number]) => number !== undefined));
  }
  return undefined;
}

function readScalar<Value = unknown>(
  name: string,
  kind: 'string' | 'number' | 'boolean',
  value: StaticValue,
  scope: ReadScope,
): Spelled<Value> | undefined {
  if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, scope);
  else if (value.kind === 'scalar' && typeof value.value === kind)
    return { value: value.value as Value, node: value.node };
  else
    reportType(
      `"${name}"`,
      value.node,
      kind === 'boolean' ? { noun: 'true or false', example: 'true' } : expectations[kind],
      scope,
    );
  return undefined;
}

function readStrings(name: string, value: StaticValue, scope: ReadScope): readonly Spelled<unknown>[] | undefined {
  if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, scope);
  else if (value.kind !== 'list') reportType(`"${name}"`, value.node, expectations.strings, scope);
  else return value.items.flatMap((item) => readScalar(name, 'string', item, scope) ?? []);
  return undefined;
}

/** A schema is told by its type: what it is made of is none of an option's business. */
function readShape(name: string, { key, value }: StaticEntry, scope: ReadScope): DeclaredShape | undefined {
  const expression = writtenValue(key);
  if (expression !== undefined && isSchemaValue(expression, scope)) return { kind: 'schema', expression };
  if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, scope);
  else if (value.kind !== 'record') reportType(`"${name}"`, value.node, expectations.shape, scope);
  else return readWords(name, value, scope);
  return undefined;
}

/** The expression of a property, as it is written and not as what it refers to. */
function writtenValue({ parent }: ts.Node): ts.Expression | undefined {
  if (ts.isPropertyAssignment(parent)) return parent.initializer;
  return ts.isShorthandPropertyAssignment(parent) ? parent.name : undefined;
}

function readWords(
  name: string,
  { entries, node }: Extract<StaticValue, { kind: 'record' }>,
  scope: ReadScope,
): DeclaredShape | undefined {
  const words = new Map<string, Spelled<string>>();
  for (const [property, entry] of entries) {
    const written = writtenValue(entry.key);
    if (written !== undefined && isSchemaValue(written, scope)) {
      reportBareShape(name, node, scope);
      return undefined;
    }
    const word = readScalar<string>(`${name}.${property}`, 'string', entry.value, scope);
    if (word === undefined) return undefined;
    words.set(property, word);
  }
  return { kind: 'words', value: words, node };
}

/** An object of schemas is what other frameworks take; here it would be unclear how strict the object is. */
function reportBareShape(name: string, node: ts.Node, scope: ReadScope): void {
  scope.report(node, {
    code: 'SCHEMA_VALUE_UNSUPPORTED',
    message: `Cannot use the schema in "${name}": it is an object of schemas, and no schema itself`,
    remedy: `Write ${name}: z.object({ … })`,
  });
}

const parameterOptions = {
  name: 'string',
  type: 'string',
  description: 'string',
  required: 'boolean',
  format: 'string',
} as const;

function readParameters(
  name: string,
  value: StaticValue,
  scope: ReadScope,
): Spelled<readonly DeclaredParameter[]> | undefined {
  if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, scope);
  else if (value.kind !== 'list') reportType(`"${name}"`, value.node, expectations.parameters, scope);
  else {
    const parameters = value.items.flatMap((item, index) => readParameter(`${name}[${index}]`, item, scope) ?? []);
    return { value: parameters, node: value.node };
  }
  return undefined;
}

function readParameter(path: string, item: StaticValue, scope: ReadScope): DeclaredParameter | undefined {
  if (item.kind === 'dynamic') return reportDynamic(`"${path}"`, item, scope) as undefined;
  if (item.kind !== 'record') {
    reportType(`"${path}"`, item.node, { noun: 'an object', example: "{ name: 'text', type: 'string' }" }, scope);
    return undefined;
  }
  const read: Record<string, Spelled<unknown>> = {};
  for (const [name, { key, value }] of item.entries) {
    const kind = Object.hasOwn(parameterOptions, name)
      ? parameterOptions[name as keyof typeof parameterOptions]
      : undefined;
    if (kind === undefined) reportUnknown(`"${path}"`, name, key, { known: Object.keys(parameterOptions), scope });
    const spelled = kind && readScalar(`${path}.${name}`, kind, value, scope);
    if (spelled !== undefined) read[name] = spelled;
  }
  if (!item.entries.has('name')) {
    scope.report(item.node, {
      code: 'OPTION_MISSING',
      message: `Cannot read "${path}": it has no name`,
      remedy: "Add name: '…', the property of the input that it describes",
    });
  }
  return read['name'] === undefined ? undefined : (read as unknown as DeclaredParameter);
}
