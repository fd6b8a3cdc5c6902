/** Adds to a schema that comes from a type what the schema value of the options says beyond it. */
import type { JsonSchema, JsonValue } from './json-schema.ts';
import { isSchema } from './schema-types.ts';
import { typedKindOf } from './typed-values.ts';

/** The kinds of value that constraints are about. */
export type SaidKind = 'string' | 'number' | 'array' | 'object';

/** What is said of a value and its parts. */
export interface Said {
  readonly kind?: SaidKind;
  readonly keywords: JsonSchema;
  readonly properties?: ReadonlyMap<string, Said>;
  readonly items?: Said;
  readonly prefix?: readonly Said[];
  /** Of what is under the keys of a record. */
  readonly values?: Said;
  /** Whether what follows is said of another text than the given one. */
  readonly altered?: boolean;
}

/** What is said where nothing is known. */
export const nothingSaid: Said = { keywords: {} };

/** Keywords that a value of any kind may have. */
const annotations: ReadonlySet<string> = new Set(['title', 'description', 'default', 'examples']);
/** By the type of a schema, the keywords that mean something in it. */
const keywordsOf: Readonly<Record<string, ReadonlySet<string>>> = {
  string: new Set(['minLength', 'maxLength', 'pattern', 'format']),
  number: new Set(['type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']),
  array: new Set(['minItems', 'maxItems']),
};

/** The schema with what is said of it. */
export function withSaid(schema: JsonSchema, said: Said): JsonSchema {
  const { keywords } = said;
  const annotated = { ...constrained(schema, said), ...keywordsIn(keywords, annotations) };
  const { enum: values } = keywords;
  // The same values, in the order in which the author wrote them.
  if (Array.isArray(values) && sameValues(values, schema['enum'])) return { ...annotated, enum: values };
  return annotated;
}

function constrained(schema: JsonSchema, said: Said): JsonSchema {
  const { anyOf, type } = schema;
  if (Array.isArray(anyOf)) return { ...schema, anyOf: constrainedMembers(anyOf, said) };
  if (typeof type !== 'string' || typedKindOf(schema) !== undefined) return schema;
  const own = keywordsOf[type];
  return { ...schema, ...(own === undefined ? {} : keywordsIn(said.keywords, own)), ...partsOf(schema, said) };
}

/** What is said belongs to the member of its kind, if that is only one. */
function constrainedMembers(members: readonly JsonValue[], said: Said): readonly JsonValue[] {
  const others = members.filter((member) => !isSchema(member) || member['type'] !== 'null');
  return others.length === 1
    ? members.map((member) => (member === others[0] && isSchema(member) ? constrained(member, said) : member))
    : members;
}

function partsOf(
  { properties, items, prefixItems, additionalProperties, patternProperties }: JsonSchema,
  said: Said,
): JsonSchema {
  const { properties: named, items: each, prefix, values } = said;
  const mapped = (schemas: JsonSchema, of: (name: string) => Said | undefined): JsonSchema =>
    Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => {
        const part = of(name);
        return [name, isSchema(schema) && part !== undefined ? withSaid(schema, part) : schema];
      }),
    );
  return {
    ...(isSchema(properties) && named !== undefined
      ? { properties: mapped(properties, (name) => named.get(name)) }
      : {}),
    ...(isSchema(items) && each !== undefined ? { items: withSaid(items, each) } : {}),
    ...(Array.isArray(prefixItems) && prefix !== undefined
      ? {
          prefixItems: prefixItems.map((item: JsonValue, index) =>
            isSchema(item) ? withSaid(item, prefix[index] ?? nothingSaid) : item,
          ),
        }
      : {}),
    ...(isSchema(additionalProperties) && values !== undefined
      ? { additionalProperties: withSaid(additionalProperties, values) }
      : {}),
    ...(isSchema(patternProperties) && values !== undefined
      ? { patternProperties: mapped(patternProperties, () => values) }
      : {}),
  };
}

function keywordsIn(keywords: JsonSchema, known: ReadonlySet<string>): JsonSchema {
  return Object.fromEntries(Object.entries(keywords).filter(([name]) => known.has(name)));
}

function sameValues(values: readonly JsonValue[], known: JsonValue | undefined): boolean {
  return Array.isArray(known) && values.length === known.length && values.every((value) => known.includes(value));
}
