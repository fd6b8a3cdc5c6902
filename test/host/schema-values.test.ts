import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltSample, buildSample } from './built-sample.ts';

let kit: BuiltSample;
beforeAll(async () => {
  kit = await buildSample('schema-kit');
});
afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

const line = { sku: 'A', count: 2 };
const order = { id: ' X1 ', due: '2026-01-31T08:00:00Z', total: '5', lines: [line, line] };

describe('a schema of zod', () => {
  test('gives the tool what it makes of the input, and the caller what it makes of the output', async () => {
    expect(await kit.output('order', order)).toEqual({
      id: 'x1 open bigint',
      due: '2026-01-31T08:00:00.000Z',
      count: '4',
    });
  });

  test('refuses an input that only it can judge, at its place', async () => {
    const { error } = await kit.failure('order', { ...order, lines: [line, line, line], total: '5' });
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'Cannot take the input: it is wrong at "/lines": three lines bring bad luck',
      details: { violations: [{ pointer: '/lines', message: 'three lines bring bad luck' }] },
    });
  });

  test('refuses a bigint, which the host takes for any text of digits', async () => {
    const { error } = await kit.failure('order', { ...order, total: '-5' });
    expect(error).toMatchObject({ code: 'INPUT_INVALID', details: { violations: [{ pointer: '/total' }] } });
  });

  test('is known to the host as far as arc could read it', async () => {
    const { error, usage } = await kit.failure('order', { ...order, lines: [{ sku: 'a', count: 0.5 }] });
    const pointers = (error.details['violations'] as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(new Set(pointers)).toEqual(new Set(['/lines/0/sku', '/lines/0/count']));
    expect(usage.turns).toBe(0);
  });

  test('refuses an output that does not fit', async () => {
    const { error } = await kit.failure('order', { ...order, lines: [{ sku: 'A', count: 101 }] });
    expect(error).toMatchObject({
      code: 'OUTPUT_INVALID',
      details: { violations: [{ pointer: '/count', message: 'too much' }] },
    });
  });

  test('is in the bundles of the tools that have it, and in no other', () => {
    expect(kit.sourceOf('order')).toContain('aria$inputs$');
    expect(kit.sourceOf('count')).toContain('aria$inputs$');
    for (const other of ['plain', 'apart']) expect(kit.sourceOf(other)).not.toContain('aria$');
    expect(kit.sourceOf('apart')).not.toContain('Zod');
  });

  test('moves no line: a stack names those of the author', async () => {
    const { error, stack } = await kit.failure('fails', { text: 'on purpose' });
    expect(error).toMatchObject({ code: 'TOOL_FAILED', message: 'on purpose' });
    expect(stack).toContain('src/tools.ts:34:');
  });
});

describe('a schema of no library', () => {
  test('may take its time, and give another type', async () => {
    expect(await kit.output('count', { text: 'three words here' })).toBe(3);
  });

  test('says everything that is wrong', async () => {
    const { error } = await kit.failure('count', { text: '' });
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'Cannot take the input: it is wrong at "/text": must not be empty, and 1 more',
      details: {
        violations: [
          { pointer: '/text', message: 'must not be empty' },
          { pointer: '', message: 'must say something' },
        ],
      },
    });
  });
});
