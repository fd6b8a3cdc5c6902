/**
 * A JSON Schema in one line of TypeScript's notation, for a person who wants to know what a tool takes. A schema may come from anybody:
 * names that are no identifiers are quoted, so that none can look like a line of arc's own, and the work is bounded by what is shown.
 */

import { printable } from './format.ts';
import { type Keywords, alternativesOf, isKeywords } from './schema-alternatives.ts';

/** Longer summaries are cut; `--json` has the schema. */
const charactersMax = 400;
const depthMax = 6;
/** Parts of a schema that are looked at: more than any line of that length shows. */
const looksMax = 1_000;
const bigint = /^-?\d{1,4096}$/;
const identifier = /^[A-Za-z_$][\w$]*$/;

interface Looking {
  readonly definitions: Keywords;
  left: number;
}

/** Summarises a schema of a bundle, which may be anything. */
export function schemaText(schema: unknown): string {
  const text = printable(summarise(schema, { definitions: rootDefinitions(schema), left: looksMax }, 0));
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`;
}

function rootDefinitions(schema: unknown): Keywords {
  return isKeywords(schema) && isKeywords(schema['$defs']) ? schema['$defs'] : {};
}

function summarise(schema: unknown, looking: Looking, depth: number): string {
  if (!isKeywords(schema)) return schema === false ? 'never' : 'any';
  looking.left -= 1;
  if (depth > depthMax || looking.left < 0) return '…';
  const inner = (part: unknown): string => summarise(part, looking, depth + 1);
  if (typeof schema['$ref'] === 'string') return reference(schema['$ref'], looking.definitions, inner);
  if (schema['aria:blob'] === true) return 'bytes';
  if (schema['aria:type'] === 'date') return 'Date';
  if (schema['aria:type'] === 'bigint') return bigintText(schema);
  if (Object.hasOwn(schema, 'const')) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const union = alternativesOf(schema);
  if (union !== undefined) return union.map(inner).join(' | ');
  if (Array.isArray(schema['allOf'])) return schema['allOf'].map(inner).join(' & ');
  return byType(schema, inner);
}

/** `bigint`, or its literals: what else a bundle says there is shown as the JSON that it is. */
function bigintText({ const: literal, enum: values }: Keywords): string {
  const literals: readonly unknown[] = literal === undefined ? (Array.isArray(values) ? values : []) : [literal];
  const shown = literals.map((value) =>
    typeof value === 'string' && bigint.test(value) ? `${value}n` : JSON.stringify(value),
  );
  return shown.length === 0 ? 'bigint' : shown.join(' | ');
}

function byType(schema: Keywords, inner: (part: unknown) => string): string {
  const { type } = schema;
  if (Array.isArray(type)) return type.map((one) => inner({ ...schema, type: one })).join(' | ');
  if (type === 'array') return arrayText(schema, inner);
  if (type === 'object') return objectText(schema, inner);
  return typeof type === 'string' ? named(type) : 'any';
}

function arrayText({ items, prefixItems }: Keywords, inner: (part: unknown) => string): string {
  if (Array.isArray(prefixItems)) return `[${prefixItems.map(inner).join(', ')}]`;
  const item = inner(items);
  return /[ |&]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function objectText(
  { properties, required, additionalProperties }: Keywords,
  inner: (part: unknown) => string,
): string {
  const needed = new Set(Array.isArray(required) ? required : []);
  const parts = Object.entries(isKeywords(properties) ? properties : {}).map(
    ([name, value]) => `${named(name)}${needed.has(name) ? '' : '?'}: ${inner(value)}`,
  );
  if (isKeywords(additionalProperties)) parts.push(`[key]: ${inner(additionalProperties)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join('; ')} }`;
}

/** A definition of the same schema; a recursive one ends at the depth. */
function reference(pointer: string, definitions: Keywords, inner: (part: unknown) => string): string {
  if (pointer === '#') return '…';
  const name = pointer.replace(/^#\/\$defs\//, '');
  return Object.hasOwn(definitions, name) ? inner(definitions[name]) : named(name);
}

function named(name: string): string {
  return identifier.test(name) ? name : JSON.stringify(name);
}
