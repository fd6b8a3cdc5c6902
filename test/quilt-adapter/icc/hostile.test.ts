import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createOperations } from '#host';
import type { Completion } from '#wit/interfaces';
import { frameType } from '../../../quilt-adapter/icc/frame.ts';
import { ask, askRaw, callerWith, iccIn, laterMs, recordedOperations } from './icc-client.ts';

const services = { operations: createOperations() };
const path = '/operations/kv.get';

test.each([
  ['an unknown route', 'GET', '/nothing', 404, 'NOT_FOUND'],
  ['a route without a name', 'POST', '/tools/', 404, 'NOT_FOUND'],
  ['a path with two slashes', 'GET', '//health', 404, 'NOT_FOUND'],
  ['another method', 'GET', '/tools/echo', 405, 'REQUEST_INVALID'],
  ['OPTIONS, since there is no CORS', 'OPTIONS', '/health', 405, 'REQUEST_INVALID'],
  ['DELETE', 'DELETE', '/context', 405, 'REQUEST_INVALID'],
  ['parameters where there are none', 'GET', '/health?a=1', 400, 'REQUEST_INVALID'],
  ['a target that is too long', 'GET', `/${'a'.repeat(2048)}`, 400, 'REQUEST_INVALID'],
  ['a target with a scheme', 'GET', 'http://host/health', 400, 'REQUEST_INVALID'],
])('%s is a coded error', async (_, method, target, status, code) => {
  await using icc = await iccIn({ services });
  const answer = await ask(icc.socketPath, { method, path: target });
  expect([answer.status, answer.json.success, answer.json.error.code]).toEqual([status, false, code]);
  expect(answer.json.error_message).toBe(answer.json.error.message);
  if (status === 405) expect(answer.headers.allow).toMatch(/^(GET|POST)$/);
});

test.each([
  ['an unknown operation', '/operations/kv.steal', 404],
  ['a name of every object', '/operations/constructor', 404],
  ['__proto__', '/operations/__proto__', 404],
  ['a function that starts no operation', '/operations/log.write', 404],
  ['a name that is no UTF-8', '/operations/%ff', 400],
])('%s is a coded error', async (_, target, status) => {
  await using icc = await iccIn({ services });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const answer = await ask(icc.socketPath, { path: target, token: call.token, body: { args: [] } });
  expect([answer.status, answer.json.success]).toEqual([status, false]);
});

test.each([
  ['no JSON', '{"args":', 'is no JSON'],
  ['nothing', '', 'is no JSON'],
  ['a byte order mark', '\ufeff{"args":["orders","a"]}', 'is no JSON'],
  ['a key twice', '{"args":["orders","a"],"args":[]}', 'twice'],
  ['a key twice, written otherwise', '{"args":["orders","a"],"\\u0061rgs":[]}', 'twice'],
  ['a key twice, further down', '{"args":[{"a":1,"b":{"c":1,"c":2}}]}', 'twice'],
  ['__proto__', '{"__proto__":{},"args":["orders","a"]}', '__proto__'],
  ['__proto__, written otherwise', '{"\\u005f_proto__":{},"args":["orders","a"]}', '__proto__'],
  ['too deep', `{"args":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'nests deeper'],
  ['too deep and unclosed', '['.repeat(100_000), 'nests deeper'],
  ['too many values', `[${'[],'.repeat(2_000_000)}1]`, 'more than 2000000 values'],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'is not UTF-8'],
  ['an overlong form of UTF-8', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'is not UTF-8'],
  ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'is not UTF-8'],
])('a body with %s is REQUEST_INVALID', async (_, body, state) => {
  await using icc = await iccIn({ services });
  using call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  const answer = await ask(icc.socketPath, { path, token: call.token, body: Buffer.from(body) });
  expect([answer.status, answer.json.error.code]).toEqual([400, 'REQUEST_INVALID']);
  expect(answer.json.error.message).toContain(state);
});

test.each([
  ['text/plain', undefined],
  ['application/json; charset=latin1', undefined],
  ['application/x-www-form-urlencoded', undefined],
  [`${frameType}; a=b`, undefined],
  ['application/json', 'gzip'],
])('a body of the type %s and coding %s is REQUEST_INVALID', async (type, encoding) => {
  await using icc = await iccIn({ services });
  using call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  const headers = { 'content-type': type, ...(encoding !== undefined && { 'content-encoding': encoding }) };
  const answer = await ask(icc.socketPath, { path, token: call.token, headers, body: { args: ['orders', 'a'] } });
  expect([answer.status, answer.json.error.code]).toEqual([400, 'REQUEST_INVALID']);
});

test('a body at the maximum is taken and one byte more is MESSAGE_TOO_LARGE, announced or in chunks', async () => {
  await using icc = await iccIn({ services, limits: { jsonBytesMax: 100 } });
  using call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  const json = JSON.stringify({ args: ['orders', 'a'] });
  const bodyOf = (bytes: number): Buffer => Buffer.from(json + ' '.repeat(bytes - json.length));
  const headers = `POST ${path} HTTP/1.1\r\nconnection: close\r\nauthorization: Bearer ${call.token}\r\ncontent-type: application/json\r\n`;
  expect((await ask(icc.socketPath, { path, token: call.token, body: bodyOf(100) })).status).toBe(200);
  expect((await ask(icc.socketPath, { path, token: call.token, body: bodyOf(101) })).status).toBe(413);
  const chunked = (bytes: number): string =>
    `${headers}transfer-encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${bodyOf(bytes)}\r\n0\r\n\r\n`;
  expect(await askRaw(icc.socketPath, chunked(100))).toMatch(/^HTTP\/1.1 200 /);
  expect(await askRaw(icc.socketPath, chunked(101))).toMatch(/^HTTP\/1.1 413 [^]*MESSAGE_TOO_LARGE/);
  expect(await askRaw(icc.socketPath, `${headers}content-length: 99999999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
  expect(icc.load.incomingBytes).toBe(0);
});

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['bytes of TLS', Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3]), 400],
  ['two lengths', 'POST /tools/a HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
  [
    'a length and chunks',
    'POST /tools/a HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a bare line feed', 'GET /health HTTP/1.1\na: b\n\n', 400],
  ['a header that goes on in the next line', 'GET /health HTTP/1.1\r\na: b\r\n c\r\n\r\n', 400],
  ['a header with a NUL', 'GET /health HTTP/1.1\r\na: b\0c\r\n\r\n', 400],
  ['headers that are too large', `GET /health HTTP/1.1\r\na: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
  ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n', 405],
])('%s is answered with a coded error and closes the connection', async (_, bytes, status) => {
  await using icc = await iccIn({ services });
  const answer = await askRaw(icc.socketPath, bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    success: false,
    error: { code: expect.any(String) },
  });
  expect((await ask(icc.socketPath, { path: '/health' })).status).toBe(200);
});

test('headers and bodies that come too slowly are ended with 408', async () => {
  await using icc = await iccIn({ services, limits: { headersMs: 60, receiveMs: 90 } });
  using call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  expect(await askRaw(icc.socketPath, 'GET /health HTTP/1.1\r\nx: ')).toMatch(/^HTTP\/1.1 408 [^]*DEADLINE_EXCEEDED/);
  const head = `POST ${path} HTTP/1.1\r\nauthorization: Bearer ${call.token}\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{`;
  expect(await askRaw(icc.socketPath, head)).toMatch(/^HTTP\/1.1 408 /);
  await expect.poll(() => icc.load).toMatchObject({ requests: 0, connections: 0, incomingBytes: 0 });
});

test('one connection more than the maximum is CONNECTIONS_EXCEEDED, runs nothing, and there is room when one has ended', async () => {
  const operations = recordedOperations((): Completion => ({ kind: 'ok', value: undefined }));
  await using icc = await iccIn({ services: { operations }, limits: { connectionsMax: 2 } });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const sockets = [connect(icc.socketPath), connect(icc.socketPath)];
  await expect.poll(() => icc.load.connections).toBe(2);
  const body = '{"args":["orders","a"]}';
  const bytes = `POST ${path} HTTP/1.1\r\nauthorization: Bearer ${call.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  expect(await askRaw(icc.socketPath, bytes)).toMatch(/^HTTP\/1.1 503 [^]*CONNECTIONS_EXCEEDED/);
  expect(operations.asked).toEqual([]);
  sockets[0]?.destroy();
  await expect.poll(() => icc.load.connections).toBe(1);
  expect((await ask(icc.socketPath, { path: '/health' })).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test('one request more than the maximum is OVERLOADED, also behind others on one connection', async () => {
  await using icc = await iccIn({ services, limits: { requestsOpenMax: 3 } });
  const call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const sleep = () =>
    ask(icc.socketPath, { path: '/operations/timer.sleep', token: call.token, body: { args: [60_000] } });
  const waiting = [sleep(), sleep(), sleep()];
  await expect.poll(() => icc.load.requests).toBe(3);
  expect(await sleep()).toMatchObject({ status: 503, json: { error: { code: 'OVERLOADED' } } });
  call.end();
  for (const { status } of await Promise.all(waiting)) expect(status).toBe(499);
  expect(icc.load.requests).toBe(0);
});

test('answers that nobody takes are ended and their bytes given back', async () => {
  const value = new Uint8Array(400_000);
  const operations = recordedOperations((): Completion => ({ kind: 'ok', value }));
  await using icc = await iccIn({ services: { operations }, limits: { stalledMs: 50, heldBytesMax: 2_000_000 } });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const body = '{"args":["orders","a"]}';
  const one = `POST ${path} HTTP/1.1\r\nauthorization: Bearer ${call.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const socket = connect(icc.socketPath).on('error', () => undefined);
  socket.pause().write(one.repeat(8));
  await expect.poll(() => operations.asked.length).toBeGreaterThan(1);
  await expect.poll(() => icc.load).toMatchObject({ connections: 0, outgoingBytes: 0, requests: 0 });
  socket.destroy();
  expect((await ask(icc.socketPath, { path, token: call.token, body: { args: ['orders', 'a'] } })).status).toBe(200);
});

test('a connection is kept for the next request, and 200 requests on 20 connections are all answered', async () => {
  await using icc = await iccIn({ services });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const body = '{"args":[0]}';
  const one = `POST /operations/timer.sleep HTTP/1.1\r\nauthorization: Bearer ${call.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const last = one.replace('\r\n', '\r\nconnection: close\r\n');
  const answers = await Promise.all(Array.from({ length: 20 }, () => askRaw(icc.socketPath, one.repeat(9) + last)));
  for (const answer of answers) expect(answer.split('HTTP/1.1 200 OK').length - 1).toBe(10);
});

test('a connection cut in the middle of a body leaves nothing behind', async () => {
  await using icc = await iccIn({ services });
  using call = icc.begin({ caller: callerWith('kv:orders:r'), deadlineMs: laterMs() });
  const socket = connect(icc.socketPath);
  socket.write(
    `POST ${path} HTTP/1.1\r\nauthorization: Bearer ${call.token}\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"args"`,
  );
  await expect.poll(() => icc.load.incomingBytes).toBeGreaterThan(0);
  socket.destroy();
  await once(socket, 'close');
  await expect.poll(() => icc.load).toMatchObject({ requests: 0, connections: 0, incomingBytes: 0 });
});
