import { describe, expect, test } from 'vitest';
import { compileSchema } from '../../host/runner/schema.ts';

const check = (schema: unknown, value: unknown): unknown =>
  compileSchema('probe', new TextEncoder().encode(JSON.stringify(schema)))(value);
const date = { type: 'string', pattern: '^\\d{4}-', 'aria:type': 'date' };

describe('the keyword aria:type', () => {
  test.each(['2024-02-29T00:00:00Z', '2000-02-29T00:00:00.123+14:00', '0000-02-29T00:00:00Z', '2026-12-31T23:59:59Z'])(
    'takes the date %s',
    (text) => {
      expect(check(date, text)).toEqual([]);
    },
  );

  test.each([
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-06-31T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00',
    '２026-01-01T00:00:00Z',
    'word',
  ])('refuses %s with one violation, whether its pattern does or not', (text) => {
    const message = 'must be a date and time that exists, such as 2026-01-31T08:00:00Z';
    expect(check(date, text)).toEqual([{ pointer: '', message }]);
    expect(check({ 'aria:type': 'date' }, text)).toEqual([{ pointer: '', message }]);
  });

  test.each(['-0', '00', '1n', '+1', '1.0', ''])('refuses the bigint "%s", unless it is decimal', (text) => {
    const expected =
      text === '-0' ? [] : [{ pointer: '', message: 'must be the text of a whole number, such as "12"' }];
    expect(check({ 'aria:type': 'bigint' }, text)).toEqual(expected);
  });

  test('leaves the pattern of another place alone', () => {
    const schema = { properties: { at: date, id: { type: 'string', pattern: '^a' } } };
    expect(check(schema, { at: 'word', id: 'b' })).toEqual([
      { pointer: '/at', message: 'must be a date and time that exists, such as 2026-01-31T08:00:00Z' },
      { pointer: '/id', message: 'must match pattern "^a"' },
    ]);
  });

  test.each([[1], [null], [['date']], [{ date: true }], ['Date'], [true]])(
    'says nothing where a bundle has %j for it',
    (expected) => {
      expect(check({ 'aria:type': expected }, 'word')).toEqual([]);
      expect(check({ 'aria:type': expected }, 5)).toEqual([]);
    },
  );
});
