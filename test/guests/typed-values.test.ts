import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ValuePlan, reviveValue, writeValue } from '../../guests/sdk/typed-values.ts';

const at = '2026-01-31T08:00:00.000Z';
const everywhere: ValuePlan = [{ text: 'date', items: 0, rest: 0 }];

describe('reviveValue', () => {
  test.each(['2025-02-29T00:00:00Z', '2026-02-30T12:00:00+01:00', '2026-11-31T00:00:00Z'])(
    'refuses %s by itself, on a host that did not',
    (text) => {
      const run = (): unknown => reviveValue({ a: [{ 'b/c~': text }] }, everywhere);
      expect(run).toThrow(
        expect.objectContaining({
          code: 'INPUT_INVALID',
          details: {
            violations: [
              {
                pointer: '/a/0/b~1c~0',
                message: `must be a date that exists, and "${text.slice(0, 10)}" does not`,
              },
            ],
          },
        }),
      );
    },
  );

  test('leaves what the plan does not name, and what has another form', () => {
    const plan: ValuePlan = [{ properties: { a: 'date', b: 'bigint', c: null }, rest: 'date' }];
    const value = { a: 'now', b: 5, c: at, d: at, e: null };
    expect(reviveValue(value, plan)).toEqual({ a: 'now', b: 5, c: at, d: new Date(at), e: null });
  });

  test('goes by the keys that match before those that are left', () => {
    const plan: ValuePlan = [{ properties: { 'd-0': null }, patterns: [['^d-', 'date']], rest: 'bigint' }];
    expect(reviveValue({ 'd-0': at, 'd-1': at, x: '1' }, plan)).toEqual({ 'd-0': at, 'd-1': new Date(at), x: 1n });
  });

  test('goes by the literal of a property, which need be no text', () => {
    const plan: ValuePlan = [
      { by: 'kind', cases: { '1': 1, '"1"': 2, true: 1 } },
      { properties: { v: 'date' } },
      { properties: { v: 'bigint' } },
    ];
    const values = [1, '1', true, 2, undefined].map((kind) => reviveValue({ kind, v: kind === '1' ? '7' : at }, plan));
    expect(values.map((value) => (value as { v: unknown }).v)).toEqual([new Date(at), 7n, new Date(at), at, at]);
  });

  test('keeps an own property "__proto__" one of the object, and not its prototype', () => {
    const value = reviveValue(JSON.parse(`{"__proto__":"${at}"}`), everywhere) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual(new Date(at));
  });

  test('of what writeValue made is the value again', () => {
    const date = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        date,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 6 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (original) => {
        const text = JSON.stringify(writeValue(original));
        expect(reviveValue(JSON.parse(text), everywhere)).toEqual(original);
      }),
    );
  });
});

describe('writeValue', () => {
  test('leaves the value itself, its bytes, and what JSON writes by itself', () => {
    const bytes = Uint8Array.of(1);
    const value = { at: new Date(0), n: [1n], bytes, text: 'a', none: undefined };
    expect(writeValue(value)).toEqual({ at: '1970-01-01T00:00:00.000Z', n: ['1'], bytes, text: 'a', none: undefined });
    expect(value.at).toEqual(new Date(0));
    expect((writeValue(value) as { bytes: unknown }).bytes).toBe(bytes);
  });

  test('asks toJSON once, also where what it gives has one too or is the value itself', () => {
    let asked = 0;
    const again = {
      n: 1n,
      toJSON(): object {
        asked += 1;
        return { ...this, at: new Date(0) };
      },
    };
    expect(JSON.stringify(writeValue({ again }))).toBe('{"again":{"n":"1","at":"1970-01-01T00:00:00.000Z"}}');
    expect(asked).toBe(1);
    const itself = { n: 2n, toJSON: (): unknown => itself };
    expect(JSON.stringify(writeValue(itself))).toBe('{"n":"2"}');
    expect(writeValue({ toJSON: 'a text', n: 3n })).toEqual({ toJSON: 'a text', n: '3' });
  });

  test('asks toJSON, as JSON does, and converts what that gives', () => {
    expect(writeValue({ a: { toJSON: (key: string) => ({ key, at: new Date(0), n: 1n }) } })).toEqual({
      a: { key: 'a', at: '1970-01-01T00:00:00.000Z', n: '1' },
    });
  });

  test('refuses a value that contains itself, and takes one that is there twice', () => {
    const twice = { n: 1n };
    expect(writeValue([twice, twice])).toEqual([{ n: '1' }, { n: '1' }]);
    const itself: unknown[] = [];
    itself.push({ itself });
    expect(() => writeValue(itself)).toThrow(new TypeError('Cannot write the value as JSON: it contains itself'));
  });
});
