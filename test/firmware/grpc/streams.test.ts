import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { expect, test, vi } from 'vitest';
import { type CallProgress, connectGrpc } from '#wit/api';
import { CodedError } from '#wit/errors';
import {
  allOf,
  failureOf,
  methodOf,
  openUnderTest,
  plainCall,
  plainClient,
  plainStream,
  until,
} from './gateway-under-test.ts';
import { scriptedLimits } from '../scripted-service.ts';
import { framed, openStalled } from './stalled-client.ts';

/** A request of such a client. */
function askedStalled(address: string, name: string, message: object): ReturnType<typeof openStalled> {
  const stalled = openStalled(address, name);
  stalled.send(message);
  stalled.stream.end();
  return stalled;
}

test('a source of events is asked for no more than the reader and the buffers take', async () => {
  await using subject = await openUnderTest();
  subject.service.eventCount = 100_000;
  using _stalled = askedStalled(subject.gateway.address, 'aria.v1.HostService/StreamEvents', {});
  await until(() => subject.service.eventsTaken > 0);
  let before = -1;
  while (before !== subject.service.eventsTaken) {
    before = subject.service.eventsTaken;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(before).toBeLessThan(2000);
});

test('a reader that takes nothing is cut off, its stream is reset, and others go on', async () => {
  await using subject = await openUnderTest({ times: { slowReaderMs: 50, resetMs: 20 } });
  subject.service.eventCount = 100_000;
  using stalled = askedStalled(subject.gateway.address, 'aria.v1.HostService/StreamEvents', {});
  await new Promise<void>((resolve) => stalled.stream.once('close', () => resolve()));
  expect(stalled.stream.rstCode).toBe(11);
  expect(subject.service.streamsOpen).toBe(0);
  expect(subject.telemetry.requests).toMatchObject([{ method: 'HostService/StreamEvents', code: 'SLOW_READER' }]);
  expect(await subject.client.status()).toMatchObject({ state: 'ready' });
});

test('a reader that comes back in time hears why it was cut off', async () => {
  await using subject = await openUnderTest({ times: { slowReaderMs: 50, resetMs: 60_000 } });
  subject.service.eventCount = 100_000;
  using stalled = askedStalled(subject.gateway.address, 'aria.v1.HostService/StreamEvents', {});
  await until(() => subject.telemetry.requests.length === 1);
  const trailers = new Promise((resolve) => stalled.stream.once('trailers', resolve));
  let received = 0;
  stalled.stream.on('data', (chunk: Buffer) => (received += chunk.length)).resume();
  expect(await trailers).toMatchObject({
    'grpc-status': String(grpc.status.RESOURCE_EXHAUSTED),
    'grpc-message': encodeURI('Cannot send more: the client has read nothing for 50 ms'),
  });
  expect(received).toBeGreaterThan(1024);
});

test('a source that falls behind ends the stream with SLOW_READER, which the client can match', async () => {
  await using subject = await openUnderTest();
  subject.service.answers.events = new CodedError('SLOW_READER', {
    message: 'Cannot send more: 100 events wait',
    details: { sequence: 4 },
  });
  const { wire } = await failureOf(allOf(subject.client.events()));
  expect(wire).toMatchObject({ code: 'SLOW_READER', details: { sequence: 4 }, retryable: true });
});

test('headers come when the subscription stands, before the first event', async () => {
  await using subject = await openUnderTest();
  subject.service.eventCount = 0;
  const client = plainClient(subject.address);
  const stream = plainStream(client, 'aria.v1.HostService/StreamEvents', {});
  stream.on('error', () => {});
  await new Promise<void>((resolve) => stream.once('metadata', () => resolve()));
  expect(subject.service.streamsOpen).toBe(1);
  stream.cancel();
  client.close();
});

test('a tool does not wait for a reader of its progress: what is beyond the buffer is left out, the result is not', async () => {
  await using subject = await openUnderTest();
  const heard: CallProgress[] = [];
  const count = 20_000;
  const call = subject.client.callTool(
    { tool: 'progress', input: { count, padding: 'x'.repeat(500) } },
    { progress: (piece) => heard.push(piece) },
  );
  expect(await call).toMatchObject({ kind: 'done', logs: [{ message: 'looked' }, {}] });
  expect(heard.length).toBe(1024);
  expect(heard[0]).toMatchObject({ kind: 'started' });
});

test('a message of the maximum is taken, one byte more is refused, and the client hears MESSAGE_TOO_LARGE', async () => {
  await using subject = await openUnderTest({
    setting: { limits: { ...(await import('../scripted-service.ts')).scriptedLimits, messageBytesMax: 100_000 } },
  });
  const sizeOf = (input: string) =>
    methodOf('aria.v1.ToolService/CallTool').requestSerialize({
      tool: 'echo',
      input: { json: JSON.stringify(input), blobs: [] },
    }).length;
  const fits = 'x'.repeat(100_000 - sizeOf('x'.repeat(90_000)) + 90_000);
  expect(sizeOf(fits)).toBe(100_000);
  expect(await subject.client.callTool({ tool: 'echo', input: fits })).toMatchObject({ kind: 'done', output: fits });
  const { code } = await failureOf(subject.client.callTool({ tool: 'echo', input: `${fits}x` }));
  expect(code).toBe('MESSAGE_TOO_LARGE');
  expect(await subject.client.status()).toMatchObject({ state: 'ready' });
});

test('a message that grows over the maximum when it is unpacked is refused', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address, { 'grpc.default_compression_algorithm': 2 } as grpc.ClientOptions);
  const bomb = { tool: 'echo', input: { json: JSON.stringify('x'.repeat(9 * 1024 * 1024)) } };
  await expect(plainCall(client, 'aria.v1.ToolService/CallTool', bomb)).rejects.toMatchObject({
    code: grpc.status.RESOURCE_EXHAUSTED,
  });
  expect(
    await plainCall(client, 'aria.v1.ToolService/CallTool', { tool: 'echo', input: { json: '"small"' } }),
  ).toMatchObject({ output: { json: '"small"' } });
  client.close();
});

test('metadata of the maximum is taken, and more is refused before anybody asks who it is', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  const ask = (bytes: number) =>
    plainCall(client, 'aria.v1.HostService/GetStatus', {}, { 'x-large': 'x'.repeat(bytes), authorization: 'none' });
  // What the library sends by itself counts, too.
  await expect(ask(15_000)).rejects.toMatchObject({ code: grpc.status.UNAUTHENTICATED });
  const refused = { code: grpc.status.RESOURCE_EXHAUSTED, details: expect.stringContaining('metadata') };
  await expect(ask(17_000)).rejects.toMatchObject(refused);
  await expect(ask(200_000)).rejects.toBeInstanceOf(Error);
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-many-${index}`, 'x']));
  await expect(plainCall(client, 'aria.v1.HostService/GetStatus', {}, many)).rejects.toBeInstanceOf(Error);
  client.close();
  expect(subject.service.seen).toStrictEqual([]);
  expect(await subject.client.status()).toMatchObject({ state: 'ready' });
});

test('connections over the maximum are closed, and there is room again when one has gone', async () => {
  const { scriptedLimits } = await import('../scripted-service.ts');
  await using subject = await openUnderTest({ setting: { limits: { ...scriptedLimits, connectionsMax: 2 } } });
  await subject.client.status();
  const second = connectGrpc({ address: subject.address });
  await second.status();
  await using third = connectGrpc({ address: subject.address });
  const { code } = await failureOf(third.status());
  expect(['HOST_UNREACHABLE', 'CONNECTION_FAILED']).toContain(code);
  expect(subject.telemetry.connections.open).toBe(2);
  await second[Symbol.asyncDispose]();
  await until(() => subject.telemetry.connections.open === 1);
  await using fourth = connectGrpc({ address: subject.address });
  expect(await fourth.status()).toMatchObject({ state: 'ready' });
});

test('a connection that floods the host with pings is closed, and one that pings now and then is not', async () => {
  await using subject = await openUnderTest();
  const session = connect('http://localhost', {
    createConnection: () => createConnection(subject.gateway.address),
    maxOutstandingPings: 10_000,
  });
  session.on('error', () => {});
  await new Promise<void>((resolve) => session.once('connect', () => resolve()));
  const closed = new Promise<void>((resolve) => session.once('close', () => resolve()));
  for (let count = 0; count < 20; count += 1) await new Promise<void>((resolve) => session.ping(() => resolve()));
  expect(session.destroyed).toBe(false);
  for (let count = 0; count < 600 && !session.destroyed; count += 1) session.ping(() => {});
  await closed;
  expect(await subject.client.status()).toMatchObject({ state: 'ready' });
});

test('a token that no header may hold is printed nowhere', async () => {
  await using subject = await openUnderTest({ kind: 'tcp' });
  const printed = (['error', 'log', 'warn', 'info', 'debug'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation(() => {}),
  );
  const session = connect(`http://${subject.address}`);
  const headers = { ':method': 'POST', ':path': '/aria.v1.HostService/GetStatus', 'content-type': 'application/grpc' };
  const stream = session.request({ ...headers, authorization: 'Bearer geheimnisü' });
  const answered = new Promise((resolve) => stream.once('response', resolve));
  stream.end(framed(Buffer.alloc(0)));
  expect(await answered).toMatchObject({ 'grpc-status': String(grpc.status.UNAUTHENTICATED) });
  session.destroy();
  for (const spy of printed) {
    expect(spy.mock.calls).toStrictEqual([]);
    spy.mockRestore();
  }
});

test('calls with progress reset no stream: of any number of them on one connection none is cut off', async () => {
  await using subject = await openUnderTest();
  // Node ends a connection whose client resets a thousand streams and goes on.
  const calls = 1_200;
  const ended = await Promise.all(
    Array.from({ length: calls }, () =>
      subject.client.callTool({ tool: 'progress', input: {} }, { progress: () => undefined }),
    ),
  );
  expect(ended.map(({ kind }) => kind)).toEqual(Array.from({ length: calls }, () => 'done'));
});

test('a stop waits for neither a client that takes nothing nor one that has said nothing', async () => {
  const never = new AbortController().signal;
  await using deaf = await openUnderTest({ times: { resetMs: 20 } });
  using stalled = askedStalled(deaf.gateway.address, 'aria.v1.ToolService/CallTool', {
    tool: 'large',
    input: { json: '{"bytes":100000}', blobs: [] },
  });
  await until(() => deaf.service.seen.length === 1);
  await deaf.gateway.drain(never);
  expect(stalled.stream.closed).toBe(false);

  await using silent = await openUnderTest({ times: { resetMs: 600_000 } });
  const socket = createConnection(silent.gateway.address).resume();
  await until(() => silent.telemetry.connections.open > 0);
  await silent.gateway.drain(never);
  await until(() => socket.closed);
});

test('answers that nobody takes are held up to a maximum; beyond it who holds the most is cut off, and others go on', async () => {
  await using subject = await openUnderTest({
    setting: { limits: { ...scriptedLimits, messageBytesMax: 1024 * 1024 } },
  });
  const request = { tool: 'echo', input: { json: JSON.stringify('x'.repeat(700_000)), blobs: [] } };
  const stalled = Array.from({ length: 8 }, () =>
    askedStalled(subject.gateway.address, 'aria.v1.ToolService/CallTool', request),
  );
  let reset = 0;
  for (const { stream } of stalled) stream.on('close', () => (reset += 1));
  // Four messages of the maximum hold five of these.
  await until(() => reset === 3);
  expect(await subject.client.callTool({ tool: 'echo', input: 'y' })).toMatchObject({ output: 'y' });
  for (const one of stalled) one[Symbol.dispose]();
});
