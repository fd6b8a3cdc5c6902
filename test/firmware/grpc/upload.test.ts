import { createServer, createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { type AriaApi, type UploadContent, connectGrpc } from '#wit/api';
import { CodedError } from '#wit/errors';
import { failureOf, metadataOf, methodOf, openUnderTest, plainClient, until } from './gateway-under-test.ts';

const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 31) % 253);

/** The sample, and from where it was read. */
function sample(offsets: number[] = []): UploadContent {
  return {
    name: 'sample.aria',
    size: bytes.length,
    hash: 'ab'.repeat(32),
    read: async function* read(offset) {
      offsets.push(offset);
      for (let at = offset; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

/** A line to a gateway that is cut, once, after so many bytes. */
async function cutLine(to: string, path: string, cutAfter: number) {
  let left = cutAfter;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(to);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    near.on('data', (chunk) => {
      left -= chunk.length;
      if (left <= 0 && left + chunk.length > 0) {
        near.destroy();
        far.destroy();
      } else far.write(chunk);
    });
    far.pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('an upload begins where the host says that its bytes end', async () => {
  await using subject = await openUnderTest();
  subject.service.uploaded = bytes.slice(0, 1_234_567);
  subject.service.uploadOffset = 1_234_567;
  const offsets: number[] = [];
  const heard: number[] = [];
  await subject.client.upload(sample(offsets), { progress: (sent) => heard.push(sent) });
  expect(offsets).toStrictEqual([0, 1_234_567]);
  expect(Buffer.compare(subject.service.uploaded, bytes)).toBe(0);
  expect(heard).toContain(1_234_567);
  expect(heard.at(-1)).toBe(bytes.length);
});

test('an upload whose connection is cut goes on over a new one, without sending what arrived again', async () => {
  await using subject = await openUnderTest();
  const path = join(subject.directory, 'line.sock');
  using _line = await cutLine(subject.gateway.address, path, 1_500_000);
  await using client = connectGrpc({ address: `unix:${path}` });
  const offsets: number[] = [];
  const result = await client.upload(sample(offsets));
  expect(result).toMatchObject({ name: 'sample', state: 'active' });
  expect(Buffer.compare(subject.service.uploaded, bytes)).toBe(0);
  expect(offsets.at(-1)).toBeGreaterThan(500_000);
});

test('an upload ends after a few tries when the host says the same again and again', async () => {
  await using subject = await openUnderTest();
  subject.service.answers.upload = new CodedError('UPLOAD_INVALID', {
    message: 'Cannot take the upload',
    details: { offset: 5 },
  });
  expect((await failureOf(subject.client.upload(sample()))).code).toBe('UPLOAD_INVALID');
  const { length } = subject.service.seen;
  expect(length).toBeGreaterThan(1);
  expect(length).toBeLessThan(12);
});

test('what the host refuses ends an upload at once, while the client still sends', async () => {
  await using subject = await openUnderTest();
  const refused = new CodedError('SIGNATURE_UNTRUSTED', {
    message: 'Cannot trust "sample": no key signed it',
    details: { keyId: 'AB' },
  });
  subject.service.answers.upload = refused;
  expect((await failureOf(subject.client.upload(sample()))).wire).toStrictEqual(refused.wire);
  expect(subject.service.seen.length).toBe(1);
});

test('an upload that is cancelled ends on both sides, and so does one whose file cannot be read', async () => {
  await using subject = await openUnderTest();
  const abort = new AbortController();
  const slow: UploadContent = {
    ...sample(),
    read: async function* read() {
      yield bytes.subarray(0, 1000);
      await until(() => subject.service.uploadOffset === 1000);
      abort.abort();
      await new Promise<never>(() => {});
    },
  };
  expect((await failureOf(subject.client.upload(slow, { signal: abort.signal }))).code).toBe('CANCELLED');
  await until(() => subject.telemetry.requests.length === 1);
  expect(subject.telemetry.requests[0]).toMatchObject({ method: 'BundleService/UploadBundle', code: 'UPLOAD_INVALID' });
  const unreadable: UploadContent = {
    ...sample(),
    // oxlint-disable-next-line require-yield
    read: async function* read() {
      throw new Error('EIO: i/o error');
    },
  };
  expect((await failureOf(subject.client.upload(unreadable))).wire).toMatchObject({
    code: 'IO_FAILED',
    message: 'Cannot read "sample.aria": EIO: i/o error',
  });
});

/** Sends messages of an upload as they are. */
function sendRaw(client: grpc.Client, messages: readonly object[]): Promise<grpc.ServiceError | object> {
  const { path, requestSerialize, responseDeserialize } = methodOf('aria.v1.BundleService/UploadBundle');
  return new Promise((resolve) => {
    const call = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadataOf({}),
      {},
      (error, answer) => resolve(error ?? answer ?? {}),
    );
    for (const message of messages) call.write(message);
    call.end();
  });
}

test('messages that are no upload are refused', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  const metadata = { name: 'x', totalSizeBytes: 3, hash: 'ab'.repeat(32), offset: 0 };
  const invalid = grpc.status.INVALID_ARGUMENT;
  expect(await sendRaw(client, [])).toMatchObject({ code: invalid, details: expect.stringContaining('metadata') });
  expect(await sendRaw(client, [{ chunk: Buffer.from('abc') }])).toMatchObject({ code: invalid });
  expect(await sendRaw(client, [{}])).toMatchObject({ code: invalid });
  expect(await sendRaw(client, [{ metadata }, { metadata }])).toMatchObject({
    code: invalid,
    details: expect.stringContaining('chunk'),
  });
  expect(await sendRaw(client, [{ metadata }, { chunk: Buffer.alloc(1024 * 1024) }])).toMatchObject({ success: true });
  subject.service.uploadOffset = 0;
  const tooLarge = await sendRaw(client, [{ metadata }, { chunk: Buffer.alloc(1024 * 1024 + 1) }]);
  expect(tooLarge).toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED, details: expect.stringContaining('1048577') });
  client.close();
  expect(await (subject.client as AriaApi).status()).toMatchObject({ state: 'ready' });
});

test('an upload that stalls is ended, and what arrived is kept', async () => {
  await using subject = await openUnderTest({ times: { uploadStallMs: 50 } });
  const client = plainClient(subject.address);
  const { path, requestSerialize, responseDeserialize } = methodOf('aria.v1.BundleService/UploadBundle');
  const answer = new Promise<grpc.ServiceError | null>((resolve) => {
    const call = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadataOf({}),
      {},
      (error) => resolve(error),
    );
    call.write({ metadata: { name: 'x', totalSizeBytes: 3, hash: 'ab'.repeat(32), offset: 0 } });
    call.write({ chunk: Buffer.from('ab') });
  });
  expect(await answer).toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED });
  expect(Buffer.from(subject.service.uploaded).toString()).toBe('ab');
  client.close();
});
