import { expect, test } from 'vitest';
import type { CallProgress, HostEvent } from '#wit/api';
import { CodedError } from '#wit/errors';
import { sampleDetails, sampleEvent, sampleLog, sampleStatus, sampleVersion } from '../scripted-service.ts';
import { openCutProxy } from './cut-proxy.ts';
import { openFixture, until } from './web-fixture.ts';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

test('every method of the interface gives over a WebSocket what the service gave', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  expect(await client.status()).toEqual(sampleStatus);
  expect(await client.listComponents({ text: 'echo', pageSize: 2 })).toEqual({ components: [sampleDetails] });
  expect(await client.getComponent({ name: 'sample/echo', kind: 'tool' })).toEqual(sampleDetails);
  expect(await client.listBundles()).toEqual([sampleVersion]);
  expect(await client.rollback({ name: 'sample', version: '1.0.0' })).toEqual({ name: 'sample', version: '1.0.0' });
  expect(await client.removeVersion({ name: 'sample', version: '1.0.0' })).toBeUndefined();
  expect(await client.listUpgrades()).toEqual([]);
  expect(await client.approve('upgrade-1')).toEqual({ name: 'sample', version: '2.0.0' });
  expect(await client.reject('upgrade-1')).toBeUndefined();
  expect(fixture.service.seen.map(({ method, argument }) => [method, argument])).toEqual([
    ['status', undefined],
    ['listComponents', { text: 'echo', pageSize: 2 }],
    ['getComponent', { name: 'sample/echo', kind: 'tool' }],
    ['listBundles', undefined],
    ['rollback', { name: 'sample', version: '1.0.0' }],
    ['removeVersion', { name: 'sample', version: '1.0.0' }],
    ['listUpgrades', undefined],
    ['approve', 'upgrade-1'],
    ['reject', 'upgrade-1'],
  ]);
});

test('bytes and reserved keys come through a call as they went in, and so do the options', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  const input = { bytes: Uint8Array.of(0, 255), nested: [{ $base64: 'mine' }, { $literal: 1 }], none: null };
  const result = await client.callTool(
    { tool: 'echo', input, timeoutMs: 1000, seed: new Uint8Array(32).fill(3) },
    { requestId: 'r-1', idempotencyKey: 'k-1', timeoutMs: 2000 },
  );
  expect(result).toMatchObject({ kind: 'done', output: input, callId: 'call-1', bundle: 'sample@1.2.3' });
  const [seen] = fixture.service.seen;
  expect(seen?.argument).toEqual({ tool: 'echo', input, timeoutMs: 1000, seed: new Uint8Array(32).fill(3) });
  expect(seen?.options).toMatchObject({ requestId: 'r-1', idempotencyKey: 'k-1', timeoutMs: 2000 });
  expect(seen?.principal).toEqual({ name: 'admin', role: 'admin' });
});

test('a tool that fails is a result, a refused request an exception with everything that the error says', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  const error = {
    code: 'MY_OWN',
    category: 'Tool',
    message: 'm',
    remedy: 'r',
    retryable: true,
    details: { n: [1] },
  };
  expect(await client.callTool({ tool: 'fail', input: error })).toMatchObject({
    kind: 'failed',
    error,
    stack: 'at sample.ts:1:2',
  });
  const facts = { message: 'Cannot call: x', remedy: 'Wait', retryable: true, details: { retryAfterMs: 5 } };
  const refused = client.callTool({ tool: 'refuse', input: { code: 'RATE_LIMITED', ...facts } });
  await expect(refused).rejects.toMatchObject({ code: 'RATE_LIMITED', wire: { ...facts, category: 'LLM' } });
});

test('progress comes in order and before the result', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  const heard: CallProgress[] = [];
  await client.callTool(
    { tool: 'progress', input: { count: 100 } },
    { progress: (progress) => void heard.push(progress) },
  );
  expect(heard).toHaveLength(102);
  expect(heard[0]).toEqual({ kind: 'started', callId: 'call-1', bundle: 'sample@1.2.3' });
  expect(heard[1]).toMatchObject({ kind: 'log', message: 'line 0 ', fields: undefined });
  expect(heard.at(-1)).toMatchObject({ kind: 'operation', operation: 'kv.get' });
});

test('who throws when told of progress ends that request, and no other', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  const fault = new Error('a fault of the listener');
  const throwing = (): never => {
    throw fault;
  };
  const other = client.callTool({ tool: 'echo', input: 1 });
  await expect(client.callTool({ tool: 'progress', input: { count: 3 } }, { progress: throwing })).rejects.toBe(fault);
  expect(await other).toMatchObject({ output: 1 });
  expect(await client.callTool({ tool: 'echo', input: 2 })).toMatchObject({ output: 2 });
});

test('an aborted signal cancels the call in the host, and the next call goes on', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  const abort = new AbortController();
  const call = client.callTool({ tool: 'slow', input: null }, { signal: abort.signal });
  await until(() => fixture.service.slowSignals.length === 1);
  abort.abort();
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  await until(() => fixture.service.slowSignals[0]?.aborted === true);
  expect(await client.callTool({ tool: 'echo', input: 1 })).toMatchObject({ output: 1 });
});

test('a deadline ends a call that the service does not end', async () => {
  await using fixture = await openFixture({ limits: { tickMs: 5 } });
  await using client = fixture.client();
  const call = client.callTool({ tool: 'slow', input: null }, { timeoutMs: 20 });
  await expect(call).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  expect(fixture.service.slowSignals[0]?.aborted).toBe(true);
});

test('an upload is read from the offset that the service asks for, and tells how far it is', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  const bytes = Uint8Array.from({ length: 700_000 }, (_none, index) => index % 251);
  fixture.service.uploaded = bytes.slice(0, 1000);
  fixture.service.uploadOffset = 1000;
  const heard: number[] = [];
  const result = await client.upload(
    {
      name: 'x.aria',
      size: bytes.length,
      hash: 'ab'.repeat(32),
      signature: 'untrusted comment: ✓\nRW…\n',
      async *read(offset) {
        yield bytes.subarray(offset, offset + 7);
        yield bytes.subarray(offset + 7);
      },
    },
    { allowDowngrade: true, progress: (sent) => void heard.push(sent) },
  );
  expect(result).toMatchObject({ hash: 'ab'.repeat(32), state: 'active' });
  expect(Buffer.compare(fixture.service.uploaded, bytes)).toBe(0);
  expect(heard[0]).toBe(1007);
  expect(heard.at(-1)).toBe(bytes.length);
  expect(fixture.service.seen[0]).toMatchObject({
    argument: { signature: 'untrusted comment: ✓\nRW…\n' },
    options: { allowDowngrade: true },
  });
});

test('a file that cannot be read ends its upload on both sides', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  const upload = client.upload({
    name: 'x.aria',
    size: 10,
    hash: 'ab'.repeat(32),
    async *read() {
      yield new Uint8Array(3);
      throw new Error('EIO');
    },
  });
  await expect(upload).rejects.toMatchObject({ code: 'UPLOAD_INVALID' });
  await until(
    () =>
      fixture.gateway.load.webSockets === 1 &&
      fixture.telemetry.requests.some(({ method, code }) => method === 'upload' && code === 'CANCELLED'),
  );
});

test('events come in order, end with the signal, and the service hears of the end', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  const abort = new AbortController();
  const numbers: number[] = [];
  for await (const event of client.events({
    after: { epoch: 'epoch-1', sequence: 4 },
    kinds: ['bundle.activated'],
    signal: abort.signal,
  })) {
    numbers.push(event.sequence);
    if (numbers.length === 3) abort.abort();
  }
  expect(numbers).toEqual([5, 6, 7]);
  await until(() => fixture.service.streamsOpen === 0);
});

test('events go on behind the last one when the connection is cut', async () => {
  await using proxy = await openCutProxy();
  await using fixture = await openFixture({ hosts: [`localhost:${proxy.port}`] });
  proxy.forwardTo(fixture.port);
  await using client = fixture.client({ url: `ws://localhost:${proxy.port}` });
  const numbers: number[] = [];
  for await (const event of client.events()) {
    numbers.push(event.sequence);
    // The script gives three events for each subscription, and waits.
    if (event.sequence === 3) proxy.cut();
    if (event.sequence === 6) break;
  }
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
  expect(fixture.service.seen.map(({ options }) => options?.['after'])).toEqual([
    undefined,
    { epoch: 'epoch-1', sequence: 3 },
  ]);
});

test('a slow reader is told so by an error, as by the service itself', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  fixture.service.answers.events = new CodedError('SLOW_READER', { message: 'Cannot go on: too far behind' });
  const read = async (): Promise<HostEvent[]> => all(client.events());
  await expect(read()).rejects.toMatchObject({ code: 'SLOW_READER' });
});

test('a refused subscription throws, and the signal of one that has ended does nothing', async () => {
  await using fixture = await openFixture();
  await using client = fixture.client();
  fixture.service.answers.events = new CodedError('PERMISSION_DENIED', { message: 'Cannot follow events: x' });
  await expect(all(client.events())).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  expect(await all(client.logs({ tail: 5 }))).toEqual([sampleLog]);
});

test('a wrong token is UNAUTHENTICATED, a port where nobody listens HOST_UNREACHABLE', async () => {
  const fixture = await openFixture();
  await using stranger = fixture.client({ token: 'wrong' });
  await expect(stranger.status()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await fixture[Symbol.asyncDispose]();
  await using client = fixture.client();
  await expect(client.status()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
});

test('a host that stops ends calls with a code and events without an error', async () => {
  const fixture = await openFixture();
  await using client = fixture.client();
  const call = client.callTool({ tool: 'slow', input: null });
  const events = all(client.events());
  await until(() => fixture.service.slowSignals.length === 1 && fixture.service.eventsTaken === 3);
  await fixture[Symbol.asyncDispose]();
  await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await events).toEqual([1, 2, 3].map((sequence) => ({ ...sampleEvent, sequence })));
});

test('a client that was closed refuses requests, and closing it twice does nothing', async () => {
  await using fixture = await openFixture();
  const client = fixture.client();
  const call = client.callTool({ tool: 'slow', input: null });
  await until(() => fixture.service.slowSignals.length === 1);
  await client[Symbol.asyncDispose]();
  await expect(call).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  await client[Symbol.asyncDispose]();
  await expect(client.status()).rejects.toMatchObject({ code: 'CANCELLED' });
});
