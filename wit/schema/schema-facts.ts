/**
 * A JSON Schema 2020-12 as plain facts: the vocabulary that the compiler derives. A keyword that is not of the vocabulary, or whose value
 * has no meaning, is listed in `unknown`, so that nobody takes a schema for understood that is not.
 */

/** The names that `type` takes. */
export type TypeName = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

/** What a schema says, with what it leaves out as "anything". */
export interface SchemaFacts {
  /** The schema `false`. */
  readonly never: boolean;
  readonly types: ReadonlySet<TypeName> | undefined;
  /** Of `const` and `enum`, each the values that it allows. */
  readonly values: readonly (readonly unknown[])[];
  readonly properties: ReadonlyMap<string, unknown>;
  readonly patterns: readonly (readonly [pattern: string, schema: unknown])[];
  readonly additional: unknown;
  readonly unevaluated: unknown;
  readonly required: readonly string[];
  readonly prefix: readonly unknown[];
  readonly items: unknown;
  readonly minItems: number;
  readonly maxItems: number;
  readonly unique: boolean;
  readonly anyOf: readonly unknown[] | undefined;
  readonly oneOf: readonly unknown[] | undefined;
  readonly allOf: readonly unknown[];
  readonly reference: string | undefined;
  readonly pattern: string | undefined;
  readonly minLength: number;
  readonly maxLength: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly exclusiveMinimum: number;
  readonly exclusiveMaximum: number;
  readonly multipleOf: number | undefined;
  /** `aria:blob`: bytes and nothing else. */
  readonly blob: boolean;
  readonly unknown: readonly string[];
}

type Draft = { -readonly [Name in keyof SchemaFacts]: SchemaFacts[Name] };
/** Takes over the value of a keyword; false where it has no meaning. */
type Reader = (draft: Draft, value: unknown) => boolean;

/** What every value fits. */
const anything: SchemaFacts = {
  never: false,
  types: undefined,
  values: [],
  properties: new Map(),
  patterns: [],
  additional: undefined,
  unevaluated: undefined,
  required: [],
  prefix: [],
  items: undefined,
  minItems: 0,
  maxItems: Infinity,
  unique: false,
  anyOf: undefined,
  oneOf: undefined,
  allOf: [],
  reference: undefined,
  pattern: undefined,
  minLength: 0,
  maxLength: Infinity,
  minimum: -Infinity,
  maximum: Infinity,
  exclusiveMinimum: -Infinity,
  exclusiveMaximum: Infinity,
  multipleOf: undefined,
  blob: false,
  unknown: [],
};

/** Keywords that say something about a schema and nothing about values; `format` is one of them, by default of the specification. */
const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$comment',
  '$defs',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'format',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'aria:type',
]);

const typeNames: readonly TypeName[] = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

/** Readers of what limits by a number. */
function numberReader(
  name: 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum' | 'multipleOf',
  isValid: (value: number) => boolean = Number.isFinite,
): Reader {
  return (draft, value) => {
    if (typeof value !== 'number' || !isValid(value)) return false;
    draft[name] = value;
    return true;
  };
}

function countReader(name: 'minItems' | 'maxItems' | 'minLength' | 'maxLength'): Reader {
  return (draft, value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return false;
    draft[name] = value;
    return true;
  };
}

function schemaReader(name: 'additional' | 'unevaluated' | 'items'): Reader {
  return (draft, value) => {
    if (!isSchema(value)) return false;
    draft[name] = value;
    return true;
  };
}

function schemasReader(name: 'anyOf' | 'oneOf' | 'allOf' | 'prefix'): Reader {
  return (draft, value) => {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isSchema)) return false;
    draft[name] = value;
    return true;
  };
}

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['type', readType],
  ['const', (draft, value) => (draft.values = [...draft.values, [value]]).length > 0],
  [
    'enum',
    (draft, value) =>
      Array.isArray(value) && (draft.values = [...draft.values, value as readonly unknown[]]).length > 0,
  ],
  ['properties', readProperties],
  ['patternProperties', readPatterns],
  ['additionalProperties', schemaReader('additional')],
  ['unevaluatedProperties', schemaReader('unevaluated')],
  ['required', readRequired],
  ['prefixItems', schemasReader('prefix')],
  ['items', schemaReader('items')],
  ['minItems', countReader('minItems')],
  ['maxItems', countReader('maxItems')],
  ['uniqueItems', readUnique],
  ['anyOf', schemasReader('anyOf')],
  ['oneOf', schemasReader('oneOf')],
  ['allOf', schemasReader('allOf')],
  ['$ref', (draft, value) => typeof value === 'string' && (draft.reference = value).length >= 0],
  ['pattern', (draft, value) => isPattern(value) && (draft.pattern = value).length >= 0],
  ['minLength', countReader('minLength')],
  ['maxLength', countReader('maxLength')],
  ['minimum', numberReader('minimum')],
  ['maximum', numberReader('maximum')],
  ['exclusiveMinimum', numberReader('exclusiveMinimum')],
  ['exclusiveMaximum', numberReader('exclusiveMaximum')],
  ['multipleOf', numberReader('multipleOf', (value) => Number.isFinite(value) && value > 0)],
  ['aria:blob', readBlob],
]);

const known = new WeakMap<object, SchemaFacts>();

/** Reads a schema, which may be anything that JSON can be. A schema object has to stay as it is: what was read of it is kept. */
export function readSchema(schema: unknown): SchemaFacts {
  if (schema === true) return anything;
  if (schema === false) return { ...anything, never: true };
  if (!isRecord(schema)) return { ...anything, unknown: ['a schema that is none'] };
  const before = known.get(schema);
  if (before !== undefined) return before;
  const unknown: string[] = [];
  const draft: Draft = { ...anything, unknown };
  for (const [keyword, value] of Object.entries(schema)) {
    if (annotations.has(keyword)) continue;
    const reader = readers.get(keyword);
    if (reader === undefined || !reader(draft, value)) unknown.push(keyword);
  }
  known.set(schema, draft);
  return draft;
}

/** Whether a keyword only describes. */
export function isAnnotation(keyword: string): boolean {
  return annotations.has(keyword);
}

/** An object with string keys, as JSON has them. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isRecord(value);
}

function isPattern(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    return new RegExp(value, 'u').source !== undefined;
  } catch {
    return false;
  }
}

function readType(draft: Draft, value: unknown): boolean {
  const names = Array.isArray(value) ? value : [value];
  const types = typeNames.filter((name) => names.includes(name));
  if (types.length === 0 || types.length < new Set(names).size) return false;
  draft.types = new Set(types);
  return true;
}

function readProperties(draft: Draft, value: unknown): boolean {
  if (!isRecord(value)) return false;
  draft.properties = new Map(Object.entries(value));
  return [...draft.properties.values()].every(isSchema);
}

function readPatterns(draft: Draft, value: unknown): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  draft.patterns = entries;
  return entries.every(([pattern, schema]) => isPattern(pattern) && isSchema(schema));
}

function readRequired(draft: Draft, value: unknown): boolean {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) return false;
  draft.required = value;
  return true;
}

function readUnique(draft: Draft, value: unknown): boolean {
  if (typeof value !== 'boolean') return false;
  draft.unique = value;
  return true;
}

function readBlob(draft: Draft, value: unknown): boolean {
  if (typeof value !== 'boolean') return false;
  draft.blob = value;
  return true;
}
