import { describe, expect, test } from 'vitest';
import { compareSchemas, comparisonBudget, valueFits } from '#wit/schema';
import { compileWithAjv } from './random-schemas.ts';

const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const tree = (value: unknown) => ({
  $ref: '#/$defs/Tree',
  type: 'object',
  unevaluatedProperties: false,
  $defs: {
    Tree: {
      type: 'object',
      properties: {
        value,
        kids: { type: 'array', items: { $ref: '#/$defs/Tree', unevaluatedProperties: false } },
      },
      required: ['value', 'kids'],
    },
  },
});
const string = { type: 'string' };
const number = { type: 'number' };
const integer = { type: 'integer' };

describe('every value fits', () => {
  test.each<[string, unknown, unknown]>([
    ['an integer where a number is wanted', integer, number],
    ['annotations that differ', { type: 'string', description: 'a', default: 'x' }, { type: 'string', format: 'date' }],
    ['an optional property that is new', object({ a: string }), object({ a: string, b: string }, ['a'])],
    [
      'a listed value, checked by itself',
      { enum: [2, 'y'] },
      { anyOf: [{ type: 'integer', minimum: 2 }, { const: 'y' }] },
    ],
    [
      'alternatives that a property of listed values tells apart',
      object({ kind: { enum: ['a', 'b'] }, v: string }),
      { anyOf: [object({ kind: { const: 'a' }, v: string }), object({ kind: { const: 'b' }, v: string })] },
    ],
    [
      'one of alternatives that exclude each other',
      object({ k: { const: 1 } }),
      { oneOf: [object({ k: { const: 1 } }), object({ k: { const: 2 } })] },
    ],
    ['a recursive type whose parts fit', tree(integer), tree(number)],
    ['bytes where bytes are wanted', { 'aria:blob': true }, { $comment: 'bytes', 'aria:blob': true }],
    ['whole numbers above 0 where 1 is the least', { ...integer, exclusiveMinimum: 0 }, { ...integer, minimum: 1 }],
    [
      'a tuple where a list is wanted',
      { type: 'array', prefixItems: [string, string], items: false, minItems: 2, maxItems: 2 },
      { type: 'array', items: string },
    ],
    ['the same pattern', { ...string, pattern: '^a+$', maxLength: 3 }, { ...string, pattern: '^a+$' }],
    [
      'a union that is closed around, widened by a property',
      {
        anyOf: [
          { ...object({ a: string }), additionalProperties: undefined },
          { type: 'object', properties: { b: string } },
        ],
        unevaluatedProperties: false,
      },
      {
        anyOf: [
          { type: 'object', properties: { a: string, c: string }, required: ['a'] },
          { type: 'object', properties: { b: string } },
        ],
        unevaluatedProperties: false,
      },
    ],
    ['nothing at all', false, string],
  ])('%s', (_name, source, target) => {
    const [left, right] = [
      JSON.parse(JSON.stringify(source)) as unknown,
      JSON.parse(JSON.stringify(target)) as unknown,
    ];
    expect(compareSchemas(left, right)).toEqual({ verdict: 'fits', findings: [] });
  });
});

describe('a value that does not fit is named with its place, and shown', () => {
  test.each<[string, unknown, unknown, object]>([
    [
      'a missing property',
      object({ a: string }),
      object({ a: string, b: number }),
      { kind: 'missing-property', pointer: '/b', witness: { value: { a: '' } } },
    ],
    [
      'a property that was optional',
      object({ a: string }, []),
      object({ a: string }),
      { kind: 'missing-property', pointer: '/a', witness: { value: {} } },
    ],
    [
      'a property that is not allowed',
      object({ 'a/b': string }),
      object({}),
      { kind: 'unexpected-property', pointer: '/a~1b' },
    ],
    ['any other property', { type: 'object' }, object({}), { kind: 'unexpected-property', pointer: '/*' }],
    [
      'another type',
      object({ a: { type: ['string', 'null'] } }),
      object({ a: number }),
      { kind: 'type', pointer: '/a', message: 'may be null or a string, but has to be a number' },
    ],
    ['a number that is not whole', number, integer, { kind: 'type', pointer: '' }],
    [
      'a listed value',
      { enum: ['a', 'b', 'c'] },
      { enum: ['a', 'b'] },
      { kind: 'value', message: 'may be "c", but has to be "a" or "b"', witness: { value: 'c' } },
    ],
    [
      'a lower bound',
      { ...number, minimum: 0 },
      { ...number, minimum: 1 },
      { kind: 'bound', message: 'may be less than 1' },
    ],
    ['no bound', integer, { ...integer, exclusiveMaximum: 5 }, { kind: 'bound', pointer: '' }],
    ['another multiple', { ...number, multipleOf: 2 }, { ...number, multipleOf: 4 }, { kind: 'bound' }],
    [
      'a longer text',
      { ...string, maxLength: 5 },
      { ...string, maxLength: 4 },
      { kind: 'length', message: 'may have more than 4 characters' },
    ],
    ['a text without the pattern', string, { ...string, pattern: '^[a-z]+$' }, { kind: 'pattern' }],
    ['fewer items', { type: 'array' }, { type: 'array', minItems: 1 }, { kind: 'item-count', witness: { value: [] } }],
    [
      'the same item twice',
      { type: 'array', items: string },
      { type: 'array', items: string, uniqueItems: true },
      { kind: 'repeated-items' },
    ],
    [
      'an item',
      object({ a: { type: 'array', items: string } }),
      object({ a: { type: 'array', items: number } }),
      { kind: 'type', pointer: '/a/*' },
    ],
    [
      'a place of a tuple',
      { type: 'array', prefixItems: [string, number], minItems: 2 },
      { type: 'array', prefixItems: [string, string] },
      { kind: 'type', pointer: '/1' },
    ],
    ['a part of a recursive type', tree(number), tree(integer), { kind: 'type', pointer: '/value' }],
    [
      'a property that no alternative looks at',
      object({ a: string, c: string }),
      { anyOf: [{ properties: { a: string } }, { properties: { b: string } }], unevaluatedProperties: false },
      { kind: 'unexpected-property', pointer: '/c' },
    ],
    [
      'a value that has something of each alternative',
      {
        anyOf: [
          { type: 'object', properties: { a: string }, required: ['a'] },
          { type: 'object', properties: { b: string }, required: ['b'] },
        ],
        unevaluatedProperties: false,
      },
      { anyOf: [object({ a: string }), object({ b: string })] },
      { kind: 'unexpected-property', witness: { value: { a: '', b: '' } } },
    ],
    [
      'a value of several alternatives',
      object({ a: string }),
      { oneOf: [{ type: 'object' }, { properties: { a: string } }] },
      { kind: 'alternatives', pointer: '' },
    ],
    ['bytes', { 'aria:blob': true }, string, { kind: 'type', message: 'may be bytes, but has to be a string' }],
  ])('%s', (_name, source, target, expected) => {
    const { verdict, findings } = compareSchemas(source, target);
    expect(verdict).toBe('misfits');
    expect(findings[0]).toMatchObject({ certain: true, ...expected });
    const witness = findings[0]?.witness?.value;
    expect([witness, compileWithAjv(source)(witness), compileWithAjv(target)(witness)]).toEqual([witness, true, false]);
  });
});

describe('what cannot be told is uncertain', () => {
  test.each<[string, unknown, unknown]>([
    ['a keyword that is not understood', string, { ...string, not: { const: 'x' } }],
    ['a pattern that says the same in other words', { ...string, pattern: '^a$' }, { ...string, pattern: '^[a]$' }],
    ['a pattern with look-around', string, { ...string, pattern: '(?=a)' }],
    ['a reference to nowhere', string, { $ref: '#/$defs/nowhere' }],
    ['a reference to itself', string, { $ref: '#' }],
    ['no schema', string, 5],
    [
      'a schema below another identity',
      string,
      { $ref: '#/$defs/a', $defs: { a: string, b: { $id: 'https://example.com/b' } } },
    ],
  ])('%s', (_name, source, target) => {
    const { verdict, findings } = compareSchemas(source, target);
    expect(verdict).toBe('uncertain');
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.every(({ certain }) => !certain)).toBe(true);
  });
});

describe('a hostile schema ends in an answer', () => {
  const doubling = {
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => {
        const $ref = `#/$defs/d${index + 1}`;
        return [`d${index}`, index === 99 ? string : { anyOf: [{ $ref }, { $ref, minLength: 1 }] }];
      }),
    ),
  };
  let deep: unknown = string;
  for (let depth = 0; depth < 100_000; depth += 1) deep = object({ x: deep });
  const required = (letter: string) => ({
    type: 'object',
    required: Array.from({ length: 50_000 }, (_, index) => letter + index),
  });
  const listed = (letter: string) => ({ enum: Array.from({ length: 60_000 }, (_, index) => `${letter}${index}`) });
  const nearlySame = (last: number) => ({ ...Array.from({ length: 30 }, (_, index) => index), last });
  const ofEach = (schema: unknown) => Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`p${at}`, schema]));
  const farAway = { $ref: `#/${'a/'.repeat(500_000)}` };
  const wide = (type: string) => ({
    anyOf: Array.from({ length: 200 }, (_, index) => object({ [`p${index}`]: { type }, [`q${index}`]: number })),
  });

  test.each<[string, unknown, unknown]>([
    ['references that double at each level, as source', doubling, number],
    ['references that double at each level, as target', string, doubling],
    ['nesting deeper than the stack', deep, deep],
    ['thousands of required properties', required('k'), required('j')],
    ['a circle of references', { $ref: '#' }, string],
    ['many alternatives against as many', wide('string'), wide('boolean')],
    ['thousands of schemas at once', { allOf: Array.from({ length: 50_000 }, () => string) }, number],
    ['millions of items', { type: 'array', minItems: 1e9, items: string }, { type: 'array', items: number }],
  ])('%s', (_name, source, target) => {
    expect(['misfits', 'uncertain']).toContain(compareSchemas(source, target).verdict);
  });
  test.each<[string, unknown, unknown]>([
    ['long lists of values, each checked against as long a one', listed('a'), { allOf: [listed('b'), listed('c')] }],
    [
      'listed objects that differ in the last property',
      { enum: Array.from({ length: 3_000 }, (_, index) => nearlySame(index)) },
      { enum: Array.from({ length: 3_000 }, (_, index) => nearlySame(index + 3_000)) },
    ],
    [
      'a long list of values for each of many properties',
      { ...object(ofEach({ $ref: '#/$defs/List' })), $defs: { List: listed('a') } },
      { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
    ],
    ['a reference as long as a book, at each of many properties', object(ofEach(farAway)), object(ofEach(string))],
  ])('%s', (_name, source, target) => {
    expect(compareSchemas(source, target).verdict).not.toBe('fits');
  });
  test('a long text deep inside is not written out at each level', () => {
    let schema: unknown = { const: 'x'.repeat(3_000_000) };
    for (let depth = 0; depth < 190; depth += 1) schema = { type: 'array', items: schema };
    expect(compareSchemas(schema, { type: 'array', items: schema }).verdict).toBe('uncertain');
  });
  test('a budget that several comparisons share comes to its end, and the rest of them is uncertain', () => {
    const budget = comparisonBudget(1);
    expect(compareSchemas(integer, number, budget).verdict).toBe('fits');
    const long = { enum: Array.from({ length: 19_000 }, (_, index) => index) };
    const twice = { allOf: [{ enum: [...long.enum, 'x'] }, { enum: [...long.enum, 'y'] }] };
    for (let count = 0; count < 2; count += 1) compareSchemas(long, twice, budget);
    expect(compareSchemas(integer, number, budget).verdict).toBe('uncertain');
    expect(compareSchemas(integer, number).verdict).toBe('fits');
  });
  test('a pattern that makes a regular expression backtrack is matched all the same', () => {
    expect(valueFits(`${'a'.repeat(5_000)}b`, { pattern: '^(a+)+$' })).toBe('misfits');
    expect(valueFits('a'.repeat(5_000), { pattern: '^(a+)+$' })).toBe('fits');
  });
});

describe('a witness is believed only after both schemas have seen the whole of it', () => {
  test.each<[string, unknown, unknown]>([
    [
      'a value that another alternative of the source excludes',
      { ...object({ a: integer }), oneOf: [{ required: ['a'] }, { properties: { a: { minimum: 5 } } }] },
      object({ a: { maximum: 4 } }),
    ],
    [
      'a name that a pattern of the target seems to match, and never does',
      { type: 'object' },
      { patternProperties: { 'a^b': false } },
    ],
    [
      'two items that are never the same',
      { type: 'array', prefixItems: [string, number], items: false, minItems: 2 },
      { type: 'array', uniqueItems: true },
    ],
  ])('%s', (_name, source, target) => {
    const { verdict, findings } = compareSchemas(source, target);
    expect(verdict).toBe('uncertain');
    expect(findings.some(({ witness }) => witness !== undefined)).toBe(false);
  });
});

test('a proof that relied on one that failed later is not relied on again', () => {
  const outer = (word: unknown) => ({ type: 'object', properties: { inner: { $ref: '#/$defs/Inner' }, word } });
  const inner = (word: unknown) => ({ Inner: { type: 'object', properties: { outer: outer(word) } } });
  const outerOfInner = { $ref: '#/$defs/Inner/properties/outer' };
  const source = {
    type: 'object',
    properties: { first: { $ref: '#/$defs/Inner' }, second: { ...outerOfInner, properties: { word: number } } },
    $defs: inner(string),
  };
  const target = {
    type: 'object',
    // Whatever comes of the first alternative, the second one takes it.
    properties: { first: { anyOf: [{ $ref: '#/$defs/Inner' }, {}] }, second: outerOfInner },
    $defs: inner(number),
  };
  expect(compareSchemas(source, target)).toMatchObject({
    verdict: 'misfits',
    findings: [{ pointer: '/second/inner/outer/word' }],
  });
});

describe('valueFits', () => {
  test('is uncertain about a keyword that is not understood, unless another refuses the value', () => {
    expect(valueFits('x', { not: {} })).toBe('uncertain');
    expect(valueFits('x', { not: {}, type: 'number' })).toBe('misfits');
    expect(valueFits('x', { anyOf: [{ not: {} }, string] })).toBe('fits');
  });
  test('counts for unevaluatedProperties only what a fitting alternative has looked at', () => {
    const schema = { anyOf: [{}, { patternProperties: { '^a': { type: 'null' } } }], unevaluatedProperties: false };
    expect(valueFits({ a: 1 }, schema)).toBe('misfits');
    expect(valueFits({ a: null }, schema)).toBe('fits');
  });
  test('takes a property named like a member of every object for what it is', () => {
    expect(valueFits({}, { required: ['toString'] })).toBe('misfits');
    expect(valueFits(JSON.parse('{"__proto__": 1}'), object({}))).toBe('misfits');
  });
});
