import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { CodedError, type ErrorCode, errorCodes, fromWire, toWireError } from '#wit/errors';
import { type MessageType, codeOfStatus, statusOfCode } from '#wit/proto';
import { allOf, definition, failureOf, openUnderTest, plainCall, plainClient } from './gateway-under-test.ts';

const codes = Object.keys(errorCodes) as ErrorCode[];

function errorOf(code: ErrorCode): CodedError {
  return new CodedError(code, {
    message: `Cannot do it ("%41" ü 🦀): ${code}\nsecond line`,
    remedy: 'Do “that” instead',
    retryable: !errorCodes[code].retryable,
    details: { pointer: '/a~1b', list: [1, null, { deep: -1.5 }], text: '\u0000ü', empty: {} },
  });
}

test('every code keeps its message, remedy, details and whether it is retryable', async () => {
  await using subject = await openUnderTest();
  for (const code of codes) {
    const refused = errorOf(code);
    subject.service.answers.status = refused;
    const { wire } = await failureOf(subject.client.status());
    expect(wire).toStrictEqual(refused.wire);
  }
});

test('every code has a status of its own choosing that is neither OK nor one that a library would take for its own end', () => {
  for (const code of codes) {
    const status = statusOfCode(code);
    expect(status).toBeGreaterThan(0);
    expect(status).toBeLessThanOrEqual(16);
  }
  expect(statusOfCode('NO_STOCK')).toBe(grpc.status.UNKNOWN);
  expect(statusOfCode('constructor')).toBe(grpc.status.UNKNOWN);
  expect([99, 0, -1].map(codeOfStatus)).toStrictEqual(['INTERNAL', 'INTERNAL', 'INTERNAL']);
});

test('any gRPC library finds the wire error in the standard trailer, and how long to wait', async () => {
  await using subject = await openUnderTest();
  const details = { retryAfterMs: 1250 };
  subject.service.answers.status = new CodedError('RATE_LIMITED', { message: 'Cannot go on: too many', details });
  const client = plainClient(subject.address);
  const refused = (await plainCall(client, 'aria.v1.HostService/GetStatus', {}).catch(
    (error: unknown) => error,
  )) as grpc.ServiceError;
  client.close();
  expect(refused).toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED, details: 'Cannot go on: too many' });
  const read = (name: string, bytes: unknown) =>
    (definition[name] as unknown as MessageType).deserialize(bytes as Buffer);
  const status = read('google.rpc.Status', refused.metadata.get('grpc-status-details-bin')[0]) as {
    code: number;
    details: { type_url: string; value: Buffer }[];
  };
  expect(status.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
  const [wire, retry] = status.details;
  expect(wire?.type_url).toBe('type.googleapis.com/aria.v1.WireError');
  expect(read('aria.v1.WireError', wire?.value)).toMatchObject({
    code: 'RATE_LIMITED',
    retryable: true,
    detailsJson: '{"retryAfterMs":1250}',
  });
  expect(read('google.rpc.RetryInfo', retry?.value)).toStrictEqual({ retryDelay: { seconds: 1, nanos: 250_000_000 } });
});

test('an error that does not fit the trailers loses its details, says so, and keeps the rest', async () => {
  await using subject = await openUnderTest();
  const message = `Cannot: ${'ü'.repeat(9000)}`;
  const details = { list: Array.from({ length: 20_000 }, (_, index) => index) };
  subject.service.answers.status = new CodedError('BUILD_FAILED', { message, details });
  const { code, wire } = await failureOf(subject.client.status());
  expect(code).toBe('BUILD_FAILED');
  expect(wire).toMatchObject({ details: { truncated: true }, remedy: errorCodes.BUILD_FAILED.remedy });
  expect(message.startsWith(String(wire['message']).slice(0, -1))).toBe(true);
});

test('an error that is no text of Unicode, or no error of ours, is refused like any other, and the host goes on', async () => {
  await using subject = await openUnderTest();
  subject.service.answers.status = new CodedError('NOT_FOUND', { message: 'Cannot find \ud800x\udfff' });
  expect((await failureOf(subject.client.status())).code).toBe('NOT_FOUND');
  subject.service.answers.status = new TypeError('x is not a function');
  expect((await failureOf(subject.client.status())).wire).toMatchObject({
    code: 'INTERNAL',
    message: 'x is not a function',
  });
  delete subject.service.answers.status;
  expect(await subject.client.status()).toMatchObject({ state: 'ready' });
});

test('a refused call and a refused stream are refused with the same error as a request', async () => {
  await using subject = await openUnderTest();
  const refused = errorOf('OVERLOADED');
  for (const method of ['callTool', 'events', 'logs'] as const) subject.service.answers[method] = refused;
  const { client } = subject;
  const refusals = [
    failureOf(client.callTool({ tool: 'echo', input: 1 })),
    failureOf(client.callTool({ tool: 'echo', input: 1 }, { progress: () => {} })),
    failureOf(allOf(client.events())),
    failureOf(allOf(client.logs({ follow: true }))),
  ];
  for (const refusal of refusals) expect((await refusal).wire).toStrictEqual(refused.wire);
});

test('messages that mean nothing are refused with the place that is wrong', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  const refusal = async (name: string, message: object): Promise<unknown> => {
    const error = (await plainCall(client, `aria.v1.${name}`, message).catch(
      (thrown: unknown) => thrown,
    )) as grpc.ServiceError;
    return [error.code, error.details];
  };
  const call = (changes: object) => refusal('ToolService/CallTool', { tool: 'echo', input: { json: '1' }, ...changes });
  const invalid = grpc.status.INVALID_ARGUMENT;
  expect(await call({ input: undefined })).toStrictEqual([invalid, expect.stringContaining('no input')]);
  expect(await call({ input: { json: '' } })).toStrictEqual([invalid, expect.stringContaining('no JSON')]);
  expect(await call({ input: { json: '{"$blob":0}' } })).toStrictEqual([invalid, expect.stringContaining('$blob')]);
  expect(await call({ input: { json: '{"__proto__":{}}' } })).toStrictEqual([
    invalid,
    expect.stringContaining('__proto__'),
  ]);
  expect(await call({ input: { json: '['.repeat(300_000) + ']'.repeat(300_000) } })).toStrictEqual([
    invalid,
    expect.stringContaining('deeper'),
  ]);
  expect(await call({ seed: Buffer.alloc(31) })).toStrictEqual([invalid, expect.stringContaining('seed')]);
  for (const timeoutMs of [0, -1, NaN, Infinity])
    expect(await call({ timeoutMs })).toStrictEqual([invalid, expect.stringContaining('timeout_ms')]);
  expect(await refusal('ToolService/GetComponent', { name: 'x', kind: 'constructor' })).toStrictEqual([
    invalid,
    expect.stringContaining('kind'),
  ]);
  expect(subject.service.seen).toStrictEqual([]);
  client.close();
});

test('bytes that are no message of the method are the fault of the client', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  for (const bytes of [[0xff], [0x0f], [0x12, 0x02, 0x08]]) {
    const serialize = (): Buffer => Buffer.from(bytes);
    const refused = new Promise((_, reject) => {
      client.makeUnaryRequest('/aria.v1.ToolService/CallTool', serialize, (answer) => answer, {}, reject);
    });
    await expect(refused).rejects.toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: 'Cannot take the request: the message is not one of this method',
    });
  }
  client.close();
});

test('request ids and idempotency keys with other characters are refused, by the client and by the host', async () => {
  await using subject = await openUnderTest();
  for (const key of ['', 'a b', 'ü', 'x'.repeat(129)]) {
    expect((await failureOf(subject.client.status({ idempotencyKey: key }))).code).toBe('REQUEST_INVALID');
  }
  const client = plainClient(subject.address);
  for (const key of ['x-request-id', 'idempotency-key']) {
    const refused = plainCall(client, 'aria.v1.HostService/GetStatus', {}, { [key]: 'a b' });
    await expect(refused).rejects.toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: expect.stringContaining(key),
    });
  }
  client.close();
  expect(subject.service.seen).toStrictEqual([]);
});

test('services of later releases are registered and say what to do instead', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  const calls: readonly [string, object][] = [
    ['TaskService/LaunchTask', { type: 'x', environment: { a: 'b' } }],
    ['SessionService/CreateSession', {}],
    ['ContainerService/CreateContainer', { name: 'c' }],
  ];
  for (const [name, message] of calls) {
    const refused = plainCall(client, `aria.v1.${name}`, message);
    await expect(refused).rejects.toMatchObject({
      code: grpc.status.UNAVAILABLE,
      details: expect.stringContaining('this release'),
    });
  }
  client.close();
});

test('an error of a newer host, whose code is unknown here, keeps its code in the details', () => {
  const wire = { ...toWireError(errorOf('NOT_FOUND')), code: 'NOT_INVENTED' };
  expect(fromWire(wire).wire).toMatchObject({
    code: 'INTERNAL',
    message: wire.message,
    details: { code: 'NOT_INVENTED', pointer: '/a~1b' },
  });
});
