/** Schemas of several types in one: the definitions of each get names that no other's have. */
import type { JsonSchema, JsonValue } from '../schema/json-schema.ts';
import { isSchema } from '../schema/schema-types.ts';

/** Values of the author's, which may look like anything. */
const values: readonly string[] = ['const', 'enum', 'default', 'examples', 'required'];
/** Schemas by names of the author's. */
const named: readonly string[] = ['properties', 'patternProperties', '$defs'];

/** The name of a definition among those of others; names of types have no dot. */
export function definitionName(prefix: string, name: string): string {
  return `${prefix}.${name}`;
}

/** A copy whose references lead to the definitions under the prefix. */
export function renameReferences(schema: JsonSchema, prefix: string): JsonSchema {
  const { $ref: reference } = schema;
  const copy = mapParts(schema, (part) => renameReferences(part, prefix));
  return typeof reference === 'string' && reference.startsWith('#/$defs/')
    ? { ...copy, $ref: `#/$defs/${definitionName(prefix, reference.slice('#/$defs/'.length))}` }
    : copy;
}

/** A copy in which objects have what they name and nothing else, as values of the type have. */
export function closeObjects(schema: JsonSchema): JsonSchema {
  const copy = mapParts(schema, closeObjects);
  const open = copy['type'] === 'object' && isSchema(copy['properties']) && copy['additionalProperties'] === undefined;
  return open && copy['unevaluatedProperties'] === undefined ? { ...copy, additionalProperties: false } : copy;
}

/** A copy of a schema with other parts. */
function mapParts(schema: JsonSchema, map: (part: JsonSchema) => JsonSchema): JsonSchema {
  const mapped = (value: JsonValue): JsonValue => (isSchema(value) ? map(value) : value);
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, JsonValue] => {
      if (values.includes(key)) return [key, value];
      if (Array.isArray(value)) return [key, value.map(mapped)];
      if (!named.includes(key) || !isSchema(value)) return [key, mapped(value)];
      return [key, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapped(part)]))];
    }),
  );
}
