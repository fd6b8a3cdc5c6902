/**
 * Bytes that no client of ours sends, to the ports of the real process: coded errors, no crash, nothing in its log that is a fault of its own, memory that does
 * not grow, and at the end an exit with 0. The gateways' own fuzz tests look closer; here everything behind them is real.
 */
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { webSocketPath, webSocketProtocol } from '#wit/api';
import { Random, fuzzCases, fuzzSeed, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { definition, methodOf } from '../grpc/gateway-under-test.ts';
import { addTool, countTool, echoTool, failTool, signedBundle } from '../host/signed-bundle.ts';
import { connectTo, endOf, frame, grpcHeaders, openSession } from './raw-clients.ts';
import { type RunningHost, runHost } from './running-host.ts';

/** Of each test, in the gate too: they take a few seconds. */
const cases = Math.min(10_000, fuzzCases());
const seed = fuzzSeed();
/** Cases under way at the same time. */
const lanes = 16;
/** Longest that a case listens to a host that has nothing to say, in milliseconds: streams have no end. */
const listenMs = 50;
/** What the host may grow by. */
const growthMiBMax = 250;

let host: RunningHost;
let rssBefore = 0;
beforeAll(async () => {
  const limits = { ARIA_LIMITS_MESSAGE_BYTES_MAX: '1 MiB', ARIA_LIMITS_REQUESTS_PER_SECOND: '100000' };
  host = await runHost({
    tools: [addTool, echoTool, countTool, failTool],
    environment: { ...limits, ARIA_LIMITS_REQUESTS_BURST: '1000000' },
  });
  // What is rolled back and removed meanwhile.
  for (const [index, version] of ['1.0.0', '2.0.0'].entries()) {
    const sample = { name: 'victim', version, sequence: index + 1, tools: [echoTool] };
    await host.api.upload((await signedBundle(host.key, sample)).content);
  }
  rssBefore = host.rssMiB();
});
afterAll(() => host[Symbol.asyncDispose]());

/** Runs the cases; the first that fails names the seed that repeats it. */
async function runCases(run: (random: Random, index: number, lane: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (lane: number): Promise<void> => {
    for (let index = next++; index < cases; index = next++) {
      await run(new Random(seed, index), index, lane).catch((cause: unknown) => {
        throw new Error(`Case ${index} failed; repeat with ARIA_FUZZ_SEED=${seed}: ${String(cause)}`, { cause });
      });
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
}

/** It answers, has told of no fault of its own, and holds no more than before. */
async function stillFine(): Promise<void> {
  const call = await host.api.callTool({ tool: 'samples/add', input: { a: 1, b: 2 } });
  expect(call).toMatchObject({ output: { sum: 3 } });
  expect(host.output.stderr).not.toMatch(/nhandled|fault of the host|a request failed|\bat .*\.[tj]s:\d+/);
  expect(host.output.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([]);
  expect(host.rssMiB() - rssBefore).toBeLessThan(growthMiBMax);
}

/** Sends bytes in two pieces; gives what comes until the host ends it, or has nothing more to say. */
async function talk(port: number, bytes: Uint8Array, at: number): Promise<string> {
  const socket = await connectTo(port);
  const parts: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  socket.on('data', (part: Buffer) => parts.push(part)).on('close', () => ended.resolve());
  const timer = setTimeout(() => ended.resolve(), listenMs);
  socket.resume().write(bytes.subarray(0, at));
  socket.end(bytes.subarray(at));
  await ended.promise;
  clearTimeout(timer);
  socket.destroy();
  return Buffer.concat(parts).toString('latin1');
}

function requests(): readonly string[] {
  const head = `host: localhost:${host.ports.web}\r\nauthorization: Bearer ${host.token}\r\n`;
  const json = (body: string): string =>
    `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const bundle = `aria-bundle-size: 9\r\naria-bundle-hash: ${'ab'.repeat(32)}\r\n`;
  return [
    `GET /v1/status HTTP/1.1\r\n${head}\r\n`,
    `GET /v1/components?text=add&pageSize=2&kind=tool HTTP/1.1\r\n${head}\r\n`,
    `GET /v1/components/samples/add HTTP/1.1\r\n${head}\r\n`,
    `POST /v1/tools/samples/echo/calls HTTP/1.1\r\n${json('{"input":{"a":[1,"x",{"$base64":"AAE="}]},"timeoutMs":500}')}`,
    `POST /v1/tools/add/calls HTTP/1.1\r\nidempotency-key: fuzz\r\n${json('{"input":{"a":1,"b":2}}')}`,
    `POST /v1/bundles/victim/rollback HTTP/1.1\r\n${json('{"version":"1.0.0"}')}`,
    `DELETE /v1/bundles/victim/versions/1.0.0 HTTP/1.1\r\n${head}\r\n`,
    `POST /v1/upgrades/upgrade-1/approve HTTP/1.1\r\n${json('{}')}`,
    `POST /v1/tokens HTTP/1.1\r\n${json('{"name":"fuzz","role":"viewer","ttlMs":1000}')}`,
    `PUT /v1/bundles HTTP/1.1\r\n${head}content-type: application/octet-stream\r\n${bundle}content-length: 9\r\n\r\n123456789`,
    `GET /v1/logs?tail=3&follow=false&level=info HTTP/1.1\r\n${head}\r\n`,
    `GET /v1/events?after=x:1&kinds=host.ready HTTP/1.1\r\n${head}\r\n`,
    `GET /v1/ws HTTP/1.1\r\n${head}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: aria.v1\r\n\r\n`,
  ];
}

test('raw bytes to each of the three ports', { timeout: fuzzTimeoutMs }, async () => {
  const { grpc, web, metrics } = host.ports;
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  await runCases(async (random) => {
    const bytes = random.pick([
      () => random.bytes(random.below(400)),
      () => Buffer.concat([preface, random.bytes(random.below(400))]),
      () => mutate(random, Buffer.from(`GET /metrics HTTP/1.1\r\nhost: localhost:${metrics}\r\n\r\n`)),
      () => Buffer.concat([Buffer.from('GET '), random.bytes(random.below(100))]),
    ])();
    await talk(random.pick([grpc, web, metrics]), bytes, random.below(bytes.length + 1));
  });
  await stillFine();
  expect(await host.metric('aria_calls_in_flight')).toBe(0);
});

test('changed requests of HTTP are answered with a status and a code', { timeout: fuzzTimeoutMs }, async () => {
  const originals = requests();
  const statuses = new Map<string, number>();
  await runCases(async (random) => {
    const original = Buffer.from(random.pick(originals));
    const bytes = random.oneIn(5) ? original : mutate(random, original);
    const answer = await talk(host.ports.web, bytes, random.below(bytes.length + 1));
    if (answer === '') return;
    expect(answer).toMatch(/^HTTP\/1\.1 [1-5]\d\d /);
    const status = answer.slice(9, 12);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (Number(status) >= 400) expect(answer).toMatch(/"code":"[A-Z_]+"/);
    expect(answer).not.toContain('"INTERNAL"');
  });
  await stillFine();
  for (const status of ['200', '400', '401', '404']) expect(statuses.get(status)).toBeGreaterThan(0);
});

const messages: readonly object[] = [
  { method: 'status', params: {} },
  { method: 'listComponents', params: { text: 'add', pageSize: 1 } },
  { method: 'getComponent', params: { name: 'samples/add' } },
  { method: 'callTool', params: { tool: 'echo', input: { $literal: { $base64: 1 } }, progress: true } },
  { method: 'callTool', params: { tool: 'count', input: {}, options: { idempotencyKey: 'k', timeoutMs: 900 } } },
  { method: 'events', params: { after: { epoch: 'x', sequence: 4 }, kinds: ['host.ready'] } },
  { method: 'logs', params: { tail: 3, level: 'info', follow: true } },
  { method: 'unsubscribe', params: { subscription: 1 } },
  { method: 'upload', params: { name: 'x', size: 3, hash: 'cd'.repeat(32) } },
  { method: 'uploadChunk', params: { id: 1, read: 1, offset: 0, bytes: { $base64: 'AAEC' } } },
  { method: 'rollback', params: { name: 'victim' } },
  { method: 'removeVersion', params: { name: 'victim', version: '1.0.0' } },
  { method: 'approve', params: { id: 'upgrade-1' } },
  { method: 'cancel', params: { id: 1 } },
  { method: 'mintToken', params: { name: 'a', role: 'viewer', ttlMs: 5 } },
];

/** A WebSocket that is in. */
async function openWebSocket(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${host.ports.web}${webSocketPath}`, webSocketProtocol, {
    headers: { authorization: `Bearer ${host.token}` },
  });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

test('changed messages and frames of WebSockets', { timeout: fuzzTimeoutMs }, async () => {
  const sockets: (WebSocket | undefined)[] = [];
  const codes = new Map<string, number>();
  await runCases(async (random, index, lane) => {
    let socket = sockets[lane];
    if (socket === undefined || socket.readyState !== WebSocket.OPEN) {
      socket = await openWebSocket();
      socket.on('message', (data) => {
        const code = /"code":"([A-Z_]+)"/.exec(String(data))?.[1] ?? 'fine';
        codes.set(code, (codes.get(code) ?? 0) + 1);
      });
      sockets[lane] = socket;
    }
    const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: index, ...random.pick(messages) }));
    const changed = random.oneIn(4) ? text : mutate(random, text);
    if (random.oneIn(10)) {
      // Below the protocol: a frame that ws would not send.
      const raw = (socket as unknown as { readonly _socket: { write(bytes: Uint8Array): void } })._socket;
      raw.write(mutate(random, Buffer.concat([Buffer.from([0x81, 0x80 | 5, 1, 2, 3, 4]), random.bytes(5)])));
    } else socket.send(changed, { binary: random.oneIn(20) });
    await new Promise((resolve) => setTimeout(resolve, random.below(3)));
  });
  for (const socket of sockets) socket?.terminate();
  await stillFine();
  expect(codes.get('INTERNAL')).toBeUndefined();
  for (const code of ['fine', 'REQUEST_INVALID', 'BUNDLE_NOT_FOUND']) expect(codes.get(code)).toBeGreaterThan(0);
});

/** A message of each method that has any to say. */
const contents: Readonly<Record<string, object>> = {
  'aria.v1.ToolService/ListComponents': { kind: 'tool', text: 'x', pageSize: 3 },
  'aria.v1.ToolService/GetComponent': { name: 'samples/echo', kind: 'tool' },
  'aria.v1.ToolService/CallTool': { tool: 'echo', input: { json: '{"a":{"$blob":0}}', blobs: [Buffer.from('b')] } },
  'aria.v1.ToolService/CallToolStreaming': { tool: 'count', input: { json: '{}' }, timeoutMs: 500 },
  'aria.v1.BundleService/UploadBundle': {
    metadata: { name: 'a', totalSizeBytes: 3, hash: 'ef'.repeat(32), signature: 's', offset: 0 },
  },
  'aria.v1.BundleService/RollbackBundle': { name: 'victim', version: '1.0.0' },
  'aria.v1.BundleService/RemoveBundleVersion': { name: 'victim', version: '1.0.0' },
  'aria.v1.BundleService/ApproveUpgrade': { id: 'upgrade-1' },
  'aria.v1.HostService/StreamEvents': { after: { epoch: 'e', sequence: 1 }, kinds: ['host.ready'] },
  'aria.v1.HostService/StreamLogs': { tail: 3, level: 'info' },
  'grpc.health.v1.Health/Check': { service: 'aria.v1.ToolService' },
};

/** Every method of every service that is there. */
const methods = Object.entries(definition).flatMap(([service, methodsOfIt]) =>
  'format' in methodsOfIt ? [] : Object.keys(methodsOfIt).map((method) => `${service}/${method}`),
);

test(`changed messages of all ${methods.length} methods of gRPC`, { timeout: fuzzTimeoutMs }, async () => {
  const sessions: (ClientHttp2Session | undefined)[] = [];
  const codes = new Map<string, number>();
  await runCases(async (random, index, lane) => {
    let session = sessions[lane];
    if (session === undefined || session.closed || session.destroyed)
      session = sessions[lane] = await openSession(host.ports.grpc);
    const method = methods[index % methods.length] ?? '';
    const bytes = methodOf(method).requestSerialize(contents[method] ?? {});
    const body = random.pick([
      () => frame(mutate(random, bytes)),
      () => frame(random.bytes(random.below(80))),
      () => mutate(random, frame(bytes)),
      () => Buffer.concat([frame(bytes), frame(mutate(random, bytes))]),
      () => frame(bytes),
    ])();
    const stream = session.request({ ...grpcHeaders(method, host.token), 'grpc-timeout': '2S' });
    const { requestStream, responseStream } = methodOf(method);
    // Some of those have no end; all others answer.
    const timer = setTimeout(() => responseStream && !requestStream && stream.close(), listenMs);
    const end = endOf(stream);
    stream.end(body);
    const { code, message } = await end;
    clearTimeout(timer);
    if (code === 'INTERNAL') throw new Error(`${method}: ${message}`);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  });
  for (const session of sessions) session?.destroy();
  await stillFine();
  for (const code of ['REQUEST_INVALID', 'UNAVAILABLE', 'status 0']) expect(codes.get(code)).toBeGreaterThan(0);
});

test('after all that the host stops as it should', async () => {
  expect(await host.metric('aria_calls_in_flight')).toBe(0);
  expect(await host.end('SIGTERM')).toBe(0);
  expect(host.output.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([]);
});
