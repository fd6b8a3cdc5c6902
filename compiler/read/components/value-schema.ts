/** The type that a value is an example of, as TypeScript would widen it. */
import type { JsonSchema, JsonValue } from '../schema/json-schema.ts';

/** A schema of all values of the same shape. `null` and an empty list say nothing about what else may stand there. */
export function schemaOfValue(value: JsonValue): JsonSchema {
  if (value === null) return {};
  if (Array.isArray(value)) return { type: 'array', items: itemSchema(value) };
  if (typeof value !== 'object') return { type: typeof value };
  const entries = Object.entries(value);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, inner]) => [name, schemaOfValue(inner)])),
    required: entries.map(([name]) => name),
    additionalProperties: false,
  };
}

function itemSchema(items: readonly JsonValue[]): JsonSchema {
  const schemas = [
    ...new Map(items.map((item) => [JSON.stringify(schemaOfValue(item)), schemaOfValue(item)])).values(),
  ];
  const [only] = schemas;
  if (only === undefined) return {};
  return schemas.length === 1 ? only : { anyOf: schemas };
}
