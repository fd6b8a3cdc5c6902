import { describe, expect, test } from 'vitest';
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

  test('names at most 50 violations', () => {
    expect(compile({ items: { type: 'string' } })(Array.from({ length: 500 }, () => 1))).toHaveLength(50);
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
