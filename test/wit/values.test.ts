/** Values with bytes, in and out of JSON, also from somebody who means harm. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BlobForm, abiForm, decodeValue, encodeValue, textForm, valueDepthMax } from '#wit/values';
import { type Random, checkProperty, fuzz, fuzzTimeoutMs } from '../fuzz.ts';

const bytes = Uint8Array.of(1, 2, 3);

function nested(depth: number): unknown {
  let value: unknown = 'leaf';
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** What a value is on the other side: through JSON text. */
function overTheWire(value: unknown, form: BlobForm): unknown {
  return decodeValue(JSON.parse(JSON.stringify(encodeValue(value, form))), form);
}

describe('encodeValue', () => {
  test('the abi form names blobs by index, in order, and appends them', () => {
    const form = abiForm([Uint8Array.of(9)]);
    expect(encodeValue({ a: bytes, b: [bytes, 1] }, form)).toEqual({ a: { $blob: 1 }, b: [{ $blob: 2 }, 1] });
    expect(form.blobs).toEqual([Uint8Array.of(9), bytes, bytes]);
  });
  test('the text form is base64 with padding', () => {
    expect(encodeValue([bytes, Uint8Array.of(255, 254), new Uint8Array()], textForm)).toEqual([
      { $base64: 'AQID' },
      { $base64: '//4=' },
      { $base64: '' },
    ]);
  });
  test('a part of a larger buffer is encoded alone', () => {
    expect(encodeValue(Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4), textForm)).toEqual({ $base64: 'AQID' });
    expect(encodeValue(Buffer.from([1, 2, 3]), textForm)).toEqual({ $base64: 'AQID' });
  });
  test.each([
    [{ $blob: 0 }, { $literal: { $blob: 0 } }],
    [{ $base64: 'AQID' }, { $literal: { $base64: 'AQID' } }],
    [{ $literal: 1 }, { $literal: { $literal: 1 } }],
    [{ $blob: 0, other: true }, { $literal: { $blob: 0, other: true } }],
    [{ $literal: { $blob: 0 } }, { $literal: { $literal: { $literal: { $blob: 0 } } } }],
    [[{ a: { $base64: null } }], [{ a: { $literal: { $base64: null } } }]],
  ])('the object %j of a user is escaped, in both forms', (value, encoded) => {
    expect(encodeValue(value, textForm)).toEqual(encoded);
    expect(encodeValue(value, abiForm())).toEqual(encoded);
  });
  test('bytes within an escaped object are encoded', () => {
    expect(encodeValue({ $blob: bytes }, textForm)).toEqual({ $literal: { $blob: { $base64: 'AQID' } } });
  });
  test('a value without bytes and reserved keys is returned itself', () => {
    const value = { a: [1, 'two', null, true, { b: undefined }] };
    expect(encodeValue(value, abiForm())).toBe(value);
  });
  test('what has bytes is copied, what has none beside it is not, and the value stays as it was', () => {
    const value = { plain: { a: 1 }, bytes };
    const encoded = encodeValue(value, textForm) as { plain: unknown };
    expect(encoded.plain).toBe(value.plain);
    expect(value.bytes).toBe(bytes);
  });
  test('an object without a prototype is a plain one', () => {
    expect(encodeValue(Object.assign(Object.create(null), { a: bytes }), textForm)).toEqual({ a: { $base64: 'AQID' } });
  });

  const loop: unknown[] = [];
  loop.push({ loop });
  test.each([
    ['NaN', [Number.NaN], '/0'],
    ['an infinity', { a: { b: -Infinity } }, '/a/b'],
    ['a bigint', [1n], '/0'],
    ['undefined in a list', [undefined], '/0'],
    ['undefined alone', undefined, ''],
    ['a function', { 'a/b': { 'c~d': () => 1 } }, '/a~1b/c~0d'],
    ['a symbol', [Symbol('s')], '/0'],
    ['a Date', [new Date(0)], '/0'],
    ['a Map', { map: new Map() }, '/map'],
    ['another view of a buffer', [new Float64Array(1)], '/0'],
    ['the key __proto__', JSON.parse('{"a":{"__proto__":1}}'), '/a/__proto__'],
  ])('%s is refused with its place', (_what, value, pointer) => {
    expect(() => encodeValue(value, textForm)).toThrow(
      expect.objectContaining({
        code: 'INPUT_INVALID',
        wire: expect.objectContaining({ details: { violations: [expect.objectContaining({ pointer })] } }),
      }),
    );
  });
  test('a cycle is refused, not followed', () => {
    expect(() => encodeValue(loop, textForm)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
  test('the code is that of the way out where the caller says so', () => {
    expect(() => encodeValue([1n], textForm, 'OUTPUT_INVALID')).toThrow(
      expect.objectContaining({ code: 'OUTPUT_INVALID' }),
    );
  });
});

describe('decodeValue', () => {
  test('bytes and escapes are undone', () => {
    expect(decodeValue({ a: { $base64: 'AQID' }, b: { $literal: { $blob: { $base64: '' } } } }, textForm)).toEqual({
      a: bytes,
      b: { $blob: new Uint8Array() },
    });
    expect(decodeValue([{ $blob: 1 }, { $blob: 0 }], abiForm([bytes, Uint8Array.of(9)]))).toEqual([
      Uint8Array.of(9),
      bytes,
    ]);
  });
  test('bytes are Uint8Array with a buffer of their own', () => {
    const decoded = decodeValue({ $base64: 'AQID' }, textForm) as Uint8Array;
    expect(Object.getPrototypeOf(decoded)).toBe(Uint8Array.prototype);
    expect(decoded.buffer.byteLength).toBe(3);
  });
  test('a value without bytes and escapes is returned itself', () => {
    const value = { a: [1, 'two', null, true, {}] };
    expect(decodeValue(value, textForm)).toBe(value);
  });
  test('an escape that was not needed is taken', () => {
    expect(decodeValue({ $literal: { a: 1 } }, textForm)).toEqual({ a: 1 });
  });

  const abi = () => abiForm([bytes, bytes]);
  const text = () => textForm;
  const hostile: readonly (readonly [what: string, json: string, form: () => BlobForm, pointer: string])[] = [
    ['an index beyond the blobs', '{"$blob":2}', abi, ''],
    ['a negative index', '{"$blob":-1}', abi, ''],
    ['an index with a fraction', '{"$blob":0.5}', abi, ''],
    ['an index as text', '{"$blob":"0"}', abi, ''],
    ['the name of a property of lists', '{"$blob":"length"}', abi, ''],
    ['an enormous index', '{"$blob":1e300}', abi, ''],
    ['a blob that is named twice', '[{"$blob":1},{"a":{"$blob":1}}]', abi, '/1/a'],
    ['bytes of the other form', '[{"$base64":"AQID"}]', abi, '/0'],
    ['a blob of the other form', '[{"$blob":0}]', text, '/0'],
    ['other keys beside a blob', '{"$blob":0,"a":1}', abi, ''],
    ['both keys', '{"$blob":0,"$base64":""}', text, ''],
    ['other keys beside an escape', '{"a":{"$literal":{},"b":1}}', text, '/a'],
    ['an escape of a list', '{"$literal":[]}', text, ''],
    ['an escape of null', '{"$literal":null}', text, ''],
    ['an escape of text', '{"$literal":"a"}', abi, ''],
    ['base64 that is no text', '{"$base64":[65]}', text, ''],
    ['base64 without padding', '{"$base64":"AQI"}', text, ''],
    ['base64 with a line break', '{"$base64":"AQID\\nAQID"}', text, ''],
    ['base64 for addresses', '{"$base64":"__4="}', text, ''],
    ['base64 with bits left over', '{"$base64":"//5="}', text, ''],
    ['base64 with other characters', '{"$base64":"A!ID"}', text, ''],
    ['the key __proto__', '{"a":{"__proto__":{"isAdmin":true}}}', text, '/a/__proto__'],
    ['the key __proto__ in an escape', '{"$literal":{"$blob":1,"__proto__":{"isAdmin":true}}}', abi, '/__proto__'],
  ];
  test.each(hostile)('%s is refused with its place: %s', (_what, json, form, pointer) => {
    expect(() => decodeValue(JSON.parse(json), form())).toThrow(
      expect.objectContaining({
        code: 'INPUT_INVALID',
        wire: expect.objectContaining({ details: { violations: [expect.objectContaining({ pointer })] } }),
      }),
    );
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });
  test('the code is that of the way out where the caller says so', () => {
    expect(() => decodeValue({ $blob: 0 }, abiForm(), 'OUTPUT_INVALID')).toThrow(
      expect.objectContaining({ code: 'OUTPUT_INVALID' }),
    );
  });
});

test('a value may nest to the maximum and no level deeper, on both ways', () => {
  const [deepest, deeper] = [nested(valueDepthMax), nested(valueDepthMax + 1)];
  expect(overTheWire(deepest, textForm)).toEqual(deepest);
  expect(() => encodeValue(deeper, textForm)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  expect(() => decodeValue(deeper, textForm)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
});

test('escapes do not count as levels, and a million of them are refused without a stack overflow', () => {
  let escaped: unknown = {};
  for (let level = 0; level < valueDepthMax - 1; level += 1) escaped = { $blob: escaped };
  expect(overTheWire(escaped, textForm)).toEqual(escaped);
  for (const [open, close] of [
    ['{"$literal":', '}'],
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const deep = JSON.parse(`${open.repeat(1_000_000)}1${close.repeat(1_000_000)}`);
    expect(() => decodeValue(deep, textForm)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  }
});

const keys = fc
  .oneof(fc.constantFrom('$blob', '$base64', '$literal', 'constructor', 'toString', 'a'), fc.string())
  .filter((key) => key !== '__proto__');
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test.each([
  ['abi', () => abiForm()],
  ['text', () => textForm],
])(
  'every value with bytes and any keys comes through the %s form as it was',
  { timeout: fuzzTimeoutMs },
  (_name, form) =>
    checkProperty(
      fc.property(values, (value) => {
        expect(overTheWire(value, form())).toEqual(value);
      }),
    ),
);

function hostileJson(random: Random, depth: number): string {
  const key = () =>
    JSON.stringify(random.pick(['$blob', '$base64', '$literal', 'a', '__proto__', 'constructor', 'length']));
  const inner = () => hostileJson(random, depth + 1);
  switch (depth > 6 ? random.below(4) : random.below(7)) {
    case 0:
      return String(random.pick([0, 1, 2, -1, 0.5, 1e21]));
    case 1:
      return JSON.stringify(random.text(random.below(9), 'AZaz09+/=_- '));
    case 2:
      return random.pick(['null', 'true', '{"$blob":0}', '{"$blob":1}', '{"$base64":"AQID"}']);
    case 3:
      return '{}';
    case 4:
      return `[${Array.from({ length: random.below(4) }, inner).join(',')}]`;
    default:
      return `{${Array.from({ length: random.below(3) }, () => `${key()}:${inner()}`).join(',')}}`;
  }
}

test(
  'any JSON is decoded to a value that comes back the same, or refused with a code',
  { timeout: fuzzTimeoutMs },
  () =>
    fuzz((random) => {
      const form = random.oneIn(2) ? textForm : abiForm([Uint8Array.of(7), Uint8Array.of(8)]);
      const json = hostileJson(random, 0);
      let value: unknown;
      try {
        value = decodeValue(JSON.parse(json), form);
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: 'CodedError', code: 'INPUT_INVALID' });
        return;
      } finally {
        expect(Object.keys(Object.prototype)).toEqual([]);
      }
      expect(overTheWire(value, form.kind === 'abi' ? abiForm() : textForm)).toEqual(value);
    }),
);
