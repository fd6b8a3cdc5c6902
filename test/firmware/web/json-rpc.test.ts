import { expect, test } from 'vitest';
import { scriptedLimits } from '../scripted-service.ts';
import { openFixture, post, until } from './web-fixture.ts';

test.for([
  ['no JSON', '{', -32700, null],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"status"}]', -32600, null],
  ['an empty batch', '[]', -32600, null],
  ['a number', '7', -32600, null],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"status"}', -32600, 1],
  ['an id that is no name', '{"jsonrpc":"2.0","id":{},"method":"status"}', -32600, null],
  ['an id that is a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"status"}', -32600, null],
  ['an id of 129 characters', `{"jsonrpc":"2.0","id":"${'x'.repeat(129)}","method":"status"}`, -32600, null],
  ['an unknown key', '{"jsonrpc":"2.0","id":1,"method":"status","meta":1}', -32600, 1],
  ['parameters by position', '{"jsonrpc":"2.0","id":1,"method":"status","params":[1]}', -32600, 1],
  ['no method', '{"jsonrpc":"2.0","id":1}', -32600, 1],
  ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601, 1],
  ['an unknown parameter', '{"jsonrpc":"2.0","id":1,"method":"status","params":{"x":1}}', -32602, 1],
  [
    'options that are wrong',
    '{"jsonrpc":"2.0","id":1,"method":"status","params":{"options":{"timeoutMs":-1}}}',
    -32602,
    1,
  ],
  [
    'an input that is wrong',
    '{"jsonrpc":"2.0","id":1,"method":"callTool","params":{"tool":"echo","input":{"$blob":0}}}',
    -32602,
    1,
  ],
] as const)(
  '%s is answered with its number and a coded error, and the connection goes on',
  async ([, text, code, id]) => {
    await using fixture = await openFixture();
    const socket = await fixture.socket();
    socket.send(text);
    const answer = await socket.next();
    expect(answer).toMatchObject({
      id,
      error: { code, data: { code: expect.stringMatching(/^(REQUEST|INPUT)_INVALID$/) } },
    });
    socket.send({ id: 'after', method: 'status' });
    expect(await socket.next()).toMatchObject({ id: 'after', result: { state: 'ready' } });
  },
);

test('an input is read as it was sent, whatever keys another client has sent before', async () => {
  await using fixture = await openFixture();
  const socket = await fixture.socket();
  const inputs = ['\\', '\n', '"'].map((key) => ({ 'a key of this test': 1, [key]: 2 }));
  for (const input of inputs) {
    socket.send({ id: 1, method: 'callTool', params: { tool: 'echo', input } });
    await socket.next();
    await fixture.ask('/v1/tools/echo/calls', post({ input }));
  }
  const sent = inputs.flatMap((input) => [input, input]);
  expect(fixture.service.seen.map(({ argument }) => argument)).toEqual(
    sent.map((input) => expect.objectContaining({ input })),
  );
});

test('a notification is not answered, and one that cancels cancels', async () => {
  await using fixture = await openFixture();
  const socket = await fixture.socket();
  socket.send({ method: 'callTool', params: { tool: 'echo', input: 1 } });
  socket.send({ id: 'slow', method: 'callTool', params: { tool: 'slow', input: 1 } });
  await until(() => fixture.service.slowSignals.length === 1);
  socket.send({ method: 'cancel', params: { id: 'other' } });
  socket.send({ method: 'cancel', params: { id: 'slow' } });
  expect(await socket.next()).toMatchObject({ id: 'slow', error: { data: { code: 'CANCELLED' } } });
  expect(fixture.service.slowSignals[0]?.aborted).toBe(true);
  expect(fixture.service.seen).toHaveLength(1);
});

test('an id that is under way is refused without an answer to the first', async () => {
  await using fixture = await openFixture();
  const socket = await fixture.socket();
  const slow = { id: 1, method: 'callTool', params: { tool: 'slow', input: 1 } };
  socket.send(slow);
  socket.send({ ...slow, method: 'status', params: {} });
  expect(await socket.next()).toMatchObject({ id: null, error: { code: -32600 } });
  socket.send({ method: 'cancel', params: { id: 1 } });
  expect(await socket.next()).toMatchObject({ id: 1 });
  socket.send({ id: 1, method: 'status' });
  expect(await socket.next()).toMatchObject({ id: 1, result: {} });
});

test('as many requests as a connection may have are taken, the next is OVERLOADED, and ending it cancels all', async () => {
  await using fixture = await openFixture({ limits: { connectionRequests: 3 } });
  const socket = await fixture.socket();
  for (let id = 1; id <= 4; id += 1) socket.send({ id, method: 'callTool', params: { tool: 'slow', input: 1 } });
  expect(await socket.next()).toMatchObject({ id: 4, error: { data: { code: 'OVERLOADED' } } });
  await until(() => fixture.service.slowSignals.length === 3);
  socket.socket.terminate();
  await until(() => fixture.service.slowSignals.every((signal) => signal?.aborted === true));
  await until(() => fixture.gateway.load.webSockets === 0 && fixture.telemetry.connections.open === 0);
});

test('subscriptions have a maximum, are ended one by one, and give back their place', async () => {
  await using fixture = await openFixture({ limits: { subscriptions: 2 } });
  fixture.service.eventCount = 0;
  const socket = await fixture.socket();
  for (let id = 1; id <= 3; id += 1) socket.send({ id, method: 'events' });
  // A refusal does not wait for the first event, so that it may come first.
  const answers = [await socket.next(), await socket.next(), await socket.next()];
  const [first, second, third] = answers.toSorted((a, b) => Number(a['id']) - Number(b['id']));
  expect(first).toMatchObject({ result: { subscription: 1 } });
  expect(second).toMatchObject({ result: { subscription: 2 } });
  expect(third).toMatchObject({ error: { data: { code: 'OVERLOADED' } } });
  socket.send({ id: 4, method: 'unsubscribe', params: { subscription: 1 } });
  const ended = [await socket.next(), await socket.next()];
  expect(ended).toContainEqual({ jsonrpc: '2.0', id: 4, result: true });
  expect(ended).toContainEqual({ jsonrpc: '2.0', method: 'end', params: { subscription: 1 } });
  socket.send({ id: 5, method: 'events' });
  expect(await socket.next()).toMatchObject({ id: 5, result: { subscription: 3 } });
  await until(() => fixture.service.streamsOpen === 2);
});

test('a message of the maximum is taken, one byte more closes the connection with 1009, a binary one with 1003', async () => {
  const messageBytesMax = 2048;
  await using fixture = await openFixture({}, { limits: { ...scriptedLimits, messageBytesMax } });
  const message = (length: number): string => {
    const frame = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'callTool', params: { tool: 'echo', input: '' } });
    return frame.replace('""', `"${'x'.repeat(length - frame.length)}"`);
  };
  const socket = await fixture.socket();
  socket.send(message(messageBytesMax));
  expect(await socket.next()).toMatchObject({ result: { kind: 'done' } });
  socket.send(message(messageBytesMax + 1));
  expect(await socket.closed).toMatchObject({ code: 1009 });
  const binary = await fixture.socket();
  binary.socket.send(Uint8Array.of(1, 2));
  expect(await binary.closed).toMatchObject({ code: 1003, reason: expect.stringMatching(/^REQUEST_INVALID /) });
});

test('a stranger who says nothing is let go in time, and the oldest of too many at once', async () => {
  await using patient = await openFixture({ limits: { tickMs: 5, authenticateMs: 40 } });
  const silent = await patient.socket({ token: undefined });
  expect(await silent.closed).toMatchObject({ code: 4001 });
  await using fixture = await openFixture({ limits: { strangers: 2 } });
  const strangers = [];
  for (let index = 0; index < 3; index += 1) strangers.push(await fixture.socket({ token: undefined }));
  expect(await strangers[0]?.closed).toMatchObject({ code: 1006 });
  expect(fixture.gateway.load.webSockets).toBe(2);
});

test('who does not answer a ping is gone by the next, who does stays', async () => {
  await using fixture = await openFixture({ limits: { tickMs: 5, pingMs: 40 } });
  const alive = await fixture.socket();
  const dead = await fixture.socket();
  // The peer's answers stop: nothing is read any more.
  dead.socket.pause();
  await until(() => fixture.gateway.load.webSockets === 1);
  alive.send({ id: 1, method: 'status' });
  expect(await alive.next()).toMatchObject({ id: 1 });
});

test('a piece of an upload out of turn is refused, and the upload goes on', async () => {
  await using fixture = await openFixture();
  const socket = await fixture.socket();
  const piece = (id: number, offset: number, text: string): void =>
    socket.send({
      id,
      method: 'uploadChunk',
      params: { id: 1, read: 1, offset, bytes: { $base64: Buffer.from(text).toString('base64') } },
    });
  piece(9, 0, 'early');
  expect(await socket.next()).toMatchObject({ id: 9, error: { data: { code: 'REQUEST_INVALID' } } });
  socket.send({ id: 1, method: 'upload', params: { name: 'x', size: 6, hash: 'ab'.repeat(32) } });
  expect(await socket.next()).toMatchObject({ method: 'uploadRead', params: { id: 1, read: 1, offset: 0 } });
  piece(2, 3, 'def');
  expect(await socket.next()).toMatchObject({ id: 2, error: { data: { details: { field: 'offset' } } } });
  piece(3, 0, 'abcdefg');
  expect(await socket.next()).toMatchObject({ id: 3, error: { data: { details: { field: 'bytes' } } } });
  piece(4, 0, 'abc');
  const rest = [await socket.next(), await socket.next()];
  expect(rest).toContainEqual({ jsonrpc: '2.0', id: 4, result: null });
  piece(5, 3, 'def');
  const end: unknown[] = [];
  while (!end.some((message) => (message as { id?: number }).id === 1)) end.push(await socket.next());
  expect(Buffer.from(fixture.service.uploaded).toString()).toBe('abcdef');
});

test('an upload that nobody sends ends in time', async () => {
  await using fixture = await openFixture({ limits: { tickMs: 5, uploadIdleMs: 30 } });
  const socket = await fixture.socket();
  socket.send({ id: 1, method: 'upload', params: { name: 'x', size: 6, hash: 'ab'.repeat(32) } });
  expect(await socket.next()).toMatchObject({ method: 'uploadRead' });
  expect(await socket.next()).toMatchObject({ id: 1, error: { data: { code: 'DEADLINE_EXCEEDED' } } });
});
