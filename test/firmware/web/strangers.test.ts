/** What a page in a browser on the same machine, or a stranger, may try. Requests are the bytes that a browser would send. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccess } from '../../../firmware/access/open-access.ts';
import { scriptedLimits } from '../scripted-service.ts';
import { type Fixture, openFixture, post } from './web-fixture.ts';

let fixture: Fixture;
let home: string;
let token: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aria-web-'));
  const config = { accessTokens: [], socketGroup: undefined, tls: undefined, limits: scriptedLimits };
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
  const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count));
  const access = await openAccess({ home, config, clock, random });
  token = (await readFile(join(home, 'token'), 'utf8')).trim();
  fixture = await openFixture({ hosts: ['aria.example.com'], origins: ['https://console.example.com'] }, { access });
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

interface Wire {
  readonly line?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const call = 'POST /v1/tools/echo/calls HTTP/1.1';

/** Status and code of the answer to bytes on the wire; the right token is sent, as if a page had it, where the headers say no other. */
async function wire({ line = call, headers = {}, body = '{"input":1}' }: Wire): Promise<string> {
  const all = {
    host: `localhost:${fixture.port}`,
    authorization: `Bearer ${token}`,
    ...(line.startsWith('POST') && { 'content-type': 'application/json', 'content-length': String(body.length) }),
    connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== '');
  const head = [line, ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n');
  const answer = await fixture.raw(`${head}\r\n\r\n${line.startsWith('POST') ? body : ''}`);
  const status = answer.slice(9, 12);
  return `${status} ${/"code":"([A-Z_]+)"/.exec(answer)?.[1] ?? ''}`.trim();
}

test('the same bytes with the token, from no page, call the tool', async () => {
  expect(await wire({})).toBe('200');
  expect(await wire({ headers: { 'sec-fetch-site': 'same-origin', origin: `http://localhost:${fixture.port}` } })).toBe(
    '200',
  );
});

const attacks: readonly (readonly [string, Wire, string])[] = [
  [
    'a form, without a preflight',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    '400 REQUEST_INVALID',
  ],
  ['a multipart form', { headers: { 'content-type': 'multipart/form-data; boundary=x' } }, '400 REQUEST_INVALID'],
  ['plain text that is JSON', { headers: { 'content-type': 'text/plain' } }, '400 REQUEST_INVALID'],
  ['no content type', { headers: { 'content-type': '' } }, '400 REQUEST_INVALID'],
  ['a list of content types', { headers: { 'content-type': 'text/plain, application/json' } }, '400 REQUEST_INVALID'],
  ['the page of a stranger', { headers: { origin: 'https://evil.example' } }, '403 ORIGIN_REFUSED'],
  ['a page in a sandbox', { headers: { origin: 'null' } }, '403 ORIGIN_REFUSED'],
  ['a page of another port of localhost', { headers: { origin: 'http://localhost:3000' } }, '403 ORIGIN_REFUSED'],
  [
    'a page of our name by another scheme',
    { headers: { origin: 'https://localhost.evil.example' } },
    '403 ORIGIN_REFUSED',
  ],
  [
    'a page that follows a link here',
    { line: 'GET /v1/status HTTP/1.1', headers: { 'sec-fetch-site': 'cross-site' } },
    '403 ORIGIN_REFUSED',
  ],
  [
    'an image of a page of another port',
    { line: 'GET /v1/status HTTP/1.1', headers: { 'sec-fetch-site': 'same-site' } },
    '403 ORIGIN_REFUSED',
  ],
  ['a name that was pointed here (DNS rebinding)', { headers: { host: 'evil.example:7601' } }, '421 ORIGIN_REFUSED'],
  [
    'rebinding with our port and our own origin',
    { headers: { host: 'evil.example', origin: 'http://evil.example' } },
    '421 ORIGIN_REFUSED',
  ],
  ['localhost with another port', { headers: { host: 'localhost:1' } }, '421 ORIGIN_REFUSED'],
  ['a name that begins as ours', { headers: { host: 'localhost.evil.example' } }, '421 ORIGIN_REFUSED'],
  ['no token', { headers: { authorization: '' } }, '401 UNAUTHENTICATED'],
  ['a token in another scheme', { headers: { authorization: `Basic ${'x'.repeat(43)}` } }, '401 UNAUTHENTICATED'],
  ['a wrong token', { headers: { authorization: `Bearer ${'x'.repeat(43)}` } }, '401 UNAUTHENTICATED'],
  [
    'a token in the address',
    { line: 'POST /v1/tools/echo/calls?token=TOKEN HTTP/1.1', headers: { authorization: '' } },
    '401 UNAUTHENTICATED',
  ],
  [
    'a token in a cookie',
    { headers: { authorization: '', cookie: 'token=TOKEN; authorization=TOKEN' } },
    '401 UNAUTHENTICATED',
  ],
  [
    'the method in a header',
    { line: 'GET /v1/tools/echo/calls HTTP/1.1', headers: { 'x-http-method-override': 'POST' } },
    '405 NOT_FOUND',
  ],
  [
    'another name in the request line',
    { line: 'POST http://evil.example/v1/tools/echo/calls HTTP/1.1' },
    '400 REQUEST_INVALID',
  ],
  [
    'a preflight of a stranger',
    {
      line: 'OPTIONS /v1/tools/echo/calls HTTP/1.1',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    },
    '403 ORIGIN_REFUSED',
  ],
];

test.for(attacks)('%s calls no tool', async ([, bytes, expected]) => {
  const before = fixture.service.seen.length;
  const fill = (text: string): string => text.replaceAll('TOKEN', token);
  const headers = Object.fromEntries(Object.entries(bytes.headers ?? {}).map(([name, value]) => [name, fill(value)]));
  expect(await wire({ ...bytes, ...(bytes.line !== undefined && { line: fill(bytes.line) }), headers })).toBe(expected);
  expect(fixture.service.seen).toHaveLength(before);
});

test('a host or a token that stands twice is refused, so that no proxy in front can take the other one', async () => {
  const text = (extra: string): string =>
    `GET /v1/status HTTP/1.1\r\nhost: localhost:${fixture.port}\r\nauthorization: Bearer ${token}\r\n${extra}\r\nconnection: close\r\n\r\n`;
  expect(await fixture.raw(text('authorization: Bearer other'))).toMatch(/^HTTP\/1\.1 400/);
  expect(await fixture.raw(text('host: evil.example'))).toMatch(/^HTTP\/1\.1 400/);
  expect(await fixture.raw(text('x-one: 1'))).toMatch(/^HTTP\/1\.1 200/);
});

const upgrade = (headers: Readonly<Record<string, string>>): Wire => ({
  line: 'GET /v1/ws HTTP/1.1',
  headers: {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-protocol': 'aria.v1',
    ...headers,
  },
});

test.for([
  ['a foreign page', { origin: 'https://evil.example', authorization: '' }, '403 ORIGIN_REFUSED'],
  ['a page of another port of localhost', { origin: 'http://localhost:3000', authorization: '' }, '403 ORIGIN_REFUSED'],
  ['a rebound name', { host: 'evil.example', origin: 'http://evil.example', authorization: '' }, '421 ORIGIN_REFUSED'],
  ['a wrong token in the header', { authorization: 'Bearer wrong' }, '401 UNAUTHENTICATED'],
  ['another subprotocol', { 'sec-websocket-protocol': 'chat' }, '400 REQUEST_INVALID'],
  ['an upgrade without a key', { 'sec-websocket-key': '' }, '400 REQUEST_INVALID'],
] as const)('a WebSocket with %s is refused before it opens', async ([, headers, expected]) => {
  expect(await wire(upgrade(headers))).toBe(expected);
});

test('a page of our own origin that opens a WebSocket gets nothing before it shows the token', async () => {
  const page = { origin: `http://127.0.0.1:${fixture.port}`, host: `127.0.0.1:${fixture.port}` };
  const first = await fixture.socket({ token: undefined, headers: page });
  first.send({ id: 1, method: 'callTool', params: { tool: 'echo', input: 1 } });
  expect(await first.next()).toMatchObject({ id: 1, error: { data: { code: 'UNAUTHENTICATED' } } });
  expect(await first.closed).toMatchObject({ code: 4001, reason: expect.stringMatching(/^UNAUTHENTICATED /) });
  const wrong = await fixture.socket({ token: undefined, headers: page });
  wrong.send({ id: 1, method: 'authenticate', params: { token: 'wrong' } });
  expect(await wrong.next()).toMatchObject({ error: { data: { code: 'UNAUTHENTICATED' } } });
  expect(await wrong.closed).toMatchObject({ code: 4001 });
  const right = await fixture.socket({ token: undefined, headers: page });
  right.send({ id: 1, method: 'authenticate', params: { token } });
  expect(await right.next()).toMatchObject({ id: 1, result: { name: 'admin', role: 'admin' } });
  right.send({ id: 2, method: 'callTool', params: { tool: 'echo', input: 1 } });
  expect(await right.next()).toMatchObject({ id: 2, result: { kind: 'done', output: 1 } });
});

test('only an origin of the configuration may read answers, and no answer may be kept or shown', async () => {
  const headers = { authorization: `Bearer ${token}` };
  const own = await fetch(`http://127.0.0.1:${fixture.port}/v1/status`, { headers });
  expect(own.headers.get('access-control-allow-origin')).toBeNull();
  expect(Object.fromEntries(own.headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    vary: 'origin',
  });
  const origin = 'https://console.example.com';
  const allowed = await fetch(`http://127.0.0.1:${fixture.port}/v1/status`, { headers: { ...headers, origin } });
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
  expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
  const preflight = await fetch(`http://127.0.0.1:${fixture.port}/v1/tools/echo/calls`, {
    method: 'OPTIONS',
    headers: { origin },
  });
  expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
    204,
    expect.stringContaining('authorization'),
  ]);
  const foreign = await fetch(`http://127.0.0.1:${fixture.port}/v1/status`, {
    headers: { ...headers, origin: 'https://evil.example' },
  });
  expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null]);
});

test('a name of the configuration is answered with and without its port', async () => {
  for (const host of ['aria.example.com', `ARIA.example.com:${fixture.port}`])
    expect(await wire({ headers: { host } })).toBe('200');
  expect(await wire({ headers: { host: 'aria.example.com:1' } })).toBe('421 ORIGIN_REFUSED');
});

test('probes need neither token nor name, and say nothing but whether', async () => {
  const answer = await fixture.raw('GET /readyz HTTP/1.1\r\nhost: 10.0.0.7:7601\r\nconnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200/);
  expect(answer).toMatch(/\{"ready":true,"phase":"ready"\}\n$/);
  expect(await wire({ line: 'GET /healthz HTTP/1.1', headers: { authorization: '' } })).toBe('200');
  expect(await wire({ line: 'POST /healthz HTTP/1.1', headers: { authorization: '' } })).toBe('401 UNAUTHENTICATED');
});

test('a token that was minted over HTTP works until it is revoked, also on a connection that is open', async () => {
  const url = `http://127.0.0.1:${fixture.port}/v1/tokens`;
  const headers = { authorization: `Bearer ${token}` };
  const wanted = { name: 'console', role: 'operator', ttlMs: 60_000 };
  const minted = (await (await fetch(url, { ...post(wanted, headers) })).json()) as { readonly token: string };
  const other = { authorization: `Bearer ${minted.token}` };
  expect((await fetch(url, { ...post(wanted, other) })).status).toBe(403);
  const socket = await fixture.socket({ token: minted.token });
  socket.send({ id: 1, method: 'callTool', params: { tool: 'echo', input: 1 } });
  expect(await socket.next()).toMatchObject({ result: { output: 1 } });
  expect(fixture.service.seen.at(-1)?.principal).toEqual({ name: 'minted:console', role: 'operator' });
  expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200);
  socket.send({ id: 2, method: 'callTool', params: { tool: 'echo', input: 1 } });
  expect(await socket.next()).toMatchObject({ id: 2, error: { data: { code: 'UNAUTHENTICATED' } } });
  expect(await socket.closed).toMatchObject({ code: 4001 });
});

test('a flood of wrong tokens is slowed down while the right one passes, and no answer holds a token', async () => {
  const answers: string[] = [];
  for (let index = 0; index < 40; index += 1) {
    const response = await fetch(`http://127.0.0.1:${fixture.port}/v1/status`, {
      headers: { authorization: `Bearer wrong-${index}` },
    });
    answers.push(`${response.status} ${await response.text()}`);
  }
  expect(answers.at(-1)).toMatch(/^429 .*"RATE_LIMITED".*"retryAfterMs"/);
  expect(answers.join('')).not.toMatch(/wrong-\d/);
  expect(answers.join('')).not.toContain(token);
  const response = await fetch(`http://127.0.0.1:${fixture.port}/v1/status`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
});
