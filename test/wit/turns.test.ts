import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Frame,
  FrameError,
  FrameReader,
  LineBudget,
  type ValueType,
  encodeFrame,
  frameLimits,
  hostSignatures,
  logLinesMax,
  readValue,
  textAsideCharacters,
  writeValue,
} from '#wit/turns';
import { hostFunctionNames, operationNames } from '#wit/host-types';

function framesOf(pieces: Iterable<Uint8Array>): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (const piece of pieces) reader.push(piece, (frame) => frames.push(frame));
  return frames;
}

function frameOf(header: string, blobs: readonly Uint8Array[] = []): Uint8Array {
  const text = Buffer.from(header);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...blobs]);
}

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let place = 0;
  for (let turn = 0; place < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(place, place + size);
    place += size;
  }
}

const message = fc.tuple(fc.jsonValue(), fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }));

describe('frames', () => {
  test('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (all, sizes) => {
          const stream = Buffer.concat(all.map(([value, blobs]) => encodeFrame(value, blobs)));
          const found = framesOf(cut(stream, sizes));
          expect(found.map((frame) => frame.message)).toEqual(
            all.map(([value]): unknown => JSON.parse(JSON.stringify(value))),
          );
          expect(found.map(({ blobs }) => blobs.map((blob) => [...blob]))).toEqual(
            all.map(([, blobs]) => blobs.map((blob) => [...blob])),
          );
        },
      ),
    );
  });

  test('that are none end as a FrameError, or wait for more', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(Array.isArray(framesOf([bytes]))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  test.each([
    ['a header one byte over the maximum', () => frameOf('').fill(0xff)],
    ['a header that is no JSON', () => frameOf('nothing')],
    ['a header that is no list', () => frameOf('{}')],
    ['a header without a message', () => frameOf('[[]]')],
    ['a header without lengths', () => frameOf('[1,2]')],
    ['a length that is no number', () => frameOf('[["1"],0]')],
    ['a length that is no whole number', () => frameOf('[[0.5],0]')],
    ['a length below none', () => frameOf('[[-1],0]')],
    ['more bytes than there may be', () => frameOf(`[[${frameLimits.blobBytesMax},1],0]`)],
    ['more blobs than there may be', () => frameOf(JSON.stringify([Array(frameLimits.blobsMax + 1).fill(0), 0]))],
  ])('with %s are refused', (_, make) => {
    expect(() => framesOf([make()])).toThrow(FrameError);
  });

  test('with as many blobs as there may be are read; one more is not even written', () => {
    const blobs = Array<Uint8Array>(frameLimits.blobsMax).fill(Uint8Array.of(1));
    expect(framesOf([encodeFrame(0, blobs)])[0]?.blobs).toHaveLength(frameLimits.blobsMax);
    expect(() => encodeFrame(0, [...blobs, Uint8Array.of(1)])).toThrow(FrameError);
    expect(() => encodeFrame('x'.repeat(frameLimits.headerBytesMax), [])).toThrow(FrameError);
  });
});

/** Writes and reads, as from one side to the other. */
function across(type: ValueType, value: unknown): unknown {
  const blobs: Uint8Array[] = [];
  const asides: Uint8Array[] = [];
  const written = writeValue(type, value, {
    blob: (bytes) => blobs.push(bytes) - 1,
    aside: (bytes) => asides.push(bytes) - 1,
  });
  return readValue(type, JSON.parse(JSON.stringify(written)), {
    blob: (index) => blobs[index],
    aside: (index) => asides[index] ?? new Uint8Array(),
    vector: (numbers) => [...numbers],
  });
}

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('é'.repeat(textAsideCharacters + 1)));

function valuesOf(type: ValueType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 's32':
      return fc.integer();
    case 'f64':
      return fc.double().map((number) => (Object.is(number, -0) ? 0 : number));
    case 'string':
      return text;
    case 'blob':
      return fc.uint8Array();
    case 'list':
      return fc.array(valuesOf(type.of), { maxLength: 4 });
    case 'option':
      return fc.option(valuesOf(type.of), { nil: undefined });
    case 'tuple':
      return fc.tuple(...type.of.map(valuesOf));
    case 'record':
      return fc.record(Object.fromEntries(type.fields.map(([name, of]) => [name, valuesOf(of)])));
    case 'enum':
      return fc.constantFrom(...type.cases);
    case 'variant':
      return fc.oneof(
        ...type.cases.map(([tag, of]) =>
          of === null ? fc.constant({ tag, val: undefined }) : valuesOf(of).map((val) => ({ tag, val })),
        ),
      );
  }
}

const signatures = hostSignatures();

describe('values of the WIT', () => {
  test('are there for every host function, in the order of its numbers', () => {
    expect(signatures.map(({ name }) => name)).toEqual(hostFunctionNames);
    expect(signatures.flatMap(({ name, completion }) => (completion ? [name] : []))).toEqual(operationNames);
  });

  test.each(signatures.map((signature) => [signature.name, signature] as const))('of %s cross as they are', (_, it) => {
    const types = [...it.parameters, ...(it.completion ? [it.completion.error] : [])];
    if (it.completion?.ok) types.push(it.completion.ok);
    for (const type of types)
      fc.assert(
        fc.property(valuesOf(type), (value) => {
          expect(across(type, value)).toEqual(value);
        }),
        { numRuns: 20 },
      );
  });

  test('are read from anything else as an error, and nothing more', () => {
    const source = {
      blob: () => new Uint8Array(),
      aside: () => new Uint8Array(7),
      vector: (numbers: Float64Array) => numbers,
    };
    const types = signatures.flatMap(({ parameters }) => parameters);
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.jsonValue(), (type, json) => {
        try {
          readValue(type, json, source);
        } catch (error) {
          expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
        }
      }),
    );
  });

  test('are refused by the writer in the words of the guest engine', () => {
    const sink = { blob: () => 0, aside: () => 0 };
    const cases: readonly (readonly [ValueType, unknown, string])[] = [
      [{ kind: 'string' }, 7, 'expected a string'],
      [{ kind: 's32' }, 0.5, 'expected a whole number of 32 bits'],
      [{ kind: 's32' }, 2 ** 31, 'expected a whole number of 32 bits'],
      [{ kind: 's32' }, '1', 'expected a number'],
      [{ kind: 'f64' }, 1n, 'expected a number'],
      [{ kind: 'blob' }, [1], 'expected a Uint8Array'],
      [{ kind: 'list', of: { kind: 'string' } }, 'text', 'expected an array'],
      [{ kind: 'record', fields: [['a', { kind: 'bool' }]] }, 7, 'expected an object'],
      [{ kind: 'enum', cases: ['follow'] }, 'lead', 'expected one of its cases, found "lead"'],
    ];
    for (const [type, value, words] of cases) expect(() => writeValue(type, value, sink)).toThrow(words);
  });
});

test('a budget of lines ends at its bytes and at its lines', () => {
  const bytes = new LineBudget(10);
  expect([bytes.spend(4), bytes.spend(7), bytes.spend(6), bytes.spend(0), bytes.spend(1)]).toEqual([
    true,
    false,
    true,
    true,
    false,
  ]);
  const lines = new LineBudget(10);
  for (let line = 0; line < logLinesMax; line += 1) lines.spend(0);
  expect(lines.spend(0)).toBe(false);
});
