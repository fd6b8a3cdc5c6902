import { expect, test } from 'vitest';
import { createOperations } from '#host';
import { type OperationName, interfaceErrors, operationNames } from '#wit/host-types';
import { decodeFrame, encodeFrame, frameType } from '../../../quilt-adapter/icc/frame.ts';
import { operationForms } from '../../../quilt-adapter/icc/operation-forms.ts';
import { ask, callerWith, iccIn, laterMs, recordedOperations } from './icc-client.ts';

const base64 = (text: string): { readonly $base64: string } => ({ $base64: Buffer.from(text).toString('base64') });

/** Arguments of every operation, as JSON, and as WIT values. */
const samples: Readonly<
  Record<OperationName, readonly [json: readonly unknown[], args: readonly unknown[], blobs?: readonly string[]]>
> = {
  'timer.sleep': [['Infinity'], [Infinity]],
  'llm.complete': [
    [
      {
        model: 'openai:gpt',
        messages: [{ role: 'user', content: 'hi', toolUses: [], toolUseId: null }],
        maxTokens: 5,
        tools: [],
      },
    ],
    [
      {
        model: 'openai:gpt',
        messages: [{ role: 'user', content: 'hi', toolUses: [], toolUseId: undefined }],
        temperature: undefined,
        maxTokens: 5,
        schema: undefined,
        tools: [],
      },
    ],
  ],
  'llm.embed': [
    ['openai:small', ['a', 'b']],
    ['openai:small', ['a', 'b']],
  ],
  'llm.open-stream': [
    [{ model: 'openai:gpt', messages: [], temperature: 0.5, tools: [{ name: 't', description: 'd', schema: '{}' }] }],
    [
      {
        model: 'openai:gpt',
        messages: [],
        temperature: 0.5,
        maxTokens: undefined,
        schema: undefined,
        tools: [{ name: 't', description: 'd', schema: '{}' }],
      },
    ],
  ],
  'llm.read-stream': [[3], [3]],
  'net.fetch': [
    [
      {
        method: 'GET',
        url: 'https://example.com/',
        headers: [{ name: 'a', value: 'b' }],
        body: base64('x'),
        redirect: 'manual',
      },
    ],
    [
      {
        method: 'GET',
        url: 'https://example.com/',
        headers: [{ name: 'a', value: 'b' }],
        body: 0,
        redirect: 'manual',
        timeoutMs: undefined,
      },
    ],
    ['x'],
  ],
  'kv.get': [
    ['orders', 'a'],
    ['orders', 'a'],
  ],
  'kv.set': [['orders', 'a', base64('v')], ['orders', 'a', 0], ['v']],
  'kv.delete': [
    ['orders', 'a'],
    ['orders', 'a'],
  ],
  'kv.keys': [
    ['orders', '', null, 10],
    ['orders', '', undefined, 10],
  ],
  'kv.compare-and-set': [
    ['orders', 'a', base64('1'), base64('2')],
    ['orders', 'a', 0, 1],
    ['1', '2'],
  ],
  'files.read': [
    ['data', 'a.txt'],
    ['data', 'a.txt'],
  ],
  'files.write': [['data', 'a.txt', base64('')], ['data', 'a.txt', 0], ['']],
  'files.entries': [
    ['data', ''],
    ['data', ''],
  ],
  'files.stat': [
    ['data', 'a'],
    ['data', 'a'],
  ],
  'files.remove': [
    ['data', 'a'],
    ['data', 'a'],
  ],
  'vectors.upsert': [
    ['docs', [{ id: '1', vector: [1, 'NaN'], metadata: '{}' }]],
    ['docs', [{ id: '1', vector: [1, NaN], metadata: '{}' }]],
  ],
  'vectors.query': [
    ['docs', [0.5], 3, null],
    ['docs', [0.5], 3, undefined],
  ],
  'vectors.delete': [
    ['docs', ['1']],
    ['docs', ['1']],
  ],
  'gpu.compute': [
    [{ shader: 's', bindings: [{ index: 0, usage: 'read-write', content: base64('1234') }], workgroups: [1, 2, 3] }],
    [
      {
        shader: 's',
        entryPoint: undefined,
        bindings: [{ index: 0, usage: 'read-write', content: 0 }],
        workgroups: [1, 2, 3],
      },
    ],
    ['1234'],
  ],
  'tools.call': [
    ['other', { json: '{"a":{"$blob":0}}', blobs: [base64('b')] }],
    ['other', { json: '{"a":{"$blob":0}}', blobs: [0] }],
    ['b'],
  ],
  'agents.invoke': [
    ['helper', 'hi'],
    ['helper', 'hi'],
  ],
  'context.get': [[5], [5]],
  'context.add': [
    ['user', 'hi'],
    ['user', 'hi'],
  ],
};

test.each(operationNames)(
  'POST /operations/%s runs that operation with the WIT values of its arguments, for its caller',
  async (name) => {
    const operations = recordedOperations(() => ({ kind: 'failed', error: { tag: 'too-many-operations', val: 7 } }));
    await using icc = await iccIn({ services: { operations } });
    const caller = callerWith();
    using call = icc.begin({ caller, deadlineMs: laterMs() });
    const [json, args, blobs = []] = samples[name];
    const { status, json: answer } = await ask(icc.socketPath, {
      path: `/operations/${name}`,
      token: call.token,
      body: { args: json },
    });
    expect(operations.asked[0]).toMatchObject({ operation: name, caller });
    expect(operations.asked[0]?.args).toEqual(args);
    expect(operations.asked[0]?.blobs.map((blob) => Buffer.from(blob).toString())).toEqual(blobs);
    expect(status).toBe(503);
    expect(answer.failed).toMatchObject({
      tag: 'too-many-operations',
      val: 7,
      code: 'OPERATIONS_EXCEEDED',
      message: expect.any(String),
      remedy: expect.any(String),
    });
  },
);

test('there is a form for every operation, and for nothing else', () => {
  expect([...operationForms().keys()].toSorted()).toEqual([...operationNames].toSorted());
});

test.each([
  ['files.read', Uint8Array.of(1, 255), { $base64: 'Af8=' }],
  ['kv.get', undefined, null],
  ['kv.keys', { keys: ['a'], cursor: undefined }, { keys: ['a'] }],
  ['kv.delete', true, true],
  ['llm.embed', [Float64Array.of(1, NaN, -Infinity)], [[1, 'NaN', '-Infinity']]],
  ['llm.read-stream', { tag: 'text', val: 'x' }, { tag: 'text', val: 'x' }],
  ['gpu.compute', [{ index: 1, content: Uint8Array.of(0) }], [{ index: 1, content: { $base64: 'AA==' } }]],
  ['files.entries', [{ name: 'a', kind: 'directory' }], [{ name: 'a', kind: 'directory' }]],
  ['timer.sleep', undefined, null],
] as const)('a value of %s stands as JSON', async (name, value, json) => {
  const operations = recordedOperations(() => ({ kind: 'ok', value }));
  await using icc = await iccIn({ services: { operations } });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const answer = await ask(icc.socketPath, {
    path: `/operations/${name}`,
    token: call.token,
    body: { args: samples[name][0] },
  });
  expect([answer.status, answer.json]).toEqual([200, { ok: json }]);
});

test('a value that is not of its type is a fault of the host: INTERNAL outside, the fault itself for the log', async () => {
  const bugs: unknown[] = [];
  const operations = recordedOperations(({ operation }) => {
    if (operation === 'kv.get') return { kind: 'ok', value: 'secret text' };
    throw new Error('secret fault');
  });
  await using icc = await iccIn({ services: { operations }, onBug: (error) => bugs.push(error) });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  for (const name of ['kv.get', 'kv.delete'] as const) {
    const { status, bytes, json } = await ask(icc.socketPath, {
      path: `/operations/${name}`,
      token: call.token,
      body: { args: ['orders', 'a'] },
    });
    expect([status, json.error.code]).toEqual([500, 'INTERNAL']);
    expect(bytes.toString()).not.toContain('secret');
  }
  expect(bugs).toHaveLength(2);
});

test('real operations: bytes that were set in a frame are read as base64, and the other way', async () => {
  await using icc = await iccIn({ services: { operations: createOperations() } });
  using call = icc.begin({ caller: callerWith('kv:orders:rw'), deadlineMs: laterMs() });
  const { token } = call;
  const value = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
  const body = encodeFrame({ body: { args: ['orders', 'a', { $blob: 0 }] }, blobs: [value] });
  const frame = { 'content-type': frameType };
  const set = await ask(icc.socketPath, { path: '/operations/kv.set', token, headers: frame, body });
  expect([set.status, decodeFrame(set.bytes)]).toEqual([200, { body: { ok: null }, blobs: [] }]);
  const get = { path: '/operations/kv.get', token, body: { args: ['orders', 'a'] } };
  expect((await ask(icc.socketPath, get)).json.ok?.$base64).toBe(Buffer.from(value).toString('base64'));
  const framed = await ask(icc.socketPath, { ...get, headers: { accept: frameType } });
  expect(decodeFrame(framed.bytes)).toEqual({ body: { ok: { $blob: 0 } }, blobs: [value] });
});

test.each([
  'llm.complete',
  'llm.embed',
  'agents.invoke',
  'net.fetch',
  'gpu.compute',
  'context.get',
  'vectors.query',
  'files.read',
] as const)(
  '%s, which this host does not serve yet, is UNAVAILABLE with its token and CAPABILITY_DENIED without',
  async (name) => {
    const tokens = [
      'llm:openai:*',
      'agent:helper:call',
      'net:example.com:443',
      'gpu:any:compute',
      'context:session:r',
      'vector:docs:r',
      'fs:data:r',
    ];
    await using icc = await iccIn({ services: { operations: createOperations() } });
    using allowed = icc.begin({ caller: callerWith(...tokens), deadlineMs: laterMs() });
    using denied = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
    const question = { path: `/operations/${name}`, body: { args: samples[name][0] } };
    const unserved = await ask(icc.socketPath, { ...question, token: allowed.token });
    expect([unserved.status, unserved.json.failed.code, unserved.json.failed.retryable]).toEqual([
      503,
      'UNAVAILABLE',
      true,
    ]);
    const refused = await ask(icc.socketPath, { ...question, token: denied.token });
    expect([refused.status, refused.json.failed.code]).toEqual([403, 'CAPABILITY_DENIED']);
  },
);

test.each(
  Object.entries(interfaceErrors).flatMap(([name, cases]) =>
    Object.entries(cases).map(([tag, code]) => [name, tag, code] as const),
  ),
)('the case %s.%s is %s, with a status of 4xx or 5xx', async (name, tag, code) => {
  const operation = operationNames.find((known) => known.startsWith(`${name}.`));
  if (operation === undefined) throw new Error('no operation');
  const remote = { code: 'OUT_OF_STOCK', message: 'none left', retryable: true, details: '{"left":0}' };
  const val = tag === 'failed' ? remote : tag.endsWith('exceeded') ? 'tokens' : 5;
  const operations = recordedOperations(() => ({
    kind: 'failed',
    error: tag === 'access-denied' || tag === 'not-found' ? { tag } : { tag, val },
  }));
  await using icc = await iccIn({ services: { operations } });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const { status, json } = await ask(icc.socketPath, {
    path: `/operations/${operation}`,
    token: call.token,
    body: { args: samples[operation][0] },
  });
  expect(status).toBeGreaterThanOrEqual(400);
  if (tag === 'failed')
    expect(json.failed).toMatchObject({
      code: 'OUT_OF_STOCK',
      message: 'none left',
      retryable: true,
      details: { left: 0 },
      category: 'Tool',
    });
  else expect(json.failed).toMatchObject({ tag, code });
});

test.each([
  ['no list', { args: {} }, '/args'],
  ['too few', { args: ['orders'] }, '/args'],
  ['too many', { args: ['orders', 'a', 'b'] }, '/args'],
  ['another key', { args: ['orders', 'a'], more: 1 }, ''],
  ['no object', [['orders', 'a']], ''],
  ['another type', { args: ['orders', 5] }, '/args/1'],
  ['a lone surrogate', { args: ['orders', '\ud800'] }, '/args/1'],
])('arguments that do not fit (%s) are INPUT_INVALID at their place, and nothing runs', async (_, body, pointer) => {
  const operations = recordedOperations(() => ({ kind: 'ok', value: undefined }));
  await using icc = await iccIn({ services: { operations } });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const { status, json } = await ask(icc.socketPath, { path: '/operations/kv.get', token: call.token, body });
  expect([status, json.error.code, json.error.details.violations[0].pointer]).toEqual([422, 'INPUT_INVALID', pointer]);
  expect(operations.asked).toEqual([]);
});

test.each([
  { $base64: 'a' },
  { $base64: 'YQ' },
  { $base64: 'YR==' },
  { $base64: 'Y Q==' },
  { $base64: 5 },
  { $base64: 'YQ==', more: 1 },
  { $blob: 0 },
  'YQ==',
  null,
  [[97]],
])('bytes that are written otherwise than in base64 are refused: %j', async (value) => {
  await using icc = await iccIn({ services: { operations: createOperations() } });
  using call = icc.begin({ caller: callerWith('kv:orders:rw'), deadlineMs: laterMs() });
  const body = { args: ['orders', 'a', value] };
  const { json } = await ask(icc.socketPath, { path: '/operations/kv.set', token: call.token, body });
  expect([json.error.code, json.error.details.violations[0].pointer]).toEqual(['INPUT_INVALID', '/args/2']);
});

test('a blob of a frame is named once: a small frame cannot stand for a large value', async () => {
  await using icc = await iccIn({ services: { operations: createOperations() } });
  using call = icc.begin({ caller: callerWith('kv:orders:rw'), deadlineMs: laterMs() });
  const twice = { args: ['orders', 'a', { $blob: 0 }, { $blob: 0 }] };
  const headers = { 'content-type': frameType };
  const body = encodeFrame({ body: twice, blobs: [Uint8Array.of(1)] });
  const answer = await ask(icc.socketPath, {
    path: '/operations/kv.compare-and-set',
    token: call.token,
    headers,
    body,
  });
  expect([answer.status, answer.json.error.code]).toEqual([422, 'INPUT_INVALID']);
});
