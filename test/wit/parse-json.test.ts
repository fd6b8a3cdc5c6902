/** `parseJson` reads a text as if nothing had been parsed before, whatever was. */
import { describe, expect, test } from 'vitest';
import { endOfString, parseJson } from '#wit/values';
import { callRequestFromMessage } from '../../wit/api/grpc-calls.ts';
import { type Random, fuzz, fuzzTimeoutMs, mutate } from '../fuzz.ts';

/** Keys, in order, with their values: what `toEqual` says nothing of. */
function described(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(described);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : value;
  return [
    Object.getPrototypeOf(value) === Object.prototype,
    ...Object.entries(value).map(([key, item]) => [key, described(item)]),
  ];
}

describe('keys with escapes', () => {
  test.each([
    ['\\\\', '\\n', '\n'],
    ['\\\\', '\\"', '"'],
    ['\\\\', '\\u0061', 'a'],
    ['a\\\\', 'a\\n', 'a\n'],
    ['a\\\\n', 'a\\n\\n', 'a\n\n'],
    ['\\\\u', '\\u4e2d\\u6587', '中文'],
    ['\\\\\\\\', '\\\\n', '\\n'],
  ])('after a key %s the key %s is still %j', (before, key, expected) => {
    // Keys in front that no other text has: which keys V8 knows behind them is then known.
    const behind = JSON.stringify(`behind ${before} ${key}`);
    JSON.parse(`{${behind}:0,"${before}":0}`);
    const text = `{${behind}:1,"${key}":2}`;
    // Where this fails, V8 has been mended: then `parseJson` may go.
    expect(Object.keys(JSON.parse(text) as object)[1]).not.toBe(expected);
    expect(Object.entries(parseJson(text) as object)[1]).toEqual([expected, 2]);
    expect(parseJson(`[{${behind} : 1 , "${key}"\t:\r\n[]}]`)).toEqual([
      { [`behind ${before} ${key}`]: 1, [expected]: [] },
    ]);
  });
  test('what a client calls a tool with does not change with what another client called it with', () => {
    const inputOf = (key: string): unknown =>
      callRequestFromMessage({ tool: 'a', input: { json: `{"one of its own":1,"${key}":2}`, blobs: [] } }).input;
    expect(inputOf('\\\\')).toEqual({ 'one of its own': 1, '\\': 2 });
    expect(inputOf('\\n')).toEqual({ 'one of its own': 1, '\n': 2 });
  });
  test('a key that is written twice has its last value in its first place, however it is written', () => {
    expect(described(parseJson('{"a":1,"b":2,"\\u0061":3,"a":4,"\\u0061":5}'))).toEqual([true, ['a', 5], ['b', 2]]);
  });
  test('__proto__ and what each object inherits become keys of its own', () => {
    for (const proto of ['__proto__', '\\u005f_proto__']) {
      const found = parseJson(`{"${proto}":{"polluted":1},"\\u0074oString":2,"constructor":3}`) as object;
      expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
      expect(described(found)).toEqual([
        true,
        ['__proto__', [true, ['polluted', 1]]],
        ['toString', 2],
        ['constructor', 3],
      ]);
    }
    expect(described(parseJson('{"__proto__":1,"\\u005f_proto__":2}'))).toEqual([true, ['__proto__', 2]]);
    expect({}).not.toHaveProperty('polluted');
  });
  test('keys that are whole numbers come first, as in any object', () => {
    expect(described(parseJson('{"b":1,"\\u0032":2,"1":3}'))).toEqual([true, ['1', 3], ['2', 2], ['b', 1]]);
  });
  test('members can be set and removed, as those of JSON.parse', () => {
    const found = parseJson('{"\\u0061":1,"__proto__":2}') as Record<string, unknown>;
    for (const key of ['a', '__proto__']) {
      const facts = { writable: true, enumerable: true, configurable: true };
      expect(Object.getOwnPropertyDescriptor(found, key)).toMatchObject(facts);
    }
  });
  test('no depth ends the stack', () => {
    const depth = 100_000;
    let value = parseJson(`${'{"\\n":['.repeat(depth)}7${']}'.repeat(depth)}`);
    for (let level = 0; level < depth; level += 1) value = (value as Record<string, unknown[]>)['\n']?.[0];
    expect(value).toBe(7);
  });
});

test.each([
  '',
  '{',
  '{"\\n":1',
  '{"\\n"}',
  '{"\\n":1,}',
  '{"\\x":1}',
  '{"\\n":01}',
  '["\\n":1]',
  '{"\\n":1}}',
  '{"\\n":"\n"}',
])('%j is no JSON, and is refused with the words of JSON.parse', (text) => {
  let said: unknown;
  try {
    JSON.parse(text);
  } catch (error) {
    said = error;
  }
  expect(said).toBeInstanceOf(SyntaxError);
  expect(() => parseJson(text)).toThrow(said as SyntaxError);
});

test.each([
  ['"a"b"', 0, 2],
  ['"\\""', 0, 3],
  ['"\\\\"', 0, 3],
  ['"\\\\\\""', 0, 5],
  ['["a","\\n"]', 6, 8],
  ['["a","\\\\"]', 6, 8],
  ['"open\\"', 0, 7],
])('in %j the string at %i ends at %i', (text, start, end) => {
  expect(endOfString(text, start)).toBe(end);
});

/** A text, and its value as `described` shows it, made together: the value is never read from the text. */
type Written = { readonly text: string; readonly shown: unknown };

const characters = ['\\', 'n', 'u', '"', '\n', 'a', '\u0000', '0', '中', '\ud83d', '_', '/', '1'];
const space = ['', '', '', ' ', '\n', ' \t\r\n'];
const words = ['0', '-0', '12', '-1.5e3', '1e400', '0.1', 'true', 'false', 'null', '123456789012345678901'];

function writtenString(random: Random): { readonly text: string; readonly value: string } {
  const value = random.oneIn(30)
    ? '__proto__'
    : Array.from({ length: random.below(4) }, () => random.pick(characters)).join('');
  const parts = Array.from({ length: value.length }, (_, index) => {
    const unit = value.charAt(index);
    if (random.oneIn(5)) return `\\u${value.charCodeAt(index).toString(16).padStart(4, '0')}`;
    return JSON.stringify(unit).slice(1, -1);
  });
  return { text: `"${parts.join('')}"`, value };
}

function written(random: Random, depth: number): Written {
  const [before, after] = [random.pick(space), random.pick(space)];
  const { text, shown } = writtenBare(random, depth);
  return { text: `${before}${text}${after}`, shown };
}

function writtenBare(random: Random, depth: number): Written {
  const kind = depth === 0 ? 4 + random.below(2) : random.below(depth > 4 ? 2 : 6);
  if (kind === 0) return wordOf(random.pick(words));
  if (kind === 1) {
    const { text, value } = writtenString(random);
    return { text, shown: value };
  }
  const count = random.below(5);
  if (kind < 4) {
    const items = Array.from({ length: count }, () => written(random, depth + 1));
    const inner = items.length === 0 ? random.pick(space) : items.map(({ text }) => text).join(',');
    return { text: `[${inner}]`, shown: items.map(({ shown }) => shown) };
  }
  const members = Array.from({ length: count }, () => ({
    key: writtenString(random),
    item: written(random, depth + 1),
  }));
  const inner = members
    .map(({ key, item }) => `${random.pick(space)}${key.text}${random.pick(space)}:${item.text}`)
    .join(',');
  return { text: `{${inner === '' ? random.pick(space) : inner}}`, shown: [true, ...inOrder(members)] };
}

function wordOf(text: string): Written {
  const values = new Map<string, unknown>([
    ['true', true],
    ['false', false],
    ['null', null],
    ['-0', '-0'],
  ]);
  return { text, shown: values.has(text) ? values.get(text) : Number(text) };
}

/** Whole numbers first, in their order; then each key where it stood first, with what it had last. */
function inOrder(members: readonly { readonly key: { readonly value: string }; readonly item: Written }[]): unknown[] {
  const last = new Map(members.map(({ key, item }) => [key.value, item.shown]));
  const isIndex = (key: string): boolean => /^(?:0|[1-9]\d*)$/.test(key);
  const indexes = [...last.keys()].filter(isIndex).toSorted((left, right) => Number(left) - Number(right));
  return [...indexes, ...[...last.keys()].filter((key) => !isIndex(key))].map((key) => [key, last.get(key)]);
}

test('any JSON is read as it was written, whatever was parsed before', { timeout: fuzzTimeoutMs }, async () => {
  let misread = 0;
  await fuzz((random) => {
    const { text, shown } = written(random, 0);
    expect([text, described(parseJson(text))]).toEqual([text, shown]);
    // Also the way in which V8 comes to know keys.
    if (JSON.stringify(described(JSON.parse(text))) !== JSON.stringify(shown)) misread += 1;
  });
  // The cases hit what they are for.
  expect(misread).toBeGreaterThan(0);
});

test('whatever JSON.parse refuses is refused, and nothing else', { timeout: fuzzTimeoutMs }, async () => {
  await fuzz((random) => {
    const text = Buffer.from(mutate(random, Buffer.from(written(random, 0).text))).toString();
    expect([text, outcome(() => parseJson(text))]).toEqual([text, outcome(() => JSON.parse(text))]);
  });
});

function outcome(parse: () => unknown): unknown {
  try {
    parse();
    return 'taken';
  } catch (error) {
    return error instanceof SyntaxError ? error.message : error;
  }
}
