/** Random schemas of the vocabulary, and values that have a chance to fit them. */
import * as fc from 'fast-check';
import { type ValidateFunction, Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import type { Random } from '../../fuzz.ts';

export type Schema = boolean | { readonly [keyword: string]: unknown };

/** What a host compiles schemas with. */
export function compileWithAjv(schema: unknown): ValidateFunction {
  const ajv = new Ajv2020({
    inlineRefs: false,
    strict: false,
    validateFormats: false,
    validateSchema: false,
    logger: false,
  });
  ajv.addKeyword({
    keyword: 'aria:blob',
    validate: (expected: unknown, value: unknown) => expected !== true || value instanceof Uint8Array,
  });
  return ajv.compile(schema as AnySchemaObject);
}

const names = ['a', 'b', 'c', 'kind'] as const;
const texts = ['', 'a', 'b', 'ab', 'x1', 'é', '😀'] as const;
const numbers = [-1, 0, 0.5, 1, 2, 3, 10] as const;
export const patterns = ['^a', 'b$', '^[a-z]+$', '^x\\d*$', '^(a|b){1,2}$', '\\d'] as const;
const literal = fc.constantFrom<unknown>(null, true, false, ...texts, ...numbers, [], [1], {}, { a: 1 });
const bound = fc.constantFrom(...numbers);
const count = fc.integer({ min: 0, max: 3 });

function partial(keywords: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  return fc.record(keywords, { requiredKeys: [] });
}

const annotations = { description: fc.constantFrom('one', 'two'), format: fc.constantFrom('date', 'uuid') };

/** Schemas that are compared: each with `$defs` that refer to each other. */
export const schemaArbitrary: fc.Arbitrary<Schema> = fc
  .letrec<{ schema: Schema; named: Schema; object: Schema }>((tie) => {
    const schema = tie('schema');
    const leaf: fc.Arbitrary<Schema> = fc.oneof(
      fc.constant<Schema>(true),
      fc.constant<Schema>({}),
      fc.constant<Schema>(false),
      literal.map((value) => ({ const: value })),
      fc.uniqueArray(literal, { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
      fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object').map((type) => ({ type })),
      fc
        .uniqueArray(fc.constantFrom('null', 'boolean', 'integer', 'number', 'string'), { minLength: 1 })
        .map((type) => ({ type })),
      partial({
        ...annotations,
        minimum: bound,
        maximum: bound,
        exclusiveMinimum: bound,
        exclusiveMaximum: bound,
      }).chain((bounds) => fc.constantFrom('integer', 'number').map((type) => ({ type, ...bounds }))),
      fc.constantFrom(0.5, 1, 2, 3, 6).map((multipleOf) => ({ type: 'number', multipleOf })),
      partial({ ...annotations, minLength: count, maxLength: count, pattern: fc.constantFrom(...patterns) }).map(
        (rest) => ({
          type: 'string',
          ...rest,
        }),
      ),
      fc.constant<Schema>({ 'aria:blob': true }),
    );
    const reference: fc.Arbitrary<Schema> = fc.constantFrom('one', 'two').map((name) => ({ $ref: `#/$defs/${name}` }));
    const list = fc.array(schema, { minLength: 1, maxLength: 3 });
    const array = partial({
      items: schema,
      prefixItems: list,
      minItems: count,
      maxItems: count,
      uniqueItems: fc.boolean(),
    }).map((rest) => ({ type: 'array', ...rest }));
    const object = partial({
      type: fc.constant('object'),
      properties: fc.dictionary(fc.constantFrom(...names), schema, { maxKeys: 3 }),
      required: fc.subarray([...names], { maxLength: 2 }),
      additionalProperties: fc.oneof(fc.constant(false), schema),
      patternProperties: fc.dictionary(fc.constantFrom('^a', '^[bc]$'), schema, { maxKeys: 2 }),
    }) as fc.Arbitrary<Schema>;
    const closed = fc.tuple(object, fc.oneof(fc.constant(false), schema)).map(([open, unevaluatedProperties]) => {
      return typeof open === 'boolean' ? open : { ...open, unevaluatedProperties };
    });
    const combined = fc.oneof(
      list.map((anyOf) => ({ anyOf })),
      list.map((oneOf) => ({ oneOf })),
      list.map((allOf) => ({ allOf })),
      fc.array(object, { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf, unevaluatedProperties: false })),
      fc
        .tuple(reference, fc.constant({ unevaluatedProperties: false }))
        .map(([one, two]) => ({ ...(one as object), ...two })),
      fc.tuple(list, object).map(([anyOf, own]) => ({ anyOf, ...(own as object) })),
    );
    return {
      named: fc.oneof({ depthSize: 'small' }, leaf, object, array),
      object,
      schema: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        { arbitrary: leaf, weight: 5 },
        { arbitrary: object, weight: 3 },
        { arbitrary: closed, weight: 1 },
        { arbitrary: array, weight: 2 },
        { arbitrary: combined, weight: 2 },
        { arbitrary: reference, weight: 1 },
      ),
    };
  })
  .schema.filter(isJudgedBySpecification)
  .chain((root) =>
    typeof root === 'boolean' || !JSON.stringify(root).includes('$ref')
      ? fc.constant(root)
      : fc
          .constantFrom<Readonly<Record<string, Schema>>[]>(
            { one: { type: 'string' }, two: { type: 'number' } },
            {
              one: { type: 'object', properties: { a: { $ref: '#/$defs/one' }, b: { type: 'string' } } },
              two: { anyOf: [{ type: 'null' }, { type: 'array', items: { $ref: '#/$defs/two' } }] },
            },
            {
              one: { type: 'object', properties: { a: { $ref: '#/$defs/two' } }, required: ['a'] },
              two: { anyOf: [{ $ref: '#/$defs/one' }, { type: 'integer' }] },
            },
          )
          .map((definitions) => ({ ...root, $defs: definitions })),
  );

/**
 * ajv counts what a `patternProperties` has looked at even where its alternative does not fit, which `unevaluatedProperties` then lets pass;
 * and of items that are told by `prefixItems` it compares only those of the type that `items` has. arc derives no schema with either pair.
 */
function isJudgedBySpecification(schema: Schema): boolean {
  const text = JSON.stringify(schema);
  const pairs = [
    ['patternProperties', 'unevaluatedProperties'],
    ['prefixItems', 'uniqueItems'],
  ];
  return pairs.every((pair) => pair.some((keyword) => !text.includes(keyword)));
}

/** A schema much like another one: some of its keywords are gone, or are those of a third. */
export function nearSchema(schema: Schema, other: Schema, random: Random): Schema {
  const near = mixedSchema(schema, other, random);
  return isJudgedBySpecification(near) ? near : schema;
}

function mixedSchema(schema: Schema, other: Schema, random: Random): Schema {
  if (typeof schema === 'boolean' || typeof other === 'boolean') return random.oneIn(3) ? other : schema;
  const entries = Object.entries(schema).flatMap(([keyword, value]): (readonly [string, unknown])[] => {
    if (keyword === '$defs') return [[keyword, value]];
    if (random.oneIn(8)) return [];
    if (random.oneIn(8) && Object.hasOwn(other, keyword)) return [[keyword, other[keyword]]];
    return [[keyword, nearValue(keyword, value, other, random)]];
  });
  const near = Object.fromEntries(entries);
  const definitions = other['$defs'];
  return definitions === undefined || '$defs' in near ? near : { ...near, $defs: definitions };
}

function nearValue(keyword: string, value: unknown, other: Schema, random: Random): unknown {
  if (['properties', 'patternProperties'].includes(keyword))
    return Object.fromEntries(
      Object.entries(value as Record<string, Schema>).map(([key, inner]) => [key, mixedSchema(inner, other, random)]),
    );
  if (['anyOf', 'oneOf', 'allOf', 'prefixItems'].includes(keyword))
    return (value as Schema[]).map((inner) => mixedSchema(inner, other, random));
  if (['items', 'additionalProperties', 'unevaluatedProperties'].includes(keyword))
    return mixedSchema(value as Schema, other, random);
  if (typeof value === 'number' && keyword !== 'multipleOf' && keyword !== 'const')
    return Math.max(keyword.startsWith('m') && /Items|Length/.test(keyword) ? 0 : -9, value + random.below(3) - 1);
  return value;
}

/** A value that may fit a schema. */
export function valueNear(schema: unknown, random: Random, root: unknown = schema, depth = 0): unknown {
  if (depth > 5 || random.oneIn(12) || typeof schema !== 'object' || schema === null) return anyValue(random, depth);
  const facts = schema as Readonly<Record<string, unknown>>;
  const inner = (part: unknown): unknown => valueNear(part, random, root, depth + 1);
  if ('const' in facts) return facts['const'];
  if (Array.isArray(facts['enum'])) return random.pick(facts['enum']);
  if (facts['aria:blob'] === true) return new Uint8Array(random.below(3));
  if (typeof facts['$ref'] === 'string') {
    const definitions = (root as { $defs?: Record<string, unknown> }).$defs ?? {};
    return inner(definitions[facts['$ref'].slice('#/$defs/'.length)]);
  }
  for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
    const list = facts[keyword];
    if (!Array.isArray(list)) continue;
    const one = inner(random.pick(list));
    const two = inner(random.oneIn(2) ? { ...facts, [keyword]: undefined } : random.pick(list));
    return isPlain(one) && isPlain(two) && random.oneIn(2) ? { ...two, ...one } : one;
  }
  const type = Array.isArray(facts['type']) ? random.pick(facts['type']) : facts['type'];
  if (type === 'array') return arrayNear(facts, random, inner);
  if (type === 'object' || 'properties' in facts || 'required' in facts) return objectNear(facts, random, inner);
  return type === undefined ? anyValue(random, depth) : plainValue(String(type), random);
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function arrayNear(
  facts: Readonly<Record<string, unknown>>,
  random: Random,
  inner: (part: unknown) => unknown,
): unknown {
  const prefix = Array.isArray(facts['prefixItems']) ? facts['prefixItems'] : [];
  const length = random.oneIn(2) ? Number(facts['minItems'] ?? 0) : random.below(4);
  return Array.from({ length }, (_, index) => inner(index < prefix.length ? prefix[index] : (facts['items'] ?? {})));
}

function objectNear(
  facts: Readonly<Record<string, unknown>>,
  random: Random,
  inner: (part: unknown) => unknown,
): unknown {
  const properties = (facts['properties'] ?? {}) as Readonly<Record<string, unknown>>;
  const required = (facts['required'] ?? []) as readonly string[];
  const keys = [...names, 'ab', 'other'].filter((key) =>
    required.includes(key) ? !random.oneIn(10) : random.oneIn(Object.hasOwn(properties, key) ? 2 : 6),
  );
  return Object.fromEntries(
    keys.map((key) => [
      key,
      inner(Object.hasOwn(properties, key) ? properties[key] : (facts['additionalProperties'] ?? {})),
    ]),
  );
}

function plainValue(type: string, random: Random): unknown {
  if (type === 'null') return null;
  if (type === 'boolean') return random.oneIn(2);
  if (type === 'string') return random.oneIn(2) ? random.pick(texts) : random.text(random.below(4), 'abx1');
  return type === 'integer' ? random.below(6) - 1 : random.pick(numbers);
}

function anyValue(random: Random, depth: number): unknown {
  const kind = random.below(depth > 4 ? 4 : 7);
  if (kind === 4) return Array.from({ length: random.below(3) }, () => anyValue(random, depth + 1));
  if (kind === 5)
    return Object.fromEntries(
      [...names, 'other'].filter(() => random.oneIn(3)).map((key) => [key, anyValue(random, depth + 1)]),
    );
  if (kind === 6) return new Uint8Array(random.below(3));
  return plainValue(['null', 'boolean', 'string', 'number'][kind] ?? 'null', random);
}
