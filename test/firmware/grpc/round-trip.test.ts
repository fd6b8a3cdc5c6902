import { expect, test } from 'vitest';
import { type BundleVersion, type CallProgress, type ComponentQuery, type InstallResult, type Upgrade } from '#wit/api';
import { wireError } from '#wit/errors';
import { type GatewayUnderTest, allOf, definition, openUnderTest } from './gateway-under-test.ts';
import { sampleDetails, sampleEvent, sampleLog, sampleStatus, sampleVersion } from '../scripted-service.ts';

async function echo({ client }: GatewayUnderTest, input: unknown): Promise<unknown> {
  const result = await client.callTool({ tool: 'echo', input });
  return result.kind === 'done' ? result.output : result.error;
}

const upgrade: Upgrade = {
  id: 'upgrade-1',
  name: 'sample',
  version: '2.0.0',
  hash: 'ef'.repeat(32),
  previousVersion: '1.2.3',
  newTokens: ['net:example.com:443', 'kv:sample:x'],
  grownLimits: ['memory grows from 64 MiB to 128 MiB'],
  diff: { before: null } as unknown as NonNullable<Upgrade['diff']>,
  requestedAtMs: 1_767_225_600_000.25,
};

test('the status of a host arrives with every field, and absent ones stay absent', async () => {
  await using subject = await openUnderTest();
  expect(await subject.client.status()).toStrictEqual(sampleStatus);
  const sparse = { ...sampleStatus, addresses: {}, boot: [], version: '', uptimeMs: 0, pid: 0 };
  subject.service.answers.status = sparse;
  expect(await subject.client.status()).toStrictEqual(sparse);
});

test('components arrive with every field, with and without a signature', async () => {
  await using subject = await openUnderTest();
  expect(await subject.client.getComponent({ name: 'echo', kind: 'tool' })).toStrictEqual(sampleDetails);
  const { key: _, ...provenance } = sampleDetails.provenance;
  const unsigned = {
    ...sampleDetails,
    provenance: { ...provenance, sequence: 0 },
    clashes: [],
    tokens: [],
    manifest: [],
  };
  subject.service.answers.getComponent = unsigned;
  expect(await subject.client.getComponent({ name: 'echo' })).toStrictEqual(unsigned);
  expect(subject.service.seen.map(({ argument }) => argument)).toStrictEqual([
    { name: 'echo', kind: 'tool' },
    { name: 'echo' },
  ]);
});

test('a query for components arrives as it was asked, and pages as they were given', async () => {
  await using subject = await openUnderTest();
  const { tokens: _t, inputSchema: _i, outputSchema: _o, manifest: _m, provenance: _p, ...summary } = sampleDetails;
  subject.service.answers.listComponents = { components: [summary], nextPageToken: 'more' };
  const query: ComponentQuery = { kind: 'agent', bundle: 'b', text: 'zwölf ✓', pageSize: 7, pageToken: 'p' };
  expect(await subject.client.listComponents(query)).toStrictEqual({ components: [summary], nextPageToken: 'more' });
  subject.service.answers.listComponents = { components: [] };
  expect(await subject.client.listComponents()).toStrictEqual({ components: [] });
  expect(subject.service.seen.map(({ argument }) => argument)).toStrictEqual([query, {}]);
});

test('values come back as they were sent: text, bytes, numbers, nothing, and objects with our own keys', async () => {
  await using subject = await openUnderTest();
  const values: unknown[] = [
    null,
    '',
    '🦀 zwölf \u0000 \uFEFF "\\',
    [],
    {},
    '\ud800',
    [1e308, 5e-324, -1.5, 2 ** 53, Number.MAX_SAFE_INTEGER, 0.1],
    { bytes: new Uint8Array(), more: [new Uint8Array([0, 255]), { deep: new Uint8Array(70_000).fill(3) }] },
    new Uint8Array([1]),
    { $blob: 0, $base64: 'x', $literal: { $blob: 1 } },
    { __proto: 1, constructor: 2, 'a.b': 3 },
  ];
  for (const value of values) expect(await echo(subject, value)).toStrictEqual(value);
  // JSON has no negative zero.
  expect(await echo(subject, [-0])).toStrictEqual([0]);
});

test('a call arrives with its seed and its timeout, and its result with logs and usage', async () => {
  await using subject = await openUnderTest();
  const call = { tool: 'sample/echo', input: { n: 1 }, timeoutMs: 1234.5, seed: new Uint8Array(32).fill(9) };
  subject.service.answers.callTool = { tool: 'echo', input: 'scripted' };
  const result = await subject.client.callTool(call);
  expect(subject.service.seen[0]?.argument).toStrictEqual(call);
  expect(result).toStrictEqual({
    kind: 'done',
    output: 'scripted',
    callId: 'call-1',
    bundle: 'sample@1.2.3',
    logs: [
      { level: 'info', message: 'looked', fields: '{"n":1}' },
      { level: 'warn', message: '', fields: undefined },
    ],
    logBytesDropped: 5,
    usage: { wallMs: 1.5, computeMs: 0.25, memoryBytesPeak: 131_072, turns: 2, operations: 1 },
  });
});

test('a tool that failed is a result, with the error whole, also under a code of its author', async () => {
  await using subject = await openUnderTest();
  const own = {
    ...wireError('TOOL_FAILED', { message: 'no stock', details: { left: -1, list: [null] } }),
    code: 'NO_STOCK',
  };
  for (const error of [own, wireError('DEADLINE_EXCEEDED', { message: 'too long' })]) {
    const result = await subject.client.callTool({ tool: 'fail', input: error });
    expect(result).toMatchObject({ kind: 'failed', error, stack: 'at sample.ts:1:2' });
  }
});

test('progress arrives in order and before the result', async () => {
  await using subject = await openUnderTest();
  const heard: CallProgress[] = [];
  const options = { progress: (piece: CallProgress) => heard.push(piece) };
  const result = await subject.client.callTool({ tool: 'progress', input: { count: 2 } }, options);
  expect(heard).toStrictEqual([
    { kind: 'started', callId: 'call-1', bundle: 'sample@1.2.3' },
    { kind: 'log', level: 'info', message: 'line 0 ', fields: undefined },
    { kind: 'log', level: 'info', message: 'line 1 ', fields: undefined },
    { kind: 'operation', operation: 'kv.get', outcome: 'done', durationMs: 0.25 },
  ]);
  expect(result).toMatchObject({ kind: 'done', output: null });
});

test('bundles, upgrades and what became of them arrive with every field', async () => {
  await using subject = await openUnderTest();
  const { client, service } = subject;
  const corrupt: BundleVersion = { ...sampleVersion, state: 'quarantined', reason: 'a byte differs' };
  service.answers.listBundles = [sampleVersion, corrupt];
  expect(await client.listBundles()).toStrictEqual([sampleVersion, corrupt]);
  const { diff: _, previousVersion: _p, ...first } = upgrade;
  service.answers.listUpgrades = [upgrade, { ...first, newTokens: [], grownLimits: [] }];
  expect(await client.listUpgrades()).toStrictEqual(service.answers.listUpgrades);
  service.answers.rollback = { name: 'sample', version: '1.0.0', previousVersion: '1.2.3' };
  expect(await client.rollback({ name: 'sample' })).toStrictEqual(service.answers.rollback);
  expect(await client.approve('upgrade-1')).toStrictEqual({ name: 'sample', version: '2.0.0' });
  expect(await client.reject('upgrade-2')).toBeUndefined();
  expect(await client.removeVersion({ name: 'sample', version: '1.0.0' })).toBeUndefined();
  expect(service.seen.map(({ method, argument }) => [method, argument])).toStrictEqual([
    ['listBundles', undefined],
    ['listUpgrades', undefined],
    ['rollback', { name: 'sample' }],
    ['approve', 'upgrade-1'],
    ['reject', 'upgrade-2'],
    ['removeVersion', { name: 'sample', version: '1.0.0' }],
  ]);
});

test('an upload arrives byte for byte with its name, hash and signature, and its result with the upgrade that waits', async () => {
  await using subject = await openUnderTest();
  const bytes = Uint8Array.from({ length: 700_001 }, (_, index) => (index * 7) % 251);
  const content = {
    name: 'ü.aria',
    size: bytes.length,
    hash: 'ab'.repeat(32),
    signature: 'untrusted comment: x\nRW…\n',
  };
  const heard: number[] = [];
  const result = await subject.client.upload(
    {
      ...content,
      read: async function* read(offset) {
        yield bytes.subarray(offset, 400_000);
        yield new Uint8Array();
        yield bytes.subarray(400_000);
      },
    },
    { allowDowngrade: true, progress: (sent) => heard.push(sent) },
  );
  expect(Buffer.compare(subject.service.uploaded, bytes)).toBe(0);
  expect(subject.service.seen[0]).toMatchObject({ argument: content, options: { allowDowngrade: true } });
  expect(heard.at(-1)).toBe(bytes.length);
  const expected: InstallResult = {
    name: 'sample',
    version: '1.2.3',
    hash: content.hash,
    state: 'active',
    unchanged: false,
  };
  expect(result).toStrictEqual(expected);
});

test('the result of an installation that waits has its upgrade whole', async () => {
  const { installResultFromMessage, installResultToMessage } = await import('../../../wit/api/grpc-bundles.ts');
  const type = definition['aria.v1.UploadBundleResponse'] as unknown as {
    serialize(value: object): Buffer;
    deserialize(bytes: Buffer): Parameters<typeof installResultFromMessage>[0];
  };
  const result: InstallResult = {
    name: 'sample',
    version: '2.0.0',
    hash: 'h',
    state: 'waiting',
    previousVersion: '1.2.3',
    upgrade,
    unchanged: true,
  };
  expect(installResultFromMessage(type.deserialize(type.serialize(installResultToMessage(result))))).toStrictEqual(
    result,
  );
});

test('events and logs arrive in order with every field, and the query as it was asked', async () => {
  await using subject = await openUnderTest();
  const { client, service } = subject;
  const events = [
    sampleEvent,
    { ...sampleEvent, sequence: 2, kind: 'events.lost', data: { from: 1, to: [null, 'ü'] } },
  ];
  service.answers.events = events;
  expect(
    await allOf(client.events({ after: { epoch: 'e', sequence: 4 }, kinds: ['host.ready', 'bundle.removed'] })),
  ).toStrictEqual(events);
  const { callId: _, ...other } = sampleLog;
  service.answers.logs = [sampleLog, { ...other, requestId: 'r', fields: {}, level: 'debug' }];
  expect(await allOf(client.logs({ tail: 5, level: 'debug', source: 'host' }))).toStrictEqual(service.answers.logs);
  expect(service.seen[0]?.argument).toMatchObject({
    after: { epoch: 'e', sequence: 4 },
    kinds: ['host.ready', 'bundle.removed'],
  });
  expect(service.seen[1]?.argument).toMatchObject({ follow: false, tail: 5, level: 'debug', source: 'host' });
});

test('what goes with a request arrives with it, and a trace context that is none is left out', async () => {
  await using subject = await openUnderTest();
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  await subject.client.rollback(
    { name: 'n' },
    { requestId: 'r-1', idempotencyKey: 'k:1', traceparent, timeoutMs: 60_000 },
  );
  await subject.client.rollback({ name: 'n' }, { traceparent: `00-${'0'.repeat(32)}-${'2'.repeat(16)}-01` });
  const [first, second] = subject.service.seen.map(({ options }) => options);
  expect(first).toMatchObject({ requestId: 'r-1', idempotencyKey: 'k:1', traceparent, timeoutMs: expect.any(Number) });
  expect(first?.['timeoutMs']).toBeLessThanOrEqual(60_000);
  expect(Object.keys(second ?? {})).toStrictEqual(['signal']);
});
