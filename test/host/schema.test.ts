import { describe, expect, test } from 'vitest';
import { isCostly } from '../../host/runner/schema-cost.ts';
import { compileSchema } from '../../host/runner/schema.ts';

const compile = (schema: unknown): ReturnType<typeof compileSchema> =>
  compileSchema('probe', new TextEncoder().encode(JSON.stringify(schema)));

describe('a schema', () => {
  test.each([
    ['that is no JSON', new TextEncoder().encode('{')],
    ['that is no UTF-8', Uint8Array.of(0xff)],
    ['that is a number', new TextEncoder().encode('1')],
    ['that is null', new TextEncoder().encode('null')],
    ['with a type that does not exist', new TextEncoder().encode('{"type":"nonsense"}')],
    ['with a reference to nowhere', new TextEncoder().encode('{"$ref":"https://example.com/x"}')],
    ['that would be asynchronous', new TextEncoder().encode('{"$async":true}')],
    ['that would be asynchronous further in', new TextEncoder().encode('{"properties":{"a":{"$async":true}}}')],
    ['with a pattern that is none', new TextEncoder().encode('{"pattern":"("}')],
    ['over its maximum', new TextEncoder().encode(`{"description":"${'x'.repeat(1024 * 1024)}"}`)],
  ])('%s is refused', (_, bytes) => {
    expect(() => compileSchema('probe', bytes)).toThrow(expect.objectContaining({ code: 'BUNDLE_MANIFEST_INVALID' }));
  });

  test('names at most 1,000 violations', () => {
    expect(compile({ items: { type: 'string' } })(Array.from({ length: 1_500 }, () => 1))).toHaveLength(1_000);
  });

  test('asks for the keys that it says, whatever JSON was parsed before', () => {
    const schemaWith = (key: string) =>
      `{"properties":{"a key of its own":{},"${key}":{"type":"string"}},"type":"object"}`;
    JSON.parse(schemaWith('\\\\'));
    const check = compileSchema('probe', new TextEncoder().encode(schemaWith('\\n')));
    expect(check({ '\\': 1 })).toEqual([]);
    expect(check({ '\n': 1 })).toEqual([{ pointer: '/\n', message: 'must be string' }]);
  });

  test('has __proto__ and what objects inherit as properties of its own', () => {
    const text = '{"type":"object","properties":{"__proto__":{"const":1},"valueOf":{"type":"string"}}}';
    const check = compileSchema('probe', new TextEncoder().encode(text));
    expect(check({ valueOf: 1 })).toEqual([{ pointer: '/valueOf', message: 'must be string' }]);
    expect(check({ valueOf: 'x' })).toEqual([]);
  });

  test('with a $schema and definitions that refer to themselves compiles', () => {
    const check = compile({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $defs: { tree: { type: 'object', properties: { next: { $ref: '#/$defs/tree' } } } },
      $ref: '#/$defs/tree',
    });
    expect(check({ next: { next: {} } })).toEqual([]);
    expect(check({ next: { next: 1 } })).toEqual([{ pointer: '/next/next', message: 'must be object' }]);
  });

  test('takes bytes only where it says bytes', () => {
    const check = compile({
      type: 'object',
      properties: { data: { $comment: 'bytes', 'aria:blob': true }, text: { type: 'string' } },
    });
    expect(check({ data: new Uint8Array(), text: '' })).toEqual([]);
    expect(check({ data: [1], text: new Uint8Array() }).map(({ pointer }) => pointer)).toEqual(['/data', '/text']);
  });

  test('that compares all with all ends after its deadline', () => {
    const many = Array.from({ length: 30_000 }, (_, index) => ({ index }));
    expect(compile({ uniqueItems: true })(many)).toMatchObject([{ pointer: '' }]);
  });

  test('that compares all with all passes what is unique', () => {
    expect(compile({ uniqueItems: true })([1, 2, 3])).toEqual([]);
    expect(compile({ uniqueItems: true })([1, 2, 1])).toHaveLength(1);
  });
});

/** What arc writes of `type Expr = Num | Add | Mul`, with the kind behind what it discriminates. */
const binary = (kind: string): unknown => ({
  type: 'object',
  properties: { left: { $ref: '#/$defs/Expr' }, right: { $ref: '#/$defs/Expr' }, kind: { const: kind } },
  required: ['left', 'right', 'kind'],
  additionalProperties: false,
});
const expression = {
  $defs: {
    Expr: { anyOf: [{ $ref: '#/$defs/Num' }, { $ref: '#/$defs/Add' }, { $ref: '#/$defs/Mul' }] },
    Num: {
      type: 'object',
      properties: { value: { type: 'number' }, kind: { const: 'num' } },
      required: ['value', 'kind'],
    },
    Add: binary('add'),
    Mul: binary('mul'),
  },
  $ref: '#/$defs/Expr',
};

/** A sum of products of sums, `depth` levels of them on the left. */
function nested(depth: number, innermost: unknown): unknown {
  let value: unknown = { kind: 'num', value: innermost };
  for (let level = 0; level < depth; level += 1)
    value = { kind: level % 2 === 0 ? 'add' : 'mul', left: value, right: { kind: 'num', value: level } };
  return value;
}

describe('a union that contains itself', () => {
  test('passes a value of 30 levels', () => {
    expect(compile(expression)(nested(30, 1))).toEqual([]);
  });

  test('refuses a value of 30 levels that is wrong only innermost', () => {
    expect(compile(expression)(nested(30, 'one'))).not.toEqual([]);
  });

  test('without a discriminator is refused after its deadline where it would take for ever', () => {
    const arm = { type: 'object', properties: { next: { $ref: '#' } } };
    let value: unknown = 1;
    for (let level = 0; level < 40; level += 1) value = { next: value };
    expect(compile({ anyOf: [arm, arm] })(value)).toMatchObject([{ pointer: '' }]);
  });

  test('refuses a value where the code that checks it fails by itself', () => {
    const check = compile({
      anyOf: [{ properties: {}, additionalProperties: false }, true],
      required: ['a'],
      patternProperties: { '^a': { type: 'string' } },
    });
    expect(check({})).not.toEqual([]);
    expect(check({ a: 'x' })).toMatchObject([{ pointer: '', message: expect.stringContaining('can be checked') }]);
  });

  test('refuses a value that nests deeper than the stack', () => {
    let value: unknown = 1;
    for (let level = 0; level < 200_000; level += 1) value = [value];
    expect(compile({ $defs: { list: { items: { $ref: '#/$defs/list' } } }, $ref: '#/$defs/list' })(value)).toHaveLength(
      1,
    );
  });
});

describe('references to references', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 30 }, (_, level) => {
      const next = { $ref: `#/$defs/d${level + 1}` };
      return [`d${level}`, { allOf: [next, next] }] as const;
    }),
  );
  const schema = { $defs: { ...doubling, d30: { type: 'string' } }, $ref: '#/$defs/d0' };

  test('that double at each level compile at once, and are refused after their deadline', () => {
    expect(compile(schema)('text')).toMatchObject([{ pointer: '' }]);
  });

  test('are costly where they double or meet themselves in a union, and cheap in lists, trees and flat unions', () => {
    expect([schema, expression, { $ref: 'other' }].map(isCostly)).toEqual([true, true, true]);
    const tree = { $defs: { t: { properties: { next: { $ref: '#/$defs/t' } } } }, $ref: '#/$defs/t' };
    expect([tree, { anyOf: [{ type: 'string' }, { type: 'null' }] }, { properties: { a: {} } }].map(isCostly)).toEqual([
      false,
      false,
      false,
    ]);
    const twice = {
      $defs: {
        t: { $ref: '#/$defs/u', properties: { n: { $ref: '#/$defs/t' } } },
        u: { properties: { n: { $ref: '#/$defs/t' } } },
      },
      $ref: '#/$defs/t',
    };
    expect(isCostly(twice)).toBe(true);
  });
});

test('a value over the size up to which violations are listed gets one', () => {
  expect(compile({ items: { type: 'string' } })(Array.from({ length: 300_000 }, () => 1))).toHaveLength(1);
});
