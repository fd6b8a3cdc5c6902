/** Keywords of JSON Schema in JSDoc: `@minimum 1`, `@pattern ^[a-z]+$`, `@default "x"`. */
import type { ts } from '../typescript.js';
import { nearestName } from '#wit/tokens';
import { parseJson } from '#wit/values';
import type { DocTag } from '../documentation.ts';
import type { ReadScope } from '../read-scope.ts';
import type { JsonSchema, JsonValue } from './json-schema.ts';
import { type ValueKind, isSchema, kindOf, kindsOf } from './schema-types.ts';
import { isTypedText, typedExamples } from './typed-values.ts';

/** The formats of JSON Schema 2020-12. */
export const schemaFormats = [
  'date-time',
  'date',
  'time',
  'duration',
  'email',
  'idn-email',
  'hostname',
  'idn-hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'iri',
  'iri-reference',
  'uri-template',
  'uuid',
  'json-pointer',
  'relative-json-pointer',
  'regex',
] as const;

interface Keyword {
  /** The one kind of value that it constrains; any where it is absent. */
  readonly kind?: ValueKind;
  readonly expected: string;
  /** The value of the keyword, or `undefined` where the text is none. */
  readonly parse: (text: string) => JsonValue | undefined;
}

const anyNumber: Keyword = { kind: 'number', expected: 'a number', parse: parseNumber };
const positive: Keyword = {
  ...anyNumber,
  expected: 'a number above 0',
  parse: (text) => positiveOnly(parseNumber(text)),
};
const stringSize: Keyword = { kind: 'string', expected: 'a whole number from 0', parse: parseCount };
const arraySize: Keyword = { ...stringSize, kind: 'array' };

const keywords: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ['minimum', anyNumber],
  ['maximum', anyNumber],
  ['exclusiveMinimum', anyNumber],
  ['exclusiveMaximum', anyNumber],
  ['multipleOf', positive],
  ['integer', { kind: 'number', expected: 'no value', parse: (text) => (text === '' ? true : undefined) }],
  ['minLength', stringSize],
  ['maxLength', stringSize],
  ['pattern', { kind: 'string', expected: 'a regular expression, without slashes', parse: parsePattern }],
  [
    'format',
    {
      kind: 'string',
      expected: 'a format of JSON Schema',
      parse: (text) => schemaFormats.find((known) => known === text),
    },
  ],
  ['minItems', arraySize],
  ['maxItems', arraySize],
  ['uniqueItems', { kind: 'array', expected: 'no value', parse: (text) => (text === '' ? true : undefined) }],
  ['default', { expected: 'a value of the type of the property, in JSON', parse: (text) => text }],
]);

/** What people write when they mean a keyword. */
const nearly: ReadonlyMap<string, string> = new Map([
  ...[...keywords.keys()].map((name): [string, string] => [name.toLowerCase(), name]),
  ['min', 'minimum'],
  ['max', 'maximum'],
  ['regex', 'pattern'],
  ['regexp', 'pattern'],
  ['int', 'integer'],
  ['defaultvalue', 'default'],
]);

/** A property whose JSDoc is read. */
export interface Documented {
  readonly path: string;
  readonly node: ts.Node;
  readonly schema: JsonSchema;
  readonly definitions: ReadonlyMap<string, JsonSchema>;
}

/** Adds what JSDoc tags say to a schema; a tag that does not fit is reported and left out. */
export function withDocKeywords(documented: Documented, tags: readonly DocTag[], scope: ReadScope): JsonSchema {
  const kinds = kindsOf(documented.schema, documented.definitions);
  let schema = documented.schema;
  for (const tag of tags) {
    const { text } = tag;
    const keyword = keywords.get(tag.name);
    if (keyword === undefined) warnNearly(tag.name, documented, scope);
    else if (keyword.kind !== undefined && !kinds.has(keyword.kind) && !kinds.has('any')) {
      reportTag(tag.name, `it constrains a ${keyword.kind}, which this is not`, `Remove @${tag.name}`, {
        documented,
        scope,
      });
    } else {
      const value = tag.name === 'default' ? parseDefault(text, { ...documented, schema }, kinds) : keyword.parse(text);
      if (value !== undefined) schema = withKeyword(schema, tag.name, value);
      else reportInvalid(tag, keyword, { documented, kinds, scope });
    }
  }
  return schema;
}

function withKeyword(schema: JsonSchema, name: string, value: JsonValue): JsonSchema {
  // Beside a tuple's own items, ajv would compare only those of the type that its rest has.
  if (name === 'uniqueItems' && Array.isArray(schema['prefixItems'])) return { ...schema, allOf: [{ [name]: value }] };
  if (name !== 'integer') return { ...schema, [name]: value };
  if (schema['type'] === 'number') return { ...schema, type: 'integer' };
  const { anyOf } = schema;
  if (!Array.isArray(anyOf)) return schema;
  const members = anyOf.filter(isSchema);
  return {
    ...schema,
    anyOf: members.map((member) => (member['type'] === 'number' ? { ...member, type: 'integer' } : member)),
  };
}

function reportInvalid(
  { name, text }: DocTag,
  keyword: Keyword,
  {
    documented,
    kinds,
    scope,
  }: { readonly documented: Documented; readonly kinds: ReadonlySet<ValueKind>; readonly scope: ReadScope },
): void {
  const typed = name === 'default' ? (['date', 'bigint'] as const).find((kind) => kinds.has(kind)) : undefined;
  const expected = typed === undefined ? keyword.expected : typedExamples[typed];
  reportTag(name, `"${text}" is not ${expected}`, remedyOf(name, text, expected), { documented, scope });
}

function remedyOf(name: string, text: string, expected: string): string {
  const nearest = name === 'format' ? nearestName(text, schemaFormats) : undefined;
  if (nearest !== undefined) return `Write @format ${nearest}`;
  return name === 'format' ? `Write one of ${schemaFormats.join(', ')}` : `Write ${expected} after @${name}`;
}

function reportTag(
  name: string,
  state: string,
  remedy: string,
  { documented, scope }: { readonly documented: Documented; readonly scope: ReadScope },
): void {
  scope.report(documented.node, {
    code: 'DOC_TAG_INVALID',
    message: `Cannot use @${name} of "${documented.path}": ${state}`,
    remedy,
  });
}

function warnNearly(name: string, { path, node }: Documented, scope: ReadScope): void {
  const meant = nearly.get(name.toLowerCase());
  if (meant === undefined) return;
  scope.report(node, {
    code: 'DOC_TAG_UNKNOWN',
    severity: 'warning',
    message: `Cannot use @${name} of "${path}": the keyword is called @${meant}`,
    remedy: `Write @${meant}`,
  });
}

function parseNumber(text: string): number | undefined {
  const value = text === '' ? Number.NaN : Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

function positiveOnly(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function parseCount(text: string): number | undefined {
  const value = parseNumber(text);
  return value !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function parsePattern(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return new RegExp(text, 'u').source === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

function parseDefault(text: string, { schema }: Documented, kinds: ReadonlySet<ValueKind>): JsonValue | undefined {
  const value = parseDefaultText(text, kinds);
  if (value === undefined) return undefined;
  const { enum: values } = schema;
  if (Array.isArray(values)) return values.includes(value) ? value : undefined;
  if (typeof value === 'string' && isTypedDefault(value, kinds)) return value;
  return kinds.has('any') || kinds.has(kindOf(value)) ? value : undefined;
}

/** JSON; or, where a string is wanted, the text as it is, also in single quotes. */
function parseDefaultText(text: string, kinds: ReadonlySet<ValueKind>): JsonValue | undefined {
  try {
    const value = parseJson(text) as JsonValue;
    if (kinds.has('any') || kinds.has(kindOf(value))) return value;
  } catch {
    // Not JSON; it may still be a string without quotes.
  }
  const plain = /^(['"]).*\1$/s.test(text) ? text.slice(1, -1) : text;
  if (kinds.has('bigint') && /^-?\d+n?$/.test(plain)) return plain.replace(/n$/, '');
  if (kinds.has('date') && isTypedDefault(plain, kinds)) return plain;
  if (!kinds.has('string') || text === '') return undefined;
  return /^'.*'$/s.test(text) ? text.slice(1, -1) : text;
}

/** Whether a text is the default of a Date or a bigint. */
function isTypedDefault(text: string, kinds: ReadonlySet<ValueKind>): boolean {
  return (['date', 'bigint'] as const).some((kind) => kinds.has(kind) && isTypedText(kind, text));
}
