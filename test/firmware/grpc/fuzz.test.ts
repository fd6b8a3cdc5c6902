import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { type Socket, createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectGrpc } from '#wit/api';
import { type StatusMessages, decodeStatus } from '#wit/proto';
import { Random, fuzzCases, fuzzSeed, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { type GatewayUnderTest, definition, methodOf, openUnderTest, until } from './gateway-under-test.ts';
import { framed } from './stalled-client.ts';

/** Of each test: 500 in the gate, 10,000 in the long run. */
const cases = Math.ceil(fuzzCases() / 20);
const seed = fuzzSeed();
/** Cases at the same time. */
const lanes = 8;

async function runCases(run: (random: Random) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < cases; index = next++) {
      await run(new Random(seed, index)).catch((cause: unknown) => {
        throw new Error(`Case ${index} failed; repeat with ARIA_FUZZ_SEED=${seed}`, { cause });
      });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The bytes that a client of ours sends for a call. */
async function recordCall({ directory, gateway }: GatewayUnderTest): Promise<Buffer> {
  const path = join(directory, 'record.sock');
  const chunks: Buffer[] = [];
  await using server = createServer((near) => {
    const far = createConnection(gateway.address);
    near.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
    near
      .pipe(far)
      .on('error', () => {})
      .pipe(near);
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const client = connectGrpc({ address: `unix:${path}` });
  await client.callTool({ tool: 'echo', input: { a: ['b', 1, null] } });
  await client[Symbol.asyncDispose]();
  return Buffer.concat(chunks);
}

/** Sends bytes, says goodbye, and waits until the host has closed. */
function sendAndClose(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection(path);
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
    for (const piece of pieces) socket.write(piece);
    socket.end();
  });
}

test(
  'bytes that are no HTTP/2, and some that nearly are, end their own connection and nothing else',
  { timeout: fuzzTimeoutMs },
  async () => {
    await using subject = await openUnderTest();
    const valid = await recordCall(subject);
    const preface = valid.subarray(0, 24);
    await runCases(async (random) => {
      const pieces: readonly Uint8Array[] = random.pick([
        () => [random.bytes(random.below(300))],
        () => [preface, random.bytes(random.below(300))],
        () => [preface, ...Array.from({ length: 1 + random.below(5) }, () => anyFrame(random))],
        () => [mutate(random, valid)],
        () => [preface, mutate(random, valid.subarray(24))],
        () => [valid, mutate(random, valid.subarray(24))],
      ])();
      await sendAndClose(subject.gateway.address, pieces);
    });
    expect(await subject.client.callTool({ tool: 'echo', input: 'still' })).toMatchObject({ output: 'still' });
    await until(() => subject.telemetry.connections.open === 1);
  },
);

/** A frame of any type, with a length that mostly fits. */
function anyFrame(random: Random): Buffer {
  const payload = random.bytes(random.below(64));
  const head = Buffer.alloc(9);
  head.writeUIntBE(random.oneIn(8) ? random.below(2 ** 24) : payload.length, 0, 3);
  head[3] = random.below(12);
  head[4] = random.below(256);
  head.writeUInt32BE(random.pick([0, 1, 3, random.next()]), 5);
  return Buffer.concat([head, payload]);
}

const bodies: readonly (readonly [string, object])[] = [
  ['aria.v1.HostService/GetStatus', {}],
  ['aria.v1.ToolService/ListComponents', { kind: 'tool', text: 'x', pageSize: 3 }],
  ['aria.v1.ToolService/GetComponent', { name: 'echo', kind: 'tool' }],
  [
    'aria.v1.ToolService/CallTool',
    {
      tool: 'echo',
      input: { json: '{"a":{"$blob":0}}', blobs: [Buffer.from('b')] },
      timeoutMs: 5,
      seed: Buffer.alloc(32),
    },
  ],
  ['aria.v1.ToolService/CallToolStreaming', { tool: 'progress', input: { json: '{"count":2}' } }],
  ['aria.v1.BundleService/RollbackBundle', { name: 'a', version: '1' }],
  [
    'aria.v1.BundleService/UploadBundle',
    { metadata: { name: 'a', totalSizeBytes: 3, hash: 'h', signature: 's', offset: 0 } },
  ],
  ['aria.v1.HostService/StreamEvents', { after: { epoch: 'e', sequence: 1 }, kinds: ['host.ready'] }],
  ['aria.v1.HostService/StreamLogs', { tail: 3, level: 'info' }],
  ['aria.v1.TaskService/LaunchTask', { environment: { a: 'b' } }],
  ['grpc.health.v1.Health/Check', { service: 'x' }],
  ['grpc.reflection.v1.ServerReflection/ServerReflectionInfo', { fileContainingSymbol: 'aria.v1.Task' }],
];

/** A request whose frames are valid HTTP/2, and whose body is not what it should be. */
function anyRequest(random: Random): { headers: Record<string, string>; body: Uint8Array } {
  const [name, message] = random.pick(bodies);
  const { path, requestSerialize } = methodOf(name);
  const bytes = requestSerialize(message);
  const body = random.pick([
    () => framed(mutate(random, bytes)),
    () => framed(random.bytes(random.below(80))),
    () => mutate(random, framed(bytes)),
    () => Buffer.concat([framed(bytes), framed(mutate(random, bytes))]),
    () => framed(bytes),
    () => random.bytes(random.below(20)),
  ])();
  const headers: Record<string, string> = {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': '2S',
  };
  if (random.oneIn(4)) headers['grpc-timeout'] = random.pick(['0m', '99999999H', '1', '-1S', '1n', 'x', '', '100m']);
  if (random.oneIn(6)) headers['grpc-encoding'] = random.pick(['gzip', 'deflate', 'br', 'identity', '', 'ü']);
  if (random.oneIn(8))
    headers['content-type'] = random.pick(['application/grpc+proto', 'application/json', 'text/plain', '']);
  if (random.oneIn(8))
    headers[':path'] = random.pick(['/', '//', '/aria.v1.None/None', `${path}/x`, '/constructor', '/%00ü']);
  if (random.oneIn(8)) headers[':method'] = random.pick(['GET', 'PUT', 'OPTIONS', 'x']);
  if (random.oneIn(6))
    headers[
      random.pick(['x-request-id', 'idempotency-key', 'traceparent', 'authorization', 'x-bin', 'grpc-accept-encoding'])
    ] = random.text(random.below(200), 'aZ0 ._:-=,%');
  return { headers, body };
}

/** The status that a request came to: of gRPC, of HTTP, or how the stream was reset. */
function send(
  session: ClientHttp2Session,
  { headers, body }: ReturnType<typeof anyRequest>,
): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    const seen: Record<string, unknown> = {};
    const stream = session.request(headers);
    stream.on('response', (received) => Object.assign(seen, received));
    stream.on('trailers', (received) => Object.assign(seen, received));
    stream.on('error', () => {});
    stream.on('close', () => resolve({ ...seen, reset: stream.rstCode }));
    stream.on('data', () => {});
    // Streams of events have no end: what they have said by now is enough.
    setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), 400).unref();
    stream.end(body);
  });
}

test(
  'messages that mean nothing are refused with a code, never as a bug, and the host goes on',
  { timeout: fuzzTimeoutMs },
  async () => {
    await using subject = await openUnderTest();
    const open = (): ClientHttp2Session =>
      connect('http://localhost', { createConnection: () => createConnection(subject.gateway.address) }).on(
        'error',
        () => {},
      );
    let session = open();
    const codes = new Map<string, number>();
    await runCases(async (random) => {
      if (session.closed || session.destroyed) session = open();
      const request = anyRequest(random);
      const seen = await send(session, request);
      const details = seen['grpc-status-details-bin'];
      const wire =
        typeof details === 'string'
          ? decodeStatus(Buffer.from(details, 'base64'), definition as unknown as StatusMessages)
          : undefined;
      // A bug would have this code, and a message that is no sentence of ours.
      if (wire?.code === 'INTERNAL') throw new Error(`a bug: ${wire.message}`);
      const outcome =
        wire?.code ??
        (seen['grpc-status'] === undefined
          ? `http ${String(seen[':status'])}`
          : `status ${String(seen['grpc-status'])}`);
      codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
    });
    session.destroy();
    expect(await subject.client.callTool({ tool: 'echo', input: 'still' })).toMatchObject({ output: 'still' });
    await until(() => subject.service.streamsOpen === 0);
    // It got through to all of them.
    expect([...codes.keys()]).toEqual(
      expect.arrayContaining(['REQUEST_INVALID', 'INPUT_INVALID', 'UNAVAILABLE', 'status 0', 'http 415']),
    );
  },
);
