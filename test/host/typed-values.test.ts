import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltSample, buildSample } from './built-sample.ts';

let kit: BuiltSample;
beforeAll(async () => {
  kit = await buildSample('typed-kit');
});
afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

const at = '2026-01-31T08:00:00Z';
const everything = {
  at,
  maybe: null,
  either: 5,
  list: [at, '2026-01-31T09:00:00.5+01:00'],
  table: { big: '12345678901234567890', small: '-1' },
  span: [at, at, at],
  tree: { at, votes: '3', answers: [{ at, answers: [] }] },
  change: { kind: 'text', value: at },
  level: '2',
  text: at,
};

describe('the input of a tool', () => {
  test('has Dates and bigints where its type has them, and text everywhere else', async () => {
    const date = `Date ${Date.parse(at)}`;
    expect(await kit.output('look', everything)).toEqual({
      at: date,
      maybe: null,
      either: 5,
      list: [date, date.replace('00000', '00500')],
      table: { big: 'bigint 12345678901234567890', small: 'bigint -1' },
      span: [date, date, at],
      tree: { at: date, votes: 'bigint 3', answers: [{ at: date, answers: [] }] },
      change: { kind: 'text', value: at },
      level: 'bigint 2',
      text: at,
    });
  });

  test.each([
    [{ kind: 'date', value: at }, `Date ${Date.parse(at)}`],
    [{ kind: 'number', value: '7' }, 'bigint 7'],
    [{ kind: 'text', value: '7' }, '7'],
  ])('whose kind is said by a property is what that says: %j', async (change, value) => {
    expect(await kit.output('look', { ...everything, change })).toMatchObject({ change: { value } });
  });

  test.each([
    ['now', 'now'],
    [at, `Date ${Date.parse(at)}`],
  ])('that may be a Date or the word "now" is the one or the other: %s', async (either, found) => {
    expect(await kit.output('look', { ...everything, either })).toMatchObject({ either: found });
  });

  test('may be a Date itself', async () => {
    expect(await kit.output('year', '1999-12-31T23:00:00-02:00')).toBe(2000);
  });

  test('may have bytes beside Dates', async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(await kit.output('sign', { at, bytes, extra: { $blob: at } })).toEqual({
      shape: { at: `Date ${Date.parse(at)}`, bytes: 'bytes 3', extra: { $blob: `Date ${Date.parse(at)}` } },
      at: '2026-01-31T08:00:00.000Z',
      bytes,
      extra: { $blob: '2026-01-31T08:00:00.000Z' },
    });
  });

  test.each([
    ['2025-02-30T00:00:00Z', 'a day that does not exist'],
    ['1900-02-29T00:00:00Z', 'the 29th of February of a common year'],
    ['2026-04-31T00:00:00Z', 'the 31st of April'],
    ['2026-01-31', 'a day without a time'],
    ['tomorrow', 'a word'],
  ])('%s, %s, is refused at its place', async (text) => {
    const { error } = await kit.failure('look', { ...everything, list: [at, text] });
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      details: {
        violations: [
          { pointer: '/list/1', message: 'must be a date and time that exists, such as 2026-01-31T08:00:00Z' },
        ],
      },
    });
  });

  test('a bigint that is no decimal number is refused at its place', async () => {
    const { error } = await kit.failure('later', { at, count: '0x10' });
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      details: { violations: [{ pointer: '/count', message: 'must be the text of a whole number, such as "12"' }] },
    });
  });

  test('a bigint of more digits than it may have is refused', async () => {
    expect(await kit.output('later', { at, count: '1'.repeat(4_000) })).toMatchObject({
      count: `${'2'.repeat(4_000)}`,
    });
    expect((await kit.failure('later', { at, count: '1'.repeat(4_097) })).error.code).toBe('INPUT_INVALID');
  });
});

describe('the output of a tool', () => {
  test('has Dates and bigints as text', async () => {
    expect(await kit.output('later', { at, count: '12345678901234567890' })).toEqual({
      at: '2026-02-01T08:00:00.000Z',
      count: '24691357802469135780',
    });
    expect(await kit.output('epoch', {})).toBe('1970-01-01T00:00:00.000Z');
  });

  test('goes in again as it came out', async () => {
    const once = await kit.output('echo', everything);
    expect(await kit.output('echo', once)).toEqual(once);
    expect(once).toMatchObject({ list: ['2026-01-31T08:00:00.000Z', '2026-01-31T08:00:00.500Z'], text: at });
  });

  test.each([
    [Number.MAX_SAFE_INTEGER, 'must be a valid Date'],
    [10_000, 'must be a Date of the years 0 to 9999, not 10000'],
    [-1, 'must be a Date of the years 0 to 9999, not -1'],
  ])('a Date of the year %d is OUTPUT_INVALID at its place, and never null', async (year, message) => {
    const { error } = await kit.failure('wrong', { year });
    expect(error).toMatchObject({
      code: 'OUTPUT_INVALID',
      message: `Cannot take the output: it is wrong at "/found/1/at": ${message}`,
      details: { violations: [{ pointer: '/found/1/at', message }] },
    });
  });
});
