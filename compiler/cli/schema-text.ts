/** A JSON Schema in one line of TypeScript's notation, for a person who wants to know what a tool takes. */

import { printable } from './format.ts';

/** Longer summaries are cut; `--json` has the schema. */
const charactersMax = 400;
const depthMax = 6;

/** Summarises a schema of a bundle, which may be anything. */
export function schemaText(schema: unknown): string {
  const text = printable(summarise(schema, rootDefinitions(schema), 0));
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`;
}

type Keywords = Readonly<Record<string, unknown>>;

function isKeywords(value: unknown): value is Keywords {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rootDefinitions(schema: unknown): Keywords {
  return isKeywords(schema) && isKeywords(schema['$defs']) ? schema['$defs'] : {};
}

function summarise(schema: unknown, definitions: Keywords, depth: number): string {
  if (!isKeywords(schema)) return schema === false ? 'never' : 'any';
  if (depth > depthMax) return '…';
  const inner = (part: unknown): string => summarise(part, definitions, depth + 1);
  if (typeof schema['$ref'] === 'string') return reference(schema['$ref'], definitions, inner);
  if (schema['aria:blob'] === true) return 'bytes';
  if (Object.hasOwn(schema, 'const')) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const union = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(union)) return union.map(inner).join(' | ');
  if (Array.isArray(schema['allOf'])) return schema['allOf'].map(inner).join(' & ');
  return byType(schema, inner);
}

function byType(schema: Keywords, inner: (part: unknown) => string): string {
  const { type } = schema;
  if (Array.isArray(type)) return type.map((one) => inner({ ...schema, type: one })).join(' | ');
  if (type === 'array') return arrayText(schema, inner);
  if (type === 'object') return objectText(schema, inner);
  return typeof type === 'string' ? type : 'any';
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
    ([name, value]) => `${name}${needed.has(name) ? '' : '?'}: ${inner(value)}`,
  );
  if (isKeywords(additionalProperties)) parts.push(`[key]: ${inner(additionalProperties)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join('; ')} }`;
}

/** A definition of the same schema; a recursive one ends at the depth. */
function reference(pointer: string, definitions: Keywords, inner: (part: unknown) => string): string {
  if (pointer === '#') return '…';
  const name = pointer.replace(/^#\/\$defs\//, '');
  return Object.hasOwn(definitions, name) ? inner(definitions[name]) : name;
}
