import * as grpc from '@grpc/grpc-js';
import { type PackageDefinition, type ServiceDefinition, loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { expect, test } from 'vitest';
import { loadOptions } from '#wit/proto';
import {
  metadataOf,
  methodOf,
  openUnderTest,
  plainCall,
  plainClient,
  plainStream,
  until,
} from './gateway-under-test.ts';
import { openStalled } from './stalled-client.ts';

interface Reflected {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly errorResponse?: { readonly errorCode: number; readonly errorMessage: string };
}

/** Asks by reflection, all questions on one stream. */
async function ask(client: grpc.Client, questions: readonly object[], version = 'v1'): Promise<Reflected[]> {
  const { path, requestSerialize, responseDeserialize } = methodOf(
    `grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
  );
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadataOf({}));
  const answers: Reflected[] = [];
  stream.on('data', (answer: Reflected) => answers.push(answer));
  for (const question of questions) stream.write(question);
  stream.end();
  await new Promise<void>((resolve, reject) => stream.once('end', () => resolve()).once('error', reject));
  return answers;
}

test('reflection lists every service, in both versions', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  for (const version of ['v1', 'v1alpha']) {
    const [answer] = await ask(client, [{ listServices: '*' }], version);
    expect(answer?.listServicesResponse?.service.map(({ name }) => name).toSorted()).toStrictEqual([
      'aria.v1.BundleService',
      'aria.v1.ContainerService',
      'aria.v1.HostService',
      'aria.v1.NotificationService',
      'aria.v1.SessionService',
      'aria.v1.TaskService',
      'aria.v1.ToolService',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ]);
  }
  client.close();
});

test('a client that knows nothing but reflection calls a tool', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  const files = new Map<string, Buffer>();
  const collect = async (question: object): Promise<void> => {
    const [answer] = await ask(client, [question]);
    for (const file of answer?.fileDescriptorResponse?.fileDescriptorProto ?? []) {
      const { name, dependencies } = readFile(file);
      if (files.has(name)) continue;
      files.set(name, file);
      for (const dependency of dependencies) await collect({ fileByFilename: dependency });
    }
  };
  await collect({ fileContainingSymbol: 'aria.v1.ToolService' });
  expect([...files.keys()]).toStrictEqual(['aria_v1.proto', 'google_protobuf.proto']);
  const set = Buffer.concat([...files.values()].flatMap((file) => [Buffer.from([0x0a, ...varint(file.length)]), file]));
  const definition: PackageDefinition = loadFileDescriptorSetFromBuffer(set, loadOptions);
  const method = (definition['aria.v1.ToolService'] as ServiceDefinition)['CallTool'];
  const request = { tool: 'echo', input: { json: '{"hello":{"$blob":0}}', blobs: [Buffer.from('wörld')] } };
  const answer = await new Promise<unknown>((resolve, reject) => {
    if (method === undefined) throw new Error('there is no such method');
    const { path, requestSerialize, responseDeserialize } = method;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, value) =>
      error === null ? resolve(value) : reject(error),
    );
  });
  client.close();
  expect(answer).toMatchObject({ output: { json: '{"hello":{"$blob":0}}', blobs: [Buffer.from('wörld')] } });
});

/** The name and the dependencies of a `FileDescriptorProto`: fields 1 and 3. */
function readFile(file: Buffer): { name: string; dependencies: string[] } {
  const found: Record<number, string[]> = { 1: [], 3: [] };
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = file[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < file.length) {
    const tag = number();
    expect(tag & 7).toBe(2);
    const length = number();
    found[tag >> 3]?.push(file.toString('utf8', at, at + length));
    at += length;
  }
  return { name: found[1]?.[0] ?? '', dependencies: found[3] ?? [] };
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

test('what reflection does not know it says, and answers the next question', async () => {
  await using subject = await openUnderTest();
  const client = plainClient(subject.address);
  const questions = [
    { fileContainingSymbol: 'aria.v1.Nothing' },
    { fileContainingSymbol: 'constructor' },
    { fileContainingSymbol: '' },
    { fileByFilename: '__proto__' },
    { fileContainingExtension: { containingType: 'x', extensionNumber: 1 } },
    { allExtensionNumbersOfType: 'aria.v1.Task' },
    {},
    { fileContainingSymbol: 'aria.v1.ToolService.CallTool' },
  ];
  const answers = await ask(client, questions);
  client.close();
  expect(answers.map(({ errorResponse }) => errorResponse?.errorCode)).toStrictEqual([
    ...Array.from({ length: 7 }, () => 5),
    undefined,
  ]);
});

test('a client that asks and asks without reading is slowed down', async () => {
  await using subject = await openUnderTest();
  // Not the library's client, which takes what comes whether anybody reads it or not.
  using asking = openStalled(subject.gateway.address, 'grpc.reflection.v1.ServerReflection/ServerReflectionInfo');
  const message = { fileContainingSymbol: 'aria.v1.ToolService', host: 'x'.repeat(1000) };
  let taken = 0;
  for (; taken < 20_000; taken += 1) {
    if (asking.send(message)) continue;
    const drained = new Promise<boolean>((resolve) => asking.stream.once('drain', () => resolve(true)));
    if (!(await Promise.race([drained, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500))])))
      break;
  }
  expect(taken).toBeLessThan(20_000);
});

test('health follows whether the host is ready, for the host and for each service, also for one who watches', async () => {
  let ready = false;
  await using subject = await openUnderTest({ setting: { ready: () => ready } });
  const client = plainClient(subject.address);
  const check = (service: string) => plainCall(client, 'grpc.health.v1.Health/Check', { service });
  expect(await check('')).toStrictEqual({ status: 'NOT_SERVING' });
  const seen: unknown[] = [];
  const watch = plainStream(client, 'grpc.health.v1.Health/Watch', { service: '' });
  watch.on('data', (answer: { status: unknown }) => seen.push(answer.status)).on('error', () => {});
  await until(() => seen.length === 1);
  ready = true;
  expect(await check('aria.v1.ToolService')).toStrictEqual({ status: 'SERVING' });
  await expect(check('aria.v1.None')).rejects.toMatchObject({ code: grpc.status.NOT_FOUND });
  await until(() => seen.length === 2);
  expect(seen).toStrictEqual(['NOT_SERVING', 'SERVING']);
  watch.cancel();
  const unknown = plainStream(client, 'grpc.health.v1.Health/Watch', { service: 'x' });
  unknown.on('error', () => {});
  expect(await new Promise((resolve) => unknown.once('data', resolve))).toStrictEqual({ status: 'SERVICE_UNKNOWN' });
  unknown.cancel();
  client.close();
});

test('notifications tell of bundles in the form of older systems', async () => {
  await using subject = await openUnderTest();
  const at = { epoch: 'e', atMs: 1_500.25 };
  subject.service.answers.events = [
    { ...at, sequence: 1, kind: 'bundle.activated', data: { name: 'a', version: '1.0.0' } },
    { ...at, sequence: 2, kind: 'bundle.quarantined', data: { name: 'b', reason: 'a byte differs' } },
    { ...at, sequence: 3, kind: 'call.started', data: {} },
  ];
  const client = plainClient(subject.address);
  const stream = plainStream(client, 'aria.v1.NotificationService/StreamNotifications', {});
  const messages: object[] = [];
  for await (const message of stream) messages.push(message as object);
  client.close();
  const timestamp = { seconds: 1, nanos: 500_250_000 };
  expect(messages).toStrictEqual([
    {
      id: 'e-1',
      timestamp,
      bundleUpload: { bundleName: 'a', progressPercent: 100, statusMessage: 'activated', success: true },
    },
    {
      id: 'e-2',
      timestamp,
      bundleUpload: {
        bundleName: 'b',
        progressPercent: 100,
        statusMessage: 'quarantined: its content is corrupt',
        success: false,
        errorMessage: 'a byte differs',
      },
    },
  ]);
  expect(subject.service.seen[0]?.argument).toMatchObject({
    kinds: expect.arrayContaining(['bundle.uploaded', 'upgrade.rejected']),
  });
});

test('over TCP everything but a check of health needs a token, and a refused one costs no message', async () => {
  await using subject = await openUnderTest({ kind: 'tcp' });
  const client = plainClient(subject.address);
  expect(await plainCall(client, 'grpc.health.v1.Health/Check', { service: '' })).toStrictEqual({ status: 'SERVING' });
  const refused = { code: grpc.status.UNAUTHENTICATED };
  const names = ['aria.v1.HostService/GetStatus', 'aria.v1.ToolService/CallTool', 'aria.v1.TaskService/ListTasks'];
  for (const name of names) {
    await expect(plainCall(client, name, {})).rejects.toMatchObject(refused);
    await expect(plainCall(client, name, {}, { authorization: 'Bearer no' })).rejects.toMatchObject(refused);
  }
  for (const name of ['grpc.health.v1.Health/Watch', 'aria.v1.HostService/StreamEvents']) {
    const stream = plainStream(client, name, {});
    await expect(new Promise((_, reject) => stream.once('error', reject))).rejects.toMatchObject(refused);
  }
  await expect(ask(client, [{ listServices: '' }])).rejects.toMatchObject(refused);
  // More than the maximum of a message, which is not read before somebody is known.
  const large = { tool: 'echo', input: { json: 'x'.repeat(10_000_000) } };
  await expect(plainCall(client, 'aria.v1.ToolService/CallTool', large)).rejects.toMatchObject(refused);
  expect(subject.service.seen).toStrictEqual([]);
  client.close();
});

test('the service hears who asks', async () => {
  await using subject = await openUnderTest({ kind: 'tcp', token: 'viewer' });
  await subject.client.status();
  expect(subject.service.seen[0]?.principal).toStrictEqual({ name: 'viewer', role: 'viewer' });
  await using socket = await openUnderTest();
  await socket.client.status();
  expect(socket.service.seen[0]?.principal).toStrictEqual({ name: 'owner', role: 'admin' });
});
