/** Disagreements that were found, each made small: a type, a value, and whether the value as a literal fits the type. */
import type { ObjectNode, Property, TypeNode } from './type-node.ts';
import type { Value } from './random-value.ts';

/** One of them. */
export interface Regression {
  /** A fact about the input schema. */
  readonly name: string;
  readonly type: TypeNode;
  readonly value: Value;
  /** Whether TypeScript takes the value, and with it the schema. */
  readonly fits: boolean;
}

const text: TypeNode = { kind: 'keyword', name: 'string' };
const number: TypeNode = { kind: 'keyword', name: 'number' };
const boolean: TypeNode = { kind: 'keyword', name: 'boolean' };

/** All of them. */
export const regressions: readonly Regression[] = [
  {
    name: 'a union without a discriminant takes some properties of a second member',
    type: union(object({ d: boolean }), object({ a: list(text), b: literal(true) })),
    value: { b: true, d: true },
    fits: true,
  },
  {
    name: 'a union without a discriminant takes one property of a second member',
    type: union(object({ a: number }), object({ c: literal(1.5), d: text })),
    value: { a: 0, c: 1.5 },
    fits: true,
  },
  {
    name: 'a union without a discriminant refuses a property of a second member with a wrong type',
    type: union(object({ a: number }), object({ c: literal(1.5), d: text })),
    value: { a: 0, c: 2 },
    fits: false,
  },
  {
    name: 'a property that two members have may be as in one of them, with what else the other one has',
    type: union(object({ a: text, d: text }), object({ d: list(text) })),
    value: { d: [], a: '' },
    fits: true,
  },
  {
    name: 'a member with any names lets a literal of the other member have them',
    type: union(object({ '7': literal(1) }), { kind: 'record', keys: 'string', value: literal(2) }),
    value: { '5': 2, '7': 1 },
    fits: true,
  },
  {
    name: 'a member with any names does not take names of another type',
    type: union(object({ '7': literal(1) }), { kind: 'record', keys: 'string', value: literal(2) }),
    value: { '5': 3, '7': 1 },
    fits: false,
  },
  {
    name: 'a member with a pattern of names lets a literal of the other member have them',
    type: union(object({ a: list(text) }), object({}, { key: 'template', type: list(text) })),
    value: { a: [], 'x-': [] },
    fits: true,
  },
  {
    name: 'a pattern of names lets a named property of the other member be what it is there',
    type: union(object({ 'x-y': literal(1) }), object({}, { key: 'template', type: text })),
    value: { 'x-': '', 'x-y': 1 },
    fits: true,
  },
  {
    name: 'a member that has the names of another and a pattern lets both be there',
    type: union(object({ c: boolean }), object({ value: text }, { key: 'template', type: literal(0) })),
    value: { value: '', c: false },
    fits: true,
  },
  {
    name: 'a record that contains itself lets a literal of the other member have any names',
    type: union(
      { kind: 'declared', style: 'alias', body: object({}, { key: 'string', type: { kind: 'self' } }) },
      object({ d: text }),
    ),
    value: { d: '', b: {} },
    fits: true,
  },
  {
    name: 'members of one kind may be mixed',
    type: partlyTold(),
    value: { kind: 'x', a: 0, b: 0 },
    fits: true,
  },
  {
    name: 'members of two kinds are not mixed, where others have the same kind',
    type: partlyTold(),
    value: { kind: 'x', a: 0, c: 0 },
    fits: false,
  },
  {
    name: 'a kind that only one member allows rules out what the other member has',
    type: union(object({ kind: literal('x'), a: number }), object({ kind: text, b: number })),
    value: { kind: 'y', b: 0, a: 0 },
    fits: false,
  },
  {
    name: 'a kind that both members allow lets them be mixed',
    type: union(object({ kind: literal('x'), a: number }), object({ kind: text, b: number })),
    value: { kind: 'x', b: 0, a: 0 },
    fits: true,
  },
  {
    name: 'what has nothing in common with a member of optional properties is not that member',
    type: union(object({ kind: literal('y'), a: text }), optional({ b: literal('y') })),
    value: { a: '' },
    fits: false,
  },
  {
    name: 'what has a property of a member of optional properties may be that member',
    type: union(object({ kind: literal('y'), a: text }), optional({ b: literal('y') })),
    value: { a: '', b: 'y' },
    fits: true,
  },
  {
    name: 'a property that rules out a member with an index signature counts before that signature',
    type: union(
      {
        kind: 'object',
        properties: [...optional({ a: literal(2) }).properties, ...object({ b: literal('') }).properties],
      },
      object({ a: boolean }, { key: 'string', type: boolean }),
    ),
    value: { a: true, b: '' },
    fits: false,
  },
  {
    name: 'objects in a property of members that are left together are mixed, too',
    type: union(object({ a: object({ p: number }) }), object({ a: object({ q: number }), b: text })),
    value: { a: { p: 0, q: 0 } },
    fits: true,
  },
  {
    name: 'objects in a list in a property of members that are left together are not mixed',
    type: union(object({ a: list(object({ p: number })) }), object({ a: list(object({ q: number })), b: text })),
    value: { a: [{ p: 0, q: 0 }] },
    fits: false,
  },
];

/** Two members of one kind, and one of another. */
function partlyTold(): TypeNode {
  return union(
    object({ kind: literal('x'), a: number }),
    object({ kind: literal('x'), b: number }),
    object({ kind: literal('y'), c: number }),
  );
}

function union(...members: readonly TypeNode[]): TypeNode {
  return { kind: 'union', members };
}

function literal(value: string | number | boolean): TypeNode {
  return { kind: 'literal', value };
}

function list(item: TypeNode): TypeNode {
  return { kind: 'array', item, readonly: false };
}

function optional(types: Readonly<Record<string, TypeNode>>): ObjectNode {
  const { properties } = object(types);
  return { kind: 'object', properties: properties.map((property) => ({ ...property, optional: true })) };
}

function object(types: Readonly<Record<string, TypeNode>>, index?: ObjectNode['index']): ObjectNode {
  const properties = Object.entries(types).map(([name, type]): Property => ({
    name,
    optional: false,
    readonly: false,
    type,
  }));
  return { kind: 'object', properties, ...(index === undefined ? {} : { index }) };
}
