import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Evaluator, createEvaluator, outputOf } from './guest-runner.ts';
import { answers, asked, blobOf, everyToken, ok, text } from './sdk-answers.ts';

let guest: Evaluator;
beforeAll(async () => {
  guest = await createEvaluator({ tokens: everyToken });
});
afterAll(async () => {
  await guest[Symbol.asyncDispose]();
});

describe('kv', () => {
  test('get gives bytes, text, JSON, or undefined', async () => {
    const result = await guest.evaluate(
      `const store = sdk.kv('a'); const bytes = await store.get('x'); return [[...bytes], await store.getText('x'), await store.getJson('x'), String(await store.get('none')), String(await store.getText('none')), String(await store.getJson('none'))];`,
      { answer: ({ args: [, key] }) => ok(key === 'x' ? text('[1]') : undefined) },
    );
    expect(outputOf(result)).toEqual([[91, 49, 93], '[1]', [1], 'undefined', 'undefined', 'undefined']);
    expect(asked(result)[0]).toEqual(['kv.get', 'a', 'x']);
  });

  test('set sends bytes, text or JSON as a blob', async () => {
    const result = await guest.evaluate(
      `const store = sdk.kv('a'); await store.set('x', new Uint8Array([1, 2])); await store.set('y', 'ä'); await store.setJson('z', { a: 1 }); return null;`,
      { answer: () => ok() },
    );
    expect(result.operations.map(({ args }) => args)).toEqual([
      ['a', 'x', 0],
      ['a', 'y', 0],
      ['a', 'z', 0],
    ]);
    expect([blobOf(result, 0, 0), blobOf(result, 1, 0), blobOf(result, 2, 0)]).toEqual([
      [1, 2],
      [...text('ä')],
      [...text('{"a":1}')],
    ]);
  });

  test('list, delete and compareAndSet ask as the interface says', async () => {
    const result = await guest.evaluate(
      `const store = sdk.kv('a'); return [await store.list(), await store.list({ prefix: 'p', cursor: 'c', limit: 5 }), await store.delete('x'), await store.compareAndSet('x', undefined, 'new'), await store.compareAndSet('x', 'old', 'new')];`,
      {
        answer: answers({
          'kv.keys': ok({ keys: ['k'], cursor: 'next' }),
          'kv.delete': ok(true),
          'kv.compare-and-set': ok(false),
        }),
      },
    );
    expect(outputOf(result)).toEqual([
      { keys: ['k'], cursor: 'next' },
      { keys: ['k'], cursor: 'next' },
      true,
      false,
      false,
    ]);
    expect(asked(result)).toEqual([
      ['kv.keys', 'a', '', undefined, 100],
      ['kv.keys', 'a', 'p', 'c', 5],
      ['kv.delete', 'a', 'x'],
      ['kv.compare-and-set', 'a', 'x', undefined, 0],
      ['kv.compare-and-set', 'a', 'x', 0, 1],
    ]);
  });

  test('a value that is no bytes is refused before the host is asked', async () => {
    const result = await guest.evaluate(
      `return await sdk.kv('a').set('x', 5).catch((error) => [error.name, error.message]);`,
    );
    expect(outputOf(result)).toEqual(['TypeError', 'Cannot store the value: expected a string or a Uint8Array']);
    expect(result.operations).toEqual([]);
  });

  test('operations that are started together leave in one turn', async () => {
    const result = await guest.evaluate(
      `const store = sdk.kv('a'); return (await Promise.all(['x', 'y', 'z'].map((key) => store.getText(key)))).join();`,
      { answer: ({ args }) => ok(text(String(args[1]).toUpperCase())) },
    );
    expect(outputOf(result)).toBe('X,Y,Z');
  });
});

describe('files, vectors, gpu, agents, context', () => {
  test('files', async () => {
    const status = { kind: 'file', size: 3, modifiedMs: 5 };
    const result = await guest.evaluate(
      `const root = sdk.files('a'); return [await root.readText('x'), [...await root.read('x')], await root.write('d/y', 'text'), await root.list(), await root.list('d'), await root.stat('x'), await root.remove('x')];`,
      {
        answer: answers({
          'files.read': () => ok(text('abc')),
          'files.write': ok(),
          'files.entries': ok([{ name: 'x', kind: 'directory' }]),
          'files.stat': ok(status),
          'files.remove': ok(false),
        }),
      },
    );
    expect(outputOf(result)).toEqual([
      'abc',
      [97, 98, 99],
      null,
      [{ name: 'x', kind: 'directory' }],
      [{ name: 'x', kind: 'directory' }],
      status,
      false,
    ]);
    expect(asked(result).slice(2, 5)).toEqual([
      ['files.write', 'a', 'd/y', 0],
      ['files.entries', 'a', ''],
      ['files.entries', 'a', 'd'],
    ]);
  });

  test('vectors', async () => {
    const result = await guest.evaluate(
      `const c = sdk.vectors('a'); await c.upsert([{ id: 'i', vector: new Float32Array([0.5, 1]), metadata: { k: 'v' } }, { id: 'j', vector: [1, 2] }]); return [await c.query([1, 2]), await c.query([1, 2], { limit: 3, filter: { k: 1 } }), await c.delete(['i'])];`,
      {
        answer: answers({
          'vectors.upsert': ok(),
          'vectors.query': ok([
            { id: 'i', distance: 0.25, metadata: '{"k":"v"}' },
            { id: 'j', distance: 1, metadata: undefined },
          ]),
          'vectors.delete': ok(1),
        }),
      },
    );
    const matches = [
      { id: 'i', distance: 0.25, metadata: { k: 'v' } },
      { id: 'j', distance: 1 },
    ];
    expect(outputOf(result)).toEqual([matches, matches, 1]);
    expect(asked(result).slice(0, 3)).toEqual([
      [
        'vectors.upsert',
        'a',
        [
          { id: 'i', vector: [0.5, 1], metadata: '{"k":"v"}' },
          { id: 'j', vector: [1, 2], metadata: undefined },
        ],
      ],
      ['vectors.query', 'a', [1, 2], 10, undefined],
      ['vectors.query', 'a', [1, 2], 3, '{"k":1}'],
    ]);
  });

  test('gpu, agents and context', async () => {
    const result = await guest.evaluate(
      `const [buffer] = await sdk.gpu.compute({ shader: 's', bindings: [{ index: 0, usage: 'read-write', content: new Uint8Array(4) }], workgroups: [1, 2, 3] });
       return [[...buffer.content], await sdk.agents.invoke('a', 'hello'), await sdk.context.get(2), await sdk.context.add({ role: 'tool', content: 'c' })];`,
      {
        answer: answers({
          'gpu.compute': ok([{ index: 0, content: new Uint8Array([9]) }]),
          'agents.invoke': ok('{"said":1}'),
          'context.get': ok([{ role: 'user', content: 'x', createdMs: 1 }]),
          'context.add': ok(),
        }),
      },
    );
    expect(outputOf(result)).toEqual([[9], { said: 1 }, [{ role: 'user', content: 'x', createdMs: 1 }], null]);
    expect(asked(result)[0]).toEqual([
      'gpu.compute',
      {
        shader: 's',
        entryPoint: undefined,
        bindings: [{ index: 0, usage: 'read-write', content: 0 }],
        workgroups: [1, 2, 3],
      },
    ]);
  });
});

describe('llm', () => {
  const completion = {
    text: '{"a":1}',
    toolUses: [{ id: 'i', name: 'n', input: '{"x":2}' }],
    usage: { inputTokens: 1, outputTokens: 2 },
    finishReason: 'stop',
  };
  const request = `{ model: 'p:m', messages: [{ role: 'user', content: 'hi' }, { role: 'assistant', content: '', toolUses: [{ id: 'i', name: 'n', input: { x: 1 } }] }, { role: 'tool', content: 'r', toolUseId: 'i' }], maxTokens: 5, schema: { type: 'object' }, tools: [{ name: 'n', description: 'd', schema: {} }] }`;

  test('complete sends JSON as text and parses what comes back', async () => {
    const result = await guest.evaluate(`return await sdk.llm.complete(${request});`, { answer: () => ok(completion) });
    expect(outputOf(result)).toEqual({
      ...completion,
      toolUses: [{ id: 'i', name: 'n', input: { x: 2 } }],
      value: { a: 1 },
    });
    expect(asked(result)).toEqual([
      [
        'llm.complete',
        {
          model: 'p:m',
          temperature: undefined,
          maxTokens: 5,
          schema: '{"type":"object"}',
          tools: [{ name: 'n', description: 'd', schema: '{}' }],
          messages: [
            { role: 'user', content: 'hi', toolUses: [], toolUseId: undefined },
            {
              role: 'assistant',
              content: '',
              toolUses: [{ id: 'i', name: 'n', input: '{"x":1}' }],
              toolUseId: undefined,
            },
            { role: 'tool', content: 'r', toolUses: [], toolUseId: 'i' },
          ],
        },
      ],
    ]);
  });

  test('stream gives pieces, then the completion', async () => {
    let reads = 0;
    const result = await guest.evaluate(
      `const stream = sdk.llm.stream(${request}); const pieces = []; for await (const piece of stream) pieces.push(piece); return [pieces, (await stream.completion()).text];`,
      {
        answer: answers({
          'llm.open-stream': ok(7),
          'llm.read-stream': () =>
            ok((reads += 1) <= 2 ? { tag: 'text', val: `p${reads}` } : { tag: 'end', val: completion }),
        }),
      },
    );
    expect(outputOf(result)).toEqual([['p1', 'p2'], '{"a":1}']);
    expect(asked(result).slice(1)).toEqual([
      ['llm.read-stream', 7],
      ['llm.read-stream', 7],
      ['llm.read-stream', 7],
    ]);
  });

  test('stream that is left early gives no completion', async () => {
    const result = await guest.evaluate(
      `const stream = sdk.llm.stream(${request}); for await (const piece of stream) break; return await stream.completion().catch((error) => error.message);`,
      {
        answer: answers({ 'llm.open-stream': ok(7), 'llm.read-stream': ok({ tag: 'text', val: 'p' }) }),
      },
    );
    expect(outputOf(result)).toBe('Cannot give the completion: the stream was left before its end');
  });

  test('completion alone reads the whole stream', async () => {
    const result = await guest.evaluate(`return (await sdk.llm.stream(${request}).completion()).finishReason;`, {
      answer: answers({ 'llm.open-stream': ok(1), 'llm.read-stream': ok({ tag: 'end', val: completion }) }),
    });
    expect(outputOf(result)).toBe('stop');
  });

  test('embed gives one vector for a text and many for texts', async () => {
    const result = await guest.evaluate(
      `return [await sdk.llm.embed({ model: 'p:m', input: 'x' }), await sdk.llm.embed({ model: 'p:m', input: ['x', 'y'] })];`,
      { answer: ({ args }) => ok((args[1] as string[]).map(() => [1, 2])) },
    );
    expect(outputOf(result)).toEqual([
      [1, 2],
      [
        [1, 2],
        [1, 2],
      ],
    ]);
  });
});

describe('net', () => {
  const response = {
    status: 201,
    statusText: 'Made',
    headers: [
      { name: 'content-type', value: 'application/json' },
      { name: 'x', value: 'y' },
    ],
    body: text('{"a":1}'),
    url: 'https://a.example/z',
    redirected: true,
  };

  test('fetch sends a request and gives the answer', async () => {
    const result = await guest.evaluate(
      `const r = await fetch('https://a.example/ä?q', { method: 'post', headers: { 'X-A': '1' }, body: 'ü' }); return [r.status, r.ok, r.statusText, r.url, r.redirected, r.type, [...r.headers], await r.json()];`,
      { answer: () => ok(response) },
    );
    expect(outputOf(result)).toEqual([
      201,
      true,
      'Made',
      'https://a.example/z',
      true,
      'basic',
      [
        ['content-type', 'application/json'],
        ['x', 'y'],
      ],
      { a: 1 },
    ]);
    expect(asked(result)).toEqual([
      [
        'net.fetch',
        {
          method: 'POST',
          url: 'https://a.example/%C3%A4?q',
          headers: [
            { name: 'content-type', value: 'text/plain;charset=UTF-8' },
            { name: 'x-a', value: '1' },
          ],
          body: 0,
          redirect: 'follow',
          timeoutMs: undefined,
        },
      ],
    ]);
    expect(blobOf(result, 0, 0)).toEqual([...text('ü')]);
  });

  test('net.fetch is the same', async () => {
    const result = await guest.evaluate(`return (await sdk.net.fetch(new URL('https://a.example/'))).status;`, {
      answer: () => ok({ ...response, status: 204, body: new Uint8Array(0) }),
    });
    expect(outputOf(result)).toBe(204);
  });

  test('an abort gives the request up and rejects with its reason', async () => {
    const result = await guest.evaluate(
      `return await fetch('https://a.example/', { signal: AbortSignal.timeout(50) }).catch((error) => error.name);`,
    );
    expect(outputOf(result)).toBe('TimeoutError');
    expect(result.abandoned).toBe(1);
  });
});
