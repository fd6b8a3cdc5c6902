import { expect, test } from 'vitest';
import { CodedError, errorCodes, isErrorCode } from '#wit/errors';
import { httpStatusOf } from '../../../firmware/api/web/http-status.ts';
import { routes } from '../../../firmware/api/web/http-routes.ts';
import {
  sampleDetails,
  sampleEvent,
  sampleLog,
  sampleStatus,
  sampleVersion,
  scriptedLimits,
} from '../scripted-service.ts';
import { codeOf, connectTo, openFixture, post, until } from './web-fixture.ts';

test('every path of the table answers with what the service gave', async () => {
  await using fixture = await openFixture();
  const json = async (path: string, init?: RequestInit): Promise<unknown> => (await fixture.ask(path, init)).json();
  expect(await json('/v1/status')).toEqual(sampleStatus);
  expect(await json('/v1/components?text=a%20b&pageSize=3&kind=tool')).toEqual({ components: [sampleDetails] });
  expect(await json('/v1/components/sample/echo?kind=tool')).toEqual(sampleDetails);
  expect(await json('/v1/bundles')).toEqual([sampleVersion]);
  expect(await json('/v1/bundles/sample/rollback', post({ version: '1.0.0' }))).toEqual({
    name: 'sample',
    version: '1.0.0',
  });
  expect(await json('/v1/bundles/sample/versions/1.0.0', { method: 'DELETE' })).toBeNull();
  expect(await json('/v1/upgrades')).toEqual([]);
  expect(await json('/v1/upgrades/upgrade-1/approve', post({}))).toEqual({ name: 'sample', version: '2.0.0' });
  expect(await json('/v1/upgrades/upgrade-1/reject', post({}))).toBeNull();
  expect(fixture.service.seen.map(({ method, argument }) => [method, argument])).toEqual([
    ['status', undefined],
    ['listComponents', { text: 'a b', pageSize: 3, kind: 'tool' }],
    ['getComponent', { name: 'sample/echo', kind: 'tool' }],
    ['listBundles', undefined],
    ['rollback', { name: 'sample', version: '1.0.0' }],
    ['removeVersion', { name: 'sample', version: '1.0.0' }],
    ['listUpgrades', undefined],
    ['approve', 'upgrade-1'],
    ['reject', 'upgrade-1'],
  ]);
});

test('a call takes a name, a qualified one and an encoded one; bytes are text, and headers are the options', async () => {
  await using fixture = await openFixture();
  const headers = {
    'idempotency-key': 'k-1',
    'x-request-id': 'r-1',
    'x-timeout-ms': '1500',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  };
  const body = {
    input: { data: { $base64: 'AP8=' } },
    timeoutMs: 70,
    seed: { $base64: Buffer.alloc(32).toString('base64') },
  };
  for (const name of ['echo', 'sample/echo', 'sample%2Fecho']) {
    const response = await fixture.ask(
      `/v1/tools/${name}/calls`,
      post(body, { authorization: 'Bearer operator', ...headers }),
    );
    expect(response.headers.get('x-request-id')).toBe('r-1');
    const json: unknown = await response.json();
    if (name === 'echo')
      expect(json).toMatchObject({ kind: 'done', output: { data: { $base64: 'AP8=' } }, callId: 'call-1' });
    else expect(json).toMatchObject({ error: { code: 'NOT_FOUND' } });
  }
  expect(fixture.service.seen.map(({ argument }) => (argument as { tool: string }).tool)).toEqual([
    'echo',
    'sample/echo',
    'sample/echo',
  ]);
  expect(fixture.service.seen[0]).toMatchObject({
    argument: { input: { data: Uint8Array.of(0, 255) }, timeoutMs: 70, seed: new Uint8Array(32) },
    options: { idempotencyKey: 'k-1', requestId: 'r-1', timeoutMs: 1500, traceparent: headers.traceparent },
  });
});

test('a tool that failed is an answer, a refusal has the status of its code and says when to come back', async () => {
  await using fixture = await openFixture();
  const error = { code: 'MINE', category: 'Tool', message: 'm', remedy: 'r', retryable: false, details: {} };
  const failed = await fixture.ask(
    '/v1/tools/fail/calls',
    post({ input: error }, { authorization: 'Bearer operator' }),
  );
  expect([failed.status, await failed.json()]).toMatchObject([200, { kind: 'failed', error }]);
  const script = { code: 'RATE_LIMITED', details: { retryAfterMs: 2400 } };
  const refused = await fixture.ask(
    '/v1/tools/refuse/calls',
    post({ input: script }, { authorization: 'Bearer operator' }),
  );
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3']);
  expect(await refused.json()).toMatchObject({
    error: { code: 'RATE_LIMITED', retryable: true, remedy: expect.any(String) },
  });
});

test('every code has a status of an error, and a code of an author is a tool that failed', () => {
  for (const code of Object.keys(errorCodes)) {
    expect(isErrorCode(code) && httpStatusOf({ code })).toBeGreaterThanOrEqual(400);
    expect(httpStatusOf({ code })).toBeLessThan(600);
  }
  expect(httpStatusOf({ code: 'MY_OWN' })).toBe(502);
});

test.for([
  ['GET', '/v1/nothing', undefined, '404 NOT_FOUND'],
  ['GET', '/', undefined, '404 NOT_FOUND'],
  ['PATCH', '/v1/status', undefined, '405 NOT_FOUND'],
  ['GET', '/v1/components?pagesize=3', undefined, '400 REQUEST_INVALID'],
  ['GET', '/v1/components?text=a&text=b', undefined, '400 REQUEST_INVALID'],
  ['GET', '/v1/components?pageSize=1e3', undefined, '400 REQUEST_INVALID'],
  ['GET', '/v1/components?pageSize=1001', undefined, '400 REQUEST_INVALID'],
  ['GET', '/v1/components?kind=robot', undefined, '400 REQUEST_INVALID'],
  ['GET', '/v1/components/%zz', undefined, '400 REQUEST_INVALID'],
  ['GET', '/v1/events?kinds=bundle.activated,none', undefined, '400 REQUEST_INVALID'],
  ['GET', '/v1/logs?follow=maybe', undefined, '400 REQUEST_INVALID'],
  ['POST', '/v1/tools/echo/calls', '{}', '400 REQUEST_INVALID'],
  ['POST', '/v1/tools/echo/calls', '{"input":1,"inputs":2}', '400 REQUEST_INVALID'],
  ['POST', '/v1/tools/echo/calls', '{"input":1,"timeoutMs":0}', '400 REQUEST_INVALID'],
  ['POST', '/v1/tools/echo/calls', '{"input":', '400 REQUEST_INVALID'],
  ['POST', '/v1/tools/echo/calls', '[1]', '400 REQUEST_INVALID'],
  ['POST', '/v1/tools/echo/calls', '{"input":{"__proto__":{"a":1}}}', '422 INPUT_INVALID'],
  ['POST', '/v1/tools/echo/calls', '{"input":{"$base64":"!"}}', '422 INPUT_INVALID'],
  ['POST', '/v1/tools/echo/calls', `{"input":${'['.repeat(300)}${']'.repeat(300)}}`, '422 INPUT_INVALID'],
] as const)('%s %s with %s is answered with %s', async ([method, path, body, expected]) => {
  await using fixture = await openFixture();
  const headers = { 'content-type': 'application/json', authorization: 'Bearer operator' };
  const response = await fixture.ask(path, { method, headers, ...(body !== undefined && { body }) });
  expect(await codeOf(response)).toBe(expected);
  expect(fixture.service.seen).toEqual([]);
});

test('a header that is no header of ours is refused, a malformed trace context ignored', async () => {
  await using fixture = await openFixture();
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await fixture.ask('/v1/status', { headers })).status;
  expect(await status({ 'idempotency-key': 'x'.repeat(128) })).toBe(200);
  expect(await status({ 'idempotency-key': 'x'.repeat(129) })).toBe(400);
  expect(await status({ 'x-request-id': 'a b' })).toBe(400);
  expect(await status({ 'x-timeout-ms': '0' })).toBe(400);
  expect(await status({ traceparent: 'nonsense' })).toBe(200);
});

test('a body of the maximum is taken, one byte more refused, announced or not, and a compressed one too', async () => {
  const bytesMax = 1024;
  await using fixture = await openFixture({}, { limits: { ...scriptedLimits, messageBytesMax: bytesMax } });
  const send = async (length: number, chunked: boolean): Promise<number> => {
    const body = JSON.stringify({ input: 'x'.repeat(length - 12) });
    const text = new TextEncoder().encode(body);
    const init = { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer operator' } };
    const stream = new Blob([text]).stream();
    const request = chunked ? { ...init, body: stream, duplex: 'half' } : { ...init, body: text };
    expect(text.length).toBe(length);
    return (await fixture.ask('/v1/tools/echo/calls', request as RequestInit)).status;
  };
  expect([await send(bytesMax, false), await send(bytesMax, true)]).toEqual([200, 200]);
  expect([await send(bytesMax + 1, false), await send(bytesMax + 1, true)]).toEqual([413, 413]);
  const packed = post({ input: 1 }, { authorization: 'Bearer operator', 'content-encoding': 'gzip' });
  expect(await codeOf(await fixture.ask('/v1/tools/echo/calls', packed))).toBe('400 REQUEST_INVALID');
});

test('a body that stops in the middle is answered when its time is over, and a cut one calls nothing', async () => {
  await using fixture = await openFixture({ limits: { tickMs: 5, bodyMs: 50 } });
  const head = `POST /v1/tools/echo/calls HTTP/1.1\r\nhost: localhost:${fixture.port}\r\nauthorization: Bearer operator\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{"input"`;
  const answer = await fixture.raw(head);
  expect(answer).toMatch(/^HTTP\/1\.1 504/);
  expect(answer).toContain('"DEADLINE_EXCEEDED"');
  const socket = await connectTo(fixture.port);
  socket.write(head);
  await until(() => fixture.gateway.load.incomingBytes > 0);
  socket.destroy();
  await until(() => fixture.gateway.load.incomingBytes === 0 && fixture.gateway.load.connections === 0);
  expect(fixture.service.seen).toEqual([]);
});

test('a client that waits for "100 continue" gets it only where its body is wanted', async () => {
  await using fixture = await openFixture();
  const head = (token: string): string =>
    `POST /v1/tools/echo/calls HTTP/1.1\r\nhost: localhost:${fixture.port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 11\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`;
  expect(await fixture.raw(head('wrong'))).toMatch(/^HTTP\/1\.1 401/);
  expect(await fixture.raw(`${head('operator')}{"input":1}`)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
});

test('a client that goes away cancels its call', async () => {
  await using fixture = await openFixture();
  const abort = new AbortController();
  const call = fixture.ask('/v1/tools/slow/calls', {
    ...post({ input: null }, { authorization: 'Bearer operator' }),
    signal: abort.signal,
  });
  await until(() => fixture.service.slowSignals.length === 1);
  abort.abort();
  await expect(call).rejects.toThrow();
  await until(() => fixture.service.slowSignals[0]?.aborted === true);
});

test('a fault of the service reaches the log and not the client', async () => {
  await using fixture = await openFixture();
  fixture.service.answers.status = new Error('secret of the inside');
  const response = await fixture.ask('/v1/status');
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).toContain('"INTERNAL"');
  expect(text).not.toContain('secret');
});

test('metrics name routes and codes, and never what a client made up', async () => {
  await using fixture = await openFixture();
  await fixture.ask('/v1/components/some-name');
  await fixture.ask('/v1/made/up');
  await fixture.ask('/v1/status', { role: 'nobody' });
  await until(() => fixture.telemetry.requests.length === 3);
  expect(fixture.telemetry.requests.map(({ gateway, method, code }) => [gateway, method, code])).toEqual([
    ['http', 'GET /v1/components/QUALIFIED', 'OK'],
    ['http', 'unmatched', 'NOT_FOUND'],
    ['http', 'unmatched', 'UNAUTHENTICATED'],
  ]);
  expect(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size).toBe(routes.length);
});

test('a host that is not ready says its phase, and its diagnostics answer', async () => {
  let ready = false;
  await using fixture = await openFixture({ phase: () => 'engines' }, { ready: () => ready });
  const probe = await fixture.ask('/readyz');
  expect([probe.status, await probe.json()]).toEqual([503, { ready: false, phase: 'engines' }]);
  expect((await fixture.ask('/v1/status')).status).toBe(200);
  ready = true;
  expect((await fixture.ask('/readyz')).status).toBe(200);
});

test('draining refuses what is new, and ends when what runs has ended', async () => {
  await using fixture = await openFixture();
  const abort = new AbortController();
  const kept = await connectTo(fixture.port);
  let answers = '';
  kept.on('data', (part: Buffer) => (answers += part.toString()));
  const head = `host: localhost:${fixture.port}\r\nauthorization: Bearer operator\r\n`;
  const body = '{"input":null}';
  kept.write(
    `POST /v1/tools/slow/calls HTTP/1.1\r\n${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const socket = await fixture.socket();
  await until(() => fixture.service.slowSignals.length === 1);
  const drained = fixture.gateway.drain(abort.signal).then(() => 'drained');
  socket.send({ id: 1, method: 'status' });
  expect(await socket.next()).toMatchObject({ id: 1, error: { data: { code: 'UNAVAILABLE' } } });
  expect(await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 20, 'waits'))])).toBe('waits');
  kept.destroy();
  expect(await drained).toBe('drained');
  await expect(fixture.ask('/v1/status')).rejects.toThrow();
});

test('an aborted drain does not wait, and closing twice does nothing', async () => {
  const fixture = await openFixture();
  const call = fixture.ask('/v1/tools/slow/calls', post({ input: null }, { authorization: 'Bearer operator' }));
  call.catch(() => undefined);
  await until(() => fixture.service.slowSignals.length === 1);
  const abort = new AbortController();
  const drained = fixture.gateway.drain(abort.signal);
  abort.abort();
  await drained;
  await fixture.gateway[Symbol.asyncDispose]();
  await fixture.gateway[Symbol.asyncDispose]();
  expect(fixture.service.slowSignals[0]?.aborted).toBe(true);
  await until(() => fixture.telemetry.connections.open === 0);
});

test('events stream with an id to resume behind, and end with the client', async () => {
  await using fixture = await openFixture();
  const abort = new AbortController();
  const headers = { authorization: 'Bearer viewer', 'last-event-id': 'epoch-1:41' };
  const response = await fixture.ask('/v1/events?kinds=bundle.activated', { headers, signal: abort.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('id: epoch-1:44')) text += decoder.decode((await reader.read()).value, { stream: true });
  expect(text).toContain(
    `id: epoch-1:42\nevent: bundle.activated\ndata: ${JSON.stringify({ ...sampleEvent, sequence: 42 })}\n\n`,
  );
  expect(fixture.service.seen[0]?.options).toMatchObject({
    after: { epoch: 'epoch-1', sequence: 41 },
    kinds: ['bundle.activated'],
  });
  abort.abort();
  await until(() => fixture.service.streamsOpen === 0);
});

test('a refused stream has a status, one that breaks an event that says why', async () => {
  await using fixture = await openFixture();
  fixture.service.answers.logs = new CodedError('PERMISSION_DENIED', { message: 'Cannot read logs: x' });
  expect(await codeOf(await fixture.ask('/v1/logs'))).toBe('403 PERMISSION_DENIED');
  expect(
    await codeOf(
      await fixture.ask('/v1/events', { headers: { authorization: 'Bearer viewer', 'last-event-id': 'x' } }),
    ),
  ).toBe('400 REQUEST_INVALID');
  fixture.service.answers.logs = (function* () {
    yield sampleLog;
    throw new CodedError('SLOW_READER', { message: 'Cannot go on: too far behind' });
  })();
  const text = await (await fixture.ask('/v1/logs')).text();
  expect(text).toMatch(/event: log\ndata: .*"took long".*\n\nevent: error\ndata: .*"SLOW_READER".*\n\n$/);
});

test('logs that were seen are not sent again, unless another run of the host numbered them', async () => {
  await using fixture = await openFixture();
  fixture.service.answers.logs = [7, 8, 9].map((sequence) => ({ ...sampleLog, sequence }));
  const ids = async (last: string): Promise<string[]> => {
    const headers = { authorization: 'Bearer operator', 'last-event-id': last };
    const text = await (await fixture.ask('/v1/logs', { headers })).text();
    return [...text.matchAll(/id: (\S+)/g)].map(([, id]) => id ?? '');
  };
  expect(await ids('epoch-1:8')).toEqual(['epoch-1:9']);
  expect(await ids('epoch-0:8')).toEqual(['epoch-1:7', 'epoch-1:8', 'epoch-1:9']);
});

const bundle = Uint8Array.from({ length: 300_000 }, (_none, index) => index % 253);

function upload(offset: number, changes: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: 'PUT',
    headers: {
      authorization: 'Bearer operator',
      'content-type': 'application/octet-stream',
      'aria-bundle-size': String(bundle.length),
      'aria-bundle-hash': 'ab'.repeat(32),
      'upload-offset': String(offset),
      ...changes,
    },
    body: bundle.slice(offset),
  };
}

test('an upload goes on behind what the host holds, wherever the client begins', async () => {
  for (const offset of [0, 1000, 4096]) {
    await using fixture = await openFixture();
    fixture.service.uploaded = bundle.slice(0, 4096);
    fixture.service.uploadOffset = 4096;
    const signature = Buffer.from('line\nline ✓\n').toString('base64');
    const response = await fixture.ask('/v1/bundles', upload(offset, { 'aria-bundle-signature': signature }));
    expect([response.status, await response.json()]).toMatchObject([200, { state: 'active' }]);
    expect(Buffer.compare(fixture.service.uploaded, bundle)).toBe(0);
    expect(fixture.service.seen[0]?.argument).toMatchObject({ signature: 'line\nline ✓\n', size: bundle.length });
  }
});

test('an upload that begins behind what the host holds is told from where to send', async () => {
  await using fixture = await openFixture();
  const response = await fixture.ask('/v1/bundles', upload(5000));
  expect([response.status, await response.json()]).toMatchObject([
    409,
    { error: { code: 'UPLOAD_INVALID', details: { offset: 0 }, remedy: expect.stringContaining('upload-offset: 0') } },
  ]);
});

test('an upload that is cut leaves what arrived, one that stops is ended, and one that is too long is refused', async () => {
  await using fixture = await openFixture({ limits: { tickMs: 5, uploadIdleMs: 50 } });
  const head = `PUT /v1/bundles HTTP/1.1\r\nhost: localhost:${fixture.port}\r\nauthorization: Bearer operator\r\ncontent-type: application/octet-stream\r\naria-bundle-size: 100\r\naria-bundle-hash: ${'ab'.repeat(32)}\r\n`;
  const socket = await connectTo(fixture.port);
  socket.write(`${head}content-length: 100\r\n\r\n0123456789`);
  await until(() => fixture.service.uploadOffset === 10);
  socket.destroy();
  await until(() => fixture.service.uploaded.length === 10);
  await fixture.raw(`${head}upload-offset: 10\r\ncontent-length: 90\r\n\r\n0123456789`);
  await until(() => fixture.service.uploaded.length === 20);
  expect(await fixture.raw(`${head}content-length: 101\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413/);
  expect(fixture.telemetry.requests.map(({ code }) => code).slice(1)).toEqual([
    'DEADLINE_EXCEEDED',
    'MESSAGE_TOO_LARGE',
  ]);
});
