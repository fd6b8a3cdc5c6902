import { describe, expect, test } from 'vitest';
import { exampleValue } from '../../terminal/example-value.ts';
import { schemaText } from '../../terminal/schema-text.ts';

const date = { type: 'string', format: 'date-time', pattern: '^\\d', 'aria:type': 'date' };
const bigint = { type: 'string', pattern: '^\\d', 'aria:type': 'bigint' };

describe('the summary of a schema', () => {
  test.each([
    [date, 'Date'],
    [bigint, 'bigint'],
    [{ anyOf: [date, { type: 'null' }] }, 'Date | null'],
    [{ type: 'object', properties: { at: date, n: bigint }, required: ['at'] }, '{ at: Date; n?: bigint }'],
    [{ const: '-5', 'aria:type': 'bigint' }, '-5n'],
    [{ enum: ['1', '2'], 'aria:type': 'bigint' }, '1n | 2n'],
    [{ enum: ['1', 'x\u001B[2J'], 'aria:type': 'bigint' }, String.raw`1n | "x\u001b[2J"`],
    [{ type: 'string', 'aria:type': 'nonsense' }, 'string'],
    [{ type: 'string', 'aria:type': { of: 'a hostile bundle' } }, 'string'],
  ])('%j is %s', (schema, text) => {
    expect(schemaText(schema)).toBe(text);
  });
});

test('the example of a Date and of a bigint is one that the host takes', () => {
  const schema = { type: 'object', properties: { at: date, n: bigint }, required: ['at', 'n'] };
  expect(exampleValue(schema)).toEqual({ at: '2026-01-31T08:00:00Z', n: '1' });
});
