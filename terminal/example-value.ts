/** A small value that fits a schema that arc wrote, for the command line that is suggested after a build. */

import { type Keywords, alternativesOf, isKeywords } from './schema-alternatives.ts';

/** Deeper parts of a recursive type are left out. */
const depthMax = 8;

/** The example of a schema: the author's own where there is one; optional properties are left out. `undefined` where none is easily found. */
export function exampleValue(schema: unknown): unknown {
  const definitions = isKeywords(schema) && isKeywords(schema['$defs']) ? schema['$defs'] : {};
  return example(schema, definitions, 0);
}

function example(schema: unknown, definitions: Keywords, depth: number): unknown {
  if (!isKeywords(schema) || depth > depthMax) return undefined;
  const inner = (part: unknown): unknown => example(part, definitions, depth + 1);
  const given = firstOf(schema['examples']) ?? schema['default'] ?? schema['const'] ?? firstOf(schema['enum']);
  if (given !== undefined) return given;
  if (schema['aria:blob'] === true) return { $base64: 'AAEC' };
  if (schema['aria:type'] === 'date') return '2026-01-31T08:00:00Z';
  if (schema['aria:type'] === 'bigint') return '1';
  if (typeof schema['$ref'] === 'string') return inner(definitions[schema['$ref'].replace(/^#\/\$defs\//, '')]);
  const union = alternativesOf(schema);
  if (union !== undefined) return union.map(inner).find((value) => value !== undefined);
  return byType(schema, inner);
}

function byType(schema: Keywords, inner: (part: unknown) => unknown): unknown {
  const { type, minimum, minItems, properties, required } = schema;
  switch (Array.isArray(type) ? type[0] : type) {
    case 'string':
      // A text of another form than any text can only be given by the author.
      return schema['format'] === undefined && schema['pattern'] === undefined ? 'text' : undefined;
    case 'number':
    case 'integer':
      return typeof minimum === 'number' ? minimum : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array': {
      const parts = Array.isArray(schema['prefixItems']) ? schema['prefixItems'].map(inner) : [inner(schema['items'])];
      if (!parts.includes(undefined)) return parts;
      return minItems === undefined ? [] : undefined;
    }
    case 'object': {
      const known = isKeywords(properties) ? properties : {};
      const entries = (Array.isArray(required) ? required : []).map(
        (name) => [String(name), inner(known[String(name)])] as const,
      );
      return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
    }
    default:
      return undefined;
  }
}

function firstOf(values: unknown): unknown {
  return Array.isArray(values) ? values[0] : undefined;
}
