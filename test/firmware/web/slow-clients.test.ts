/** Clients that connect and do not read, or do not write, and the others, who must not notice. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { sampleEvent, scriptedLimits } from '../scripted-service.ts';
import { codeOf, connectTo, openFixture, post, until } from './web-fixture.ts';

/** So many in the gate; the long run takes more. */
const crowd = process.env['ARIA_SOAK_CALLS'] === undefined ? 300 : 1000;
const limits = { ...scriptedLimits, connectionsMax: crowd };

test(`${crowd} clients that connect and say nothing keep nobody out`, async () => {
  await using fixture = await openFixture({}, { limits });
  const silent: Socket[] = [];
  for (let index = 0; index < crowd + 50; index += 1) silent.push(await connectTo(fixture.port));
  expect((await fixture.ask('/v1/status')).status).toBe(200);
  const socket = await fixture.socket();
  socket.send({ id: 1, method: 'status' });
  expect(await socket.next()).toMatchObject({ id: 1 });
  expect(fixture.gateway.load.connections).toBeLessThanOrEqual(crowd);
  for (const one of silent) one.destroy();
});

test('clients that were let in are never let go for others: the next is told that there is no room', async () => {
  await using fixture = await openFixture({}, { limits: { ...limits, connectionsMax: 3 } });
  const inside = [await fixture.socket(), await fixture.socket(), await fixture.socket()];
  expect(await codeOf(await fixture.ask('/v1/status'))).toBe('503 CONNECTIONS_EXCEEDED');
  inside[0]?.socket.terminate();
  await until(() => fixture.gateway.load.connections === 2);
  expect((await fixture.ask('/v1/status')).status).toBe(200);
});

test('a client that sends its headers byte by byte is ended in time', async () => {
  await using fixture = await openFixture({ limits: { headersMs: 100 } });
  const socket = await connectTo(fixture.port);
  let [answer, ended] = ['', false];
  socket.on('data', (part: Buffer) => (answer += part.toString())).on('close', () => (ended = true));
  for (const byte of 'GET /v1/status HTTP/1.1\r\n' + 'x-slow: 1\r\n'.repeat(1000)) {
    if (ended) break;
    socket.write(byte);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(answer).toMatch(/^HTTP\/1\.1 408/);
  expect(answer).toContain('"DEADLINE_EXCEEDED"');
});

test('headers beyond the maximum are refused with a code', async () => {
  await using fixture = await openFixture();
  const answer = await fixture.raw(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431/);
  expect(answer).toContain('"MESSAGE_TOO_LARGE"');
});

test('a stream that nobody reads waits in the service with a bounded rest here, and is cut off in time', async () => {
  await using fixture = await openFixture({ limits: { tickMs: 5, stalledMs: 100 } });
  fixture.service.answers.events = (function* () {
    for (let sequence = 1; ; sequence += 1) {
      fixture.service.eventsTaken = sequence;
      yield { ...sampleEvent, sequence, data: { padding: 'x'.repeat(10_000) } };
    }
  })();
  const socket = await connectTo(fixture.port);
  socket.write(`GET /v1/events HTTP/1.1\r\nhost: localhost:${fixture.port}\r\nauthorization: Bearer viewer\r\n\r\n`);
  socket.pause();
  await until(() => fixture.telemetry.requests.length === 1);
  expect(fixture.telemetry.requests[0]?.code).toBe('OK');
  expect(fixture.service.streamsOpen).toBe(0);
  // What the kernel's buffers hold on both sides, and no more.
  expect(fixture.service.eventsTaken).toBeLessThan(2000);
  socket.destroy();
});

test('a WebSocket that nobody reads waits in the service, and is closed with a reason', async () => {
  await using fixture = await openFixture({ limits: { tickMs: 5, stalledMs: 100 } });
  fixture.service.answers.events = (function* () {
    for (let sequence = 1; ; sequence += 1) {
      fixture.service.eventsTaken = sequence;
      yield { ...sampleEvent, sequence, data: { padding: 'x'.repeat(10_000) } };
    }
  })();
  const slow = await fixture.socket();
  slow.send({ id: 1, method: 'events' });
  await slow.next();
  slow.socket.pause();
  await until(() => fixture.gateway.load.webSockets === 0);
  expect(fixture.service.eventsTaken).toBeLessThan(2000);
  expect(fixture.gateway.load.outgoingBytes).toBe(0);
  slow.socket.resume();
  expect(await slow.closed).toMatchObject({ code: 4003, reason: expect.stringMatching(/^SLOW_READER /) });
});

test('a subscriber that reads slowly gets everything, however much it is', async () => {
  const count = 2000;
  await using fixture = await openFixture({}, { limits: { ...scriptedLimits, messageBytesMax: 256 * 1024 } });
  fixture.service.answers.events = Array.from({ length: count }, (_none, index) => ({
    ...sampleEvent,
    sequence: index + 1,
    data: { padding: 'x'.repeat(10_000) },
  }));
  await using client = fixture.client();
  let expected = 1;
  for await (const { sequence } of client.events()) {
    expect(sequence).toBe(expected);
    if (sequence % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expected += 1;
  }
  expect(expected).toBe(count + 1);
});

test('answers that nobody reads have a maximum for each client and for all, and others go on', async () => {
  const messageBytesMax = 1024 * 1024;
  const options = { limits: { tickMs: 5 } };
  await using fixture = await openFixture(options, { limits: { ...scriptedLimits, messageBytesMax } });
  const hoarders = await Promise.all(Array.from({ length: 8 }, () => fixture.socket()));
  for (const hoarder of hoarders) {
    hoarder.socket.pause();
    for (let id = 1; id <= 40; id += 1)
      hoarder.send({ id, method: 'callTool', params: { tool: 'large', input: { bytes: 300_000 } } });
  }
  await until(() => fixture.gateway.load.webSockets < 8);
  expect(fixture.gateway.load.outgoingBytes).toBeLessThanOrEqual(4 * messageBytesMax);
  const reader = await fixture.socket();
  reader.send({ id: 1, method: 'callTool', params: { tool: 'large', input: { bytes: 300_000 } } });
  expect(await reader.next()).toMatchObject({ id: 1, result: { kind: 'done' } });
});

test('messages that arrive in part have a maximum for all clients together', async () => {
  const messageBytesMax = 512 * 1024;
  await using fixture = await openFixture({}, { limits: { ...scriptedLimits, messageBytesMax } });
  const part = 'x'.repeat(400 * 1024);
  const senders = await Promise.all(Array.from({ length: 8 }, () => fixture.socket()));
  for (const { socket } of senders) socket.send(part, { fin: false });
  const ends = await Promise.race(senders.map(({ closed }) => closed));
  expect(ends).toMatchObject({ code: 1013, reason: expect.stringMatching(/^OVERLOADED /) });
  await until(() => fixture.gateway.load.incomingBytes <= 4 * messageBytesMax);
  const other = await fixture.socket();
  other.send({ id: 1, method: 'status' });
  expect(await other.next()).toMatchObject({ id: 1 });
});

test('bodies that arrive in part have a maximum for all clients together', async () => {
  const messageBytesMax = 100_000;
  await using fixture = await openFixture({}, { limits: { ...scriptedLimits, messageBytesMax } });
  const head = `POST /v1/tools/echo/calls HTTP/1.1\r\nhost: localhost:${fixture.port}\r\nauthorization: Bearer operator\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n`;
  const sockets: Socket[] = [];
  for (let index = 0; index < 6; index += 1) {
    const socket = await connectTo(fixture.port);
    socket.write(head + 'x'.repeat(90_000));
    sockets.push(socket);
  }
  await until(() => fixture.telemetry.requests.some(({ code }) => code === 'OVERLOADED'));
  expect(fixture.gateway.load.incomingBytes).toBeLessThanOrEqual(4 * messageBytesMax);
  for (const socket of sockets) socket.destroy();
  await until(() => fixture.gateway.load.incomingBytes === 0);
});

test('requests of one connection that are sent without waiting for answers have a maximum', async () => {
  await using fixture = await openFixture({ limits: { connectionRequests: 4 } });
  const socket = await connectTo(fixture.port);
  const body = '{"input":null}';
  const request = `POST /v1/tools/slow/calls HTTP/1.1\r\nhost: localhost:${fixture.port}\r\nauthorization: Bearer operator\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  socket.write(request.repeat(20));
  await until(() => fixture.telemetry.requests.length === 16);
  expect(fixture.telemetry.requests.every(({ code }) => code === 'OVERLOADED')).toBe(true);
  expect(fixture.service.slowSignals).toHaveLength(4);
  expect(
    (await fixture.ask('/v1/tools/echo/calls', post({ input: 1 }, { authorization: 'Bearer operator' }))).status,
  ).toBe(200);
  socket.destroy();
  await until(() => fixture.service.slowSignals.every((signal) => signal?.aborted === true));
});

test('answers that nobody takes are held up to a maximum; beyond it who holds the most is cut off, and others go on', async () => {
  await using fixture = await openFixture({}, { limits: { ...scriptedLimits, messageBytesMax: 8 * 1024 * 1024 } });
  const body = JSON.stringify({ input: 'x'.repeat(7 * 1024 * 1024) });
  const head = [
    'POST /v1/tools/echo/calls HTTP/1.1',
    `host: localhost:${fixture.port}`,
    'authorization: Bearer operator',
    'content-type: application/json',
    `content-length: ${body.length}`,
  ].join('\r\n');
  let closed = 0;
  const stalled: Socket[] = [];
  for (let index = 0; index < 8; index += 1) {
    const socket = await connectTo(fixture.port);
    socket.on('error', () => undefined).on('close', () => (closed += 1));
    socket.write(`${head}\r\n\r\n${body}`);
    socket.pause();
    stalled.push(socket);
  }
  await until(() => fixture.gateway.load.outgoingBytes > 0 && fixture.telemetry.requests.length >= 8);
  expect(fixture.gateway.load.outgoingBytes).toBeLessThanOrEqual(4 * 8 * 1024 * 1024);
  expect((await fixture.ask('/v1/status')).status).toBe(200);
  for (const socket of stalled) socket.destroy();
  await until(() => fixture.gateway.load.outgoingBytes === 0);
});
