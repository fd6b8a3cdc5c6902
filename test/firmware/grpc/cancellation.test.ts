import { createServer } from 'node:net';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { type HostEvent, connectGrpc } from '#wit/api';
import { allOf, failureOf, openUnderTest, plainCall, plainClient, plainStream, until } from './gateway-under-test.ts';

test('a cancelled call reaches the service, and the client hears CANCELLED', async () => {
  await using subject = await openUnderTest();
  for (const progress of [undefined, () => {}]) {
    const abort = new AbortController();
    const options = { signal: abort.signal, ...(progress && { progress }) };
    const call = failureOf(subject.client.callTool({ tool: 'slow', input: {} }, options));
    await until(() => subject.service.slowSignals.length === 1);
    abort.abort();
    expect((await call).code).toBe('CANCELLED');
    await until(() => subject.service.slowSignals[0]?.aborted === true);
    subject.service.slowSignals.length = 0;
  }
});

test('a request with a signal that is aborted already is never sent', async () => {
  await using subject = await openUnderTest();
  const options = { signal: AbortSignal.abort() };
  expect((await failureOf(subject.client.status(options))).code).toBe('CANCELLED');
  expect(await allOf(subject.client.events(options))).toStrictEqual([]);
  expect(subject.service.seen).toStrictEqual([]);
});

test('a deadline ends the call on both sides', async () => {
  await using subject = await openUnderTest();
  const call = failureOf(subject.client.callTool({ tool: 'slow', input: {} }, { timeoutMs: 50 }));
  expect((await call).wire).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: 'Cannot wait for the answer: 50 ms have passed',
  });
  await until(() => subject.service.slowSignals[0]?.aborted === true);
  expect(subject.service.seen[0]?.options?.['timeoutMs']).toBeLessThanOrEqual(50);
});

test('a deadline that a client keeps to itself is kept by the host', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  // The header alone, as a client sends it whose own clock has stopped.
  const refused = plainCall(
    client,
    'aria.v1.ToolService/CallTool',
    { tool: 'slow', input: { json: '{}' } },
    { 'grpc-timeout': '30m' },
  );
  await expect(refused).rejects.toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED });
  await until(() => subject.service.slowSignals[0]?.aborted === true);
  client.close();
});

test('a client that goes away cancels what it asked for', async () => {
  await using subject = await openUnderTest();
  const other = connectGrpc({ address: subject.address });
  const call = failureOf(other.callTool({ tool: 'slow', input: {} }));
  await until(() => subject.service.slowSignals.length === 1);
  await other[Symbol.asyncDispose]();
  await until(() => subject.service.slowSignals[0]?.aborted === true);
  expect(['CANCELLED', 'CONNECTION_FAILED']).toContain((await call).code);
  expect((await failureOf(other.status())).code).toBe('CONNECTION_FAILED');
  await other[Symbol.asyncDispose]();
});

test('an iterable of events ends with its signal, without an error, and with it the subscription', async () => {
  await using subject = await openUnderTest();
  const abort = new AbortController();
  const events: HostEvent[] = [];
  for await (const event of subject.client.events({ signal: abort.signal })) {
    events.push(event);
    if (events.length === 3) abort.abort();
  }
  expect(events.map(({ sequence }) => sequence)).toStrictEqual([1, 2, 3]);
  await until(() => subject.service.streamsOpen === 0);
});

test('leaving the loop over events ends the subscription', async () => {
  await using subject = await openUnderTest();
  for await (const _ of subject.client.events()) break;
  await until(() => subject.service.streamsOpen === 0);
  expect(subject.service.eventsTaken).toBeGreaterThan(0);
});

test('a host that nobody runs is unreachable, with a remedy; so is one that does not speak', async () => {
  await using subject = await openUnderTest();
  await using nobody = connectGrpc({ address: `unix:${join(subject.directory, 'no.sock')}` });
  expect((await failureOf(nobody.status())).wire).toMatchObject({
    code: 'HOST_UNREACHABLE',
    message: expect.stringMatching(/^Cannot reach the host at "unix:.*no\.sock": connect ENOENT/),
    remedy: expect.stringContaining('aria up'),
  });
  await using silent = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await until(() => silent.listening);
  const { port } = silent.address() as { port: number };
  await using closed = connectGrpc({ address: `127.0.0.1:${port}`, token: 'admin' });
  expect(['HOST_UNREACHABLE', 'CONNECTION_FAILED']).toContain((await failureOf(closed.status())).code);
  await using other = connectGrpc({ address: subject.address, token: 'line\nbreak' });
  expect((await failureOf(other.status())).code).toBe('UNAUTHENTICATED');
});

test('a connection that is cut under a call says that nobody knows whether it ran, and a key makes it safe to repeat', async () => {
  await using subject = await openUnderTest();
  const plain = failureOf(subject.client.callTool({ tool: 'slow', input: {} }));
  const keyed = failureOf(subject.client.callTool({ tool: 'slow', input: {} }, { idempotencyKey: 'k' }));
  await until(() => subject.service.slowSignals.length === 2);
  await subject.gateway[Symbol.asyncDispose]();
  expect((await plain).wire).toMatchObject({ code: 'CONNECTION_FAILED', retryable: false });
  expect((await keyed).wire).toMatchObject({ code: 'CONNECTION_FAILED', retryable: true });
});

test('a gateway that drains finishes what runs, ends streams that have no end, and takes nothing new', async () => {
  await using subject = await openUnderTest();
  const streamed = allOf(subject.client.events());
  const abort = new AbortController();
  const call = subject.client.callTool({ tool: 'slow', input: {} }, { signal: abort.signal });
  await until(() => subject.service.slowSignals.length === 1 && subject.service.eventsTaken === 3);
  let drained = false;
  const drain = subject.gateway.drain(new AbortController().signal).then(() => (drained = true));
  expect((await streamed).length).toBe(3);
  await using late = connectGrpc({ address: subject.address });
  expect((await failureOf(late.status())).code).toBe('HOST_UNREACHABLE');
  expect((await failureOf(subject.client.status())).code).toBe('HOST_UNREACHABLE');
  expect(drained).toBe(false);
  abort.abort();
  await Promise.allSettled([call]);
  await drain;
});

test('an answer that is on its way when a gateway drains arrives whole', async () => {
  await using subject = await openUnderTest();
  const call = subject.client.callTool({ tool: 'large', input: { bytes: 4_000_000 } });
  await until(() => subject.service.seen.length === 1);
  await subject.gateway.drain(new AbortController().signal);
  await subject.gateway[Symbol.asyncDispose]();
  const result = await call;
  expect(result.kind === 'done' && (result.output as Uint8Array).length).toBe(4_000_000);
});

test('a drain ends with its signal where a request does not, and closing twice is closing once', async () => {
  await using subject = await openUnderTest();
  const call = failureOf(subject.client.callTool({ tool: 'slow', input: {} }));
  await until(() => subject.service.slowSignals.length === 1);
  await subject.gateway.drain(AbortSignal.abort());
  await Promise.all([subject.gateway[Symbol.asyncDispose](), subject.gateway[Symbol.asyncDispose]()]);
  expect((await call).code).toBe('CONNECTION_FAILED');
  await until(() => subject.service.slowSignals[0]?.aborted === true);
});

test('every request is counted once, with its code, whatever became of it', async () => {
  await using subject = await openUnderTest({ kind: 'tcp' });
  const client = plainClient(subject.address);
  await failureOf(plainCall(client, 'aria.v1.HostService/GetStatus', {}));
  await plainCall(client, 'aria.v1.HostService/GetStatus', {}, { authorization: 'Bearer viewer' });
  await failureOf(
    plainCall(
      client,
      'aria.v1.ToolService/CallTool',
      { tool: 'x', input: { json: '1' } },
      { authorization: 'Bearer viewer' },
    ),
  );
  const stream = plainStream(client, 'aria.v1.HostService/StreamEvents', {}, { authorization: 'Bearer viewer' });
  stream.on('error', () => {});
  await until(() => subject.service.streamsOpen === 1);
  stream.cancel();
  await until(() => subject.telemetry.requests.length === 4);
  expect(subject.telemetry.requests).toMatchObject([
    { gateway: 'grpc', method: 'HostService/GetStatus', code: 'UNAUTHENTICATED' },
    { gateway: 'grpc', method: 'HostService/GetStatus', code: 'OK' },
    { gateway: 'grpc', method: 'ToolService/CallTool', code: 'NOT_FOUND' },
    { gateway: 'grpc', method: 'HostService/StreamEvents' },
  ]);
  client.close();
  await until(() => subject.telemetry.connections.open === 0);
});
