import { describe, expect, test } from 'vitest';
import { exampleValue } from '../../terminal/example-value.ts';
import { printable, sizeText } from '../../terminal/format.ts';
import { schemaText } from '../../terminal/schema-text.ts';

const order = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    lines: { type: 'array', items: { anyOf: [{ type: 'number' }, { type: 'null' }] } },
    state: { enum: ['open', 'paid'] },
    scan: { 'aria:blob': true },
    parent: { $ref: '#/$defs/Order' },
  },
  required: ['id', 'lines', 'state', 'scan'],
};

const mix = {
  type: 'object',
  properties: { kind: { const: 'x' }, id: { type: 'number' }, name: { type: 'string' } },
  required: ['kind'],
  additionalProperties: false,
  anyOf: [{ required: ['id'] }, { properties: { id: false }, required: ['name'] }, { maxProperties: 0 }],
};

describe('the summary of a schema', () => {
  test.each([
    [order, '{ id: string; lines: (number | null)[]; state: "open" | "paid"; scan: bytes; parent?: Order }'],
    [{ type: 'array', prefixItems: [{ type: 'string' }, { const: 3 }] }, '[string, 3]'],
    [{ type: 'object', additionalProperties: { type: 'boolean' } }, '{ [key]: boolean }'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [mix, '{ kind: "x"; id: number; name?: string } | { kind: "x"; id?: never; name: string } | {}'],
    [false, 'never'],
    [{}, 'any'],
    ['nonsense', 'any'],
    [{ const: '\u001B[2J' }, String.raw`"\u001b[2J"`],
  ])('%j is %s', (schema, text) => {
    expect(schemaText(schema)).toBe(text);
  });
  test('of a recursive type ends', () => {
    const schema = {
      $ref: '#/$defs/Node',
      $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
    };
    expect(schemaText(schema).length).toBeLessThanOrEqual(401);
    expect(schemaText(schema)).toContain('…');
  });
});

describe('the example of a schema', () => {
  test.each([
    [order, { id: 'text', lines: [1], state: 'open', scan: { $base64: 'AAEC' } }],
    [mix, { kind: 'x', id: 1 }],
    [{ type: 'string', examples: ['2026-01-01'] }, '2026-01-01'],
    [{ type: 'integer', minimum: 18 }, 18],
    [{ type: 'object', properties: { day: { type: 'string', format: 'date' } }, required: ['day'] }, undefined],
    [
      {
        $ref: '#/$defs/Node',
        $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } }, required: ['next'] } },
      },
      undefined,
    ],
  ])('%j is %j', (schema, value) => {
    expect(exampleValue(schema)).toEqual(value);
  });
});

test('texts of unknown origin cannot steer a terminal', () => {
  expect(printable('a\u001B[2Jb\u009Bc\u202Ed\r\n\te')).toBe(String.raw`a\u{1b}[2Jb\u{9b}c\u{202e}d\u{d}` + '\n\te');
});

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KiB'],
  [1_572_864, '1.5 MiB'],
])('%i bytes are written as %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
