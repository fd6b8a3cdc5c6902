/** Which kinds of value a derived schema accepts: for keywords and type words, which fit some kinds only. */
import type { JsonSchema, JsonValue } from './json-schema.ts';
import { typedKindOf } from './typed-values.ts';

/** The kinds of value. `any` where a schema accepts all, `bytes` for `Uint8Array`, `date` and `bigint` for texts that stand for one. */
export type ValueKind =
  | 'string'
  | 'number'
  | 'boolean'
  | 'null'
  | 'array'
  | 'object'
  | 'bytes'
  | 'date'
  | 'bigint'
  | 'any';

/** The kinds that a schema accepts; references are looked up among `definitions`. */
export function kindsOf(schema: JsonSchema, definitions: ReadonlyMap<string, JsonSchema>): ReadonlySet<ValueKind> {
  if (schema['aria:blob'] === true) return new Set(['bytes']);
  const typed = typedKindOf(schema);
  if (typed !== undefined) return new Set([typed]);
  const { type, enum: values, anyOf, $ref: reference } = schema;
  if (schema['const'] !== undefined) return new Set([kindOf(schema['const'])]);
  if (Array.isArray(values)) return new Set(values.map(kindOf));
  if (typeof type === 'string') return new Set([type === 'integer' ? 'number' : (type as ValueKind)]);
  if (typeof reference === 'string') {
    const target = definitions.get(reference.slice('#/$defs/'.length));
    // A definition that is still being derived is an object or a union with one: anything may be said of it.
    return target === undefined ? new Set(['any']) : kindsOf(target, definitions);
  }
  if (Array.isArray(anyOf))
    return new Set(anyOf.filter(isSchema).flatMap((member) => [...kindsOf(member, definitions)]));
  return new Set(['any']);
}

/** The kind of a JSON value. */
export function kindOf(value: JsonValue): ValueKind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as ValueKind;
}

/** Whether a value of JSON can be a schema. */
export function isSchema(value: JsonValue | undefined): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Schemas have no order but that of their texts. */
export function compareSchemas(a: JsonSchema, b: JsonSchema): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : Number(left > right);
}

/** Clients of MCP want the type of an input said at its root, also where every alternative says it. */
export function withObjectType(schema: JsonSchema): JsonSchema {
  const { anyOf } = schema;
  const objects =
    Array.isArray(anyOf) && anyOf.every((member) => isSchema(member) && withObjectType(member)['type'] === 'object');
  return objects ? { type: 'object', ...schema } : schema;
}
