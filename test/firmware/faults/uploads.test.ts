/** Uploads that are slow, cut, doubled, wrong or too many, to the real process. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type UploadContent, connectGrpc } from '#wit/api';
import { hashBytes } from '#wit/bundle';
import { CodedError } from '#wit/errors';
import { type SignedBundle, addTool, echoTool, signedBundle, uploadOf } from '../host/signed-bundle.ts';
import { openCutProxy } from '../web/cut-proxy.ts';
import { connectTo } from './raw-clients.ts';
import { type RunningHost, callOf, runHost, until } from './running-host.ts';

/** As the service has it. */
const uploadsMax = 16;

let host: RunningHost;
beforeAll(async () => {
  host = await runHost({ tools: [addTool], environment: { ARIA_STORE_BYTES_MAX: '5 MiB' } });
});
afterAll(() => host[Symbol.asyncDispose]());

/** A bundle that hardly gets smaller when it is packed. */
function largeBundle(name: string, bytes = 2 ** 20): Promise<SignedBundle> {
  const padding = randomBytes((bytes * 3) / 4).toString('base64');
  return signedBundle(host.key, { name, tools: [{ ...echoTool, body: `/* ${padding} */ ${echoTool.body}` }] });
}

function headersOf({ hash, archive, signature }: SignedBundle, offset = 0): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'aria-bundle-hash': hash,
    'aria-bundle-size': String(archive.length),
    'aria-bundle-signature': Buffer.from(signature).toString('base64'),
    'upload-offset': String(offset),
  };
}

/** The head of a request that sends a bundle, for those who write its body themselves. */
function headOf(bundle: SignedBundle, port: number): string {
  const lines = Object.entries(headersOf(bundle)).map(([name, value]) => `${name}: ${value}\r\n`);
  const about = `host: 127.0.0.1:${port}\r\nauthorization: Bearer ${host.token}\r\nconnection: close\r\n`;
  return `PUT /v1/bundles HTTP/1.1\r\n${about}content-length: ${bundle.archive.length}\r\n${lines.join('')}\r\n`;
}

function put(bundle: SignedBundle, offset = 0): Promise<Response> {
  const body = Buffer.from(bundle.archive.subarray(offset));
  return host.ask('/v1/bundles', { method: 'PUT', headers: headersOf(bundle, offset), body });
}

const codeOf = (thrown: unknown): string => (thrown instanceof CodedError ? thrown.code : String(thrown));

/** How much of an upload the host has. */
async function heldOf(hash: string): Promise<number> {
  return (await readFile(join(host.home, 'uploads', `${hash}.part`)).catch(() => Buffer.alloc(0))).length;
}

/** A bundle of which the first bytes come, and the rest when it is told to. */
function haltingUpload({ content, archive }: SignedBundle, first: number): { upload: UploadContent; goOn: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const read = async function* (offset: number): AsyncGenerator<Uint8Array> {
    if (offset < first) yield archive.subarray(offset, first);
    await promise;
    yield archive.subarray(Math.max(first, offset));
  };
  return { upload: { ...content, read }, goOn: resolve };
}

test('an upload byte by byte, with a halt, holds up nobody and arrives', async () => {
  const slow = await signedBundle(host.key, { name: 'slow', tools: [echoTool] });
  const socket = await connectTo(host.ports.web);
  let answer = '';
  socket.resume().on('data', (piece: Buffer) => (answer += piece.toString()));
  const closed = once(socket, 'close');
  socket.setNoDelay(true).write(headOf(slow, host.ports.web));
  for (let at = 0; at < 300; at += 1) {
    socket.write(slow.archive.subarray(at, at + 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(async () => (await heldOf(slow.hash)) === 300);
  expect(await host.api.callTool({ tool: 'samples/add', input: { a: 1, b: 1 } })).toMatchObject({ output: { sum: 2 } });
  const other = await signedBundle(host.key, { name: 'quick', tools: [echoTool] });
  expect(await host.api.upload(other.content)).toMatchObject({ state: 'active' });
  socket.write(slow.archive.subarray(300));
  await closed;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain('"state":"active"');
});

test('an upload over gRPC whose line is cut again and again goes on where it ended', async () => {
  const bundle = await largeBundle('cut-grpc');
  await using proxy = await openCutProxy();
  proxy.forwardTo(host.ports.grpc);
  await using api = connectGrpc({ address: `127.0.0.1:${proxy.port}`, token: host.token });
  const offsets: number[] = [];
  let cuts = 0;
  const read = async function* (offset: number): AsyncGenerator<Uint8Array> {
    offsets.push(offset);
    for (let at = offset; at < bundle.archive.length; at += 65_536) {
      yield bundle.archive.subarray(at, at + 65_536);
      // A try from the beginning is only told where to go on.
      if (cuts < 2 && at - offset > 300_000 && (cuts === 0 || offset > 0)) {
        await until(async () => (await heldOf(bundle.hash)) > offset);
        cuts += 1;
        proxy.cut();
      }
    }
  };
  expect(await api.upload({ ...bundle.content, read })).toMatchObject({ state: 'active' });
  expect(cuts).toBe(2);
  // It tries from the beginning, is told, and goes on: what had arrived is not sent again.
  const resumed = offsets.filter((offset) => offset > 0);
  expect(resumed.length).toBeGreaterThanOrEqual(2);
  expect(resumed.at(-1)).toBeGreaterThan(resumed[0] ?? 0);
});

test('an upload over HTTP that is cut is told where to go on', async () => {
  const bundle = await largeBundle('cut-http');
  await using proxy = await openCutProxy();
  proxy.forwardTo(host.ports.web);
  const socket = await connectTo(proxy.port);
  // The name under which the proxy is asked is none of the host's.
  socket.write(headOf(bundle, host.ports.web));
  socket.write(bundle.archive.subarray(0, 500_000));
  await until(async () => (await heldOf(bundle.hash)) === 500_000);
  proxy.cut();
  let refused: unknown;
  // Until the host has noticed, the first one is under way.
  await until(async () => {
    const answer = await put(bundle, 600_000);
    refused = await answer.json();
    return answer.status === 409;
  });
  expect(refused).toMatchObject({ error: { code: 'UPLOAD_INVALID', details: { offset: 500_000 } } });
  const rest = await put(bundle, 500_000);
  expect(await rest.json()).toMatchObject({ name: 'cut-http', state: 'active' });
});

test('of two who upload the same bundle at once one is told so, and it is installed once', async () => {
  const bundle = await signedBundle(host.key, { name: 'twice', tools: [echoTool] });
  const { upload, goOn } = haltingUpload(bundle, 100);
  const first = host.api.upload(upload);
  await until(async () => (await heldOf(bundle.hash)) === 100);
  const second = await put(bundle);
  expect(await second.json()).toMatchObject({ error: { code: 'OVERLOADED', retryable: true } });
  goOn();
  expect(await first).toMatchObject({ state: 'active', unchanged: false });
  expect(await (await put(bundle)).json()).toMatchObject({ state: 'active', unchanged: true });
  expect((await host.api.listBundles()).filter(({ name }) => name === 'twice')).toHaveLength(1);
});

test('garbage with the right hash, a wrong hash and a wrong size are refused with a code and leave nothing', async () => {
  const garbage = randomBytes(5000);
  const hash = hashBytes(garbage);
  const { signature } = await signedBundle(host.key, { name: 'garbage', tools: [echoTool] });
  expect(await host.api.upload(uploadOf(garbage, { hash, signature, name: 'x' })).catch(codeOf)).toMatch(/^BUNDLE_/);
  const wrong = uploadOf(garbage, { hash: '0'.repeat(64), signature, name: 'x' });
  expect(await host.api.upload(wrong).catch(codeOf)).toBe('UPLOAD_INVALID');
  const huge = await host.ask('/v1/bundles', {
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      'aria-bundle-hash': hash,
      'aria-bundle-size': '99999999999',
    },
    body: 'x',
  });
  expect(huge.status).toBeGreaterThanOrEqual(400);
  expect(await huge.json()).toMatchObject({
    error: { code: expect.stringMatching(/^(?:UPLOAD_INVALID|BUNDLE_TOO_LARGE)$/) },
  });
  expect(await readdir(join(host.home, 'uploads'))).toEqual([]);
});

test('a bundle beyond the quota is refused, nothing of it stays, and a small one still comes in', async () => {
  const large = await signedBundle(host.key, {
    name: 'large',
    tools: await Promise.all(
      Array.from({ length: 6 }, async (_, index) => ({
        ...echoTool,
        name: `echo-${index}`,
        body: `/* ${randomBytes(700_000).toString('base64')} */ return 1;`,
      })),
    ),
  });
  expect(await host.api.upload(large.content).catch(codeOf)).toBe('STORE_FULL');
  expect(await readdir(join(host.home, 'uploads'))).toEqual([]);
  const small = await signedBundle(host.key, { name: 'small', tools: [echoTool] });
  expect(await host.api.upload(small.content)).toMatchObject({ state: 'active' });
  const { store } = await host.api.status();
  expect(store.bytes).toBeLessThanOrEqual(store.bytesMax);
});

test(`of ${uploadsMax + 1} uploads at once the last is refused; those that are given up are in nobody's way`, async () => {
  const leave = new AbortController();
  const bundles = await Promise.all(
    Array.from({ length: uploadsMax + 1 }, (_, index) =>
      signedBundle(host.key, { name: `many-${index}`, tools: [echoTool] }),
    ),
  );
  const codes: string[] = [];
  const all = bundles.map((bundle) =>
    host.api.upload(haltingUpload(bundle, 50).upload, { signal: leave.signal }).catch((thrown: unknown) => {
      codes.push(codeOf(thrown));
    }),
  );
  await until(() => codes.length === 1);
  expect(codes).toEqual(['OVERLOADED']);
  await until(async () => (await readdir(join(host.home, 'uploads'))).length === uploadsMax);
  leave.abort();
  await Promise.all(all);
  const next = await signedBundle(host.key, { name: 'after-many', tools: [echoTool] });
  let state = '';
  await until(
    async () => (state = await host.api.upload(next.content).then((result) => result.state, codeOf)) !== 'OVERLOADED',
  );
  expect(state).toBe('active');
  expect((await readdir(join(host.home, 'uploads'))).length).toBeLessThanOrEqual(uploadsMax);
});

test('an upload that a stop comes upon ends well or goes on with the next host, and new ones are refused', async () => {
  const stopping = await largeBundle('stopping', 100_000);
  const { upload, goOn } = haltingUpload(stopping, 5000);
  const under = host.api.upload(upload);
  await until(async () => (await heldOf(stopping.hash)) === 5000);
  const ended = host.end('SIGTERM');
  await until(
    async () =>
      (await host.ask('/readyz').then(
        ({ status }) => status,
        () => 0,
      )) !== 200,
  );
  const late = await signedBundle(host.key, { name: 'late', tools: [echoTool] });
  await using other = connectGrpc({ address: `unix:${host.ready.api ?? ''}` });
  expect(await other.upload(late.content).catch(codeOf)).toMatch(/^(?:UNAVAILABLE|HOST_UNREACHABLE)$/);
  goOn();
  const state = await under.then(({ state: came }) => came, codeOf);
  expect(await ended).toBe(0);
  await host.start();
  const bundles = (await host.api.listBundles()).map(({ name }) => name);
  expect(bundles).not.toContain('late');
  expect(bundles.includes('stopping')).toBe(state === 'active');
  expect(state).toBe('active');
  const answer = await host.ask('/v1/tools/stopping/echo/calls', callOf({ still: true }));
  expect(await answer.json()).toMatchObject({ output: { still: true } });
});
