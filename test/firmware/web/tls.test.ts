import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SecureVersion, type TLSSocket, connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Role } from '#wit/api';
import { type HostTls, openTls } from '../../../firmware/access/tls.ts';
import { type TestCertificate, makeCertificate } from '../access/certificates.ts';
import { openFixture } from './web-fixture.ts';

let directory: string;
const authority = makeCertificate('Test authority');
const server = makeCertificate('localhost', authority);
const operator = makeCertificate('operator', authority);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aria-tls-'));
  await put('server.pem', server.certificate);
  await put('server.key', server.key);
  await put('clients.pem', authority.certificate);
});

afterEach(async () => rm(directory, { recursive: true, force: true }));

function put(name: string, text: string): Promise<void> {
  return writeFile(join(directory, name), text, { mode: 0o600 });
}

function open(mutual: boolean): Promise<HostTls> {
  return openTls({
    certificate: join(directory, 'server.pem'),
    key: join(directory, 'server.key'),
    ...(mutual && { clientAuthority: join(directory, 'clients.pem') }),
    clientRoles: new Map<string, Role>([['operator', 'operator']]),
  });
}

/** Status, and the name on the server's certificate. */
function get(
  port: number,
  options: { readonly token?: string; readonly client?: TestCertificate; readonly ca?: string },
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { token, client, ca = authority.certificate } = options;
  request(
    {
      host: 'localhost',
      port,
      path: '/v1/status',
      ca,
      agent: false,
      ...(client && { cert: client.certificate, key: client.key }),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    },
    (response) => {
      const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume().once('end', () => resolve(`${response.statusCode} ${serialNumber}`));
    },
  )
    .on('error', reject)
    .end();
  return promise;
}

test('HTTP and WebSocket speak TLS 1.2 and later, and want the token all the same', async () => {
  await using fixture = await openFixture({ tls: await open(false), listen: { host: '127.0.0.1', port: 0 } });
  expect(await get(fixture.port, { token: 'viewer' })).toMatch(/^200/);
  expect(await get(fixture.port, {})).toMatch(/^401/);
  await using client = fixture.client({ ca: authority.certificate });
  expect(await client.status()).toMatchObject({ state: 'ready' });
  await using stranger = fixture.client({});
  await expect(stranger.status()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  const old = (maxVersion: SecureVersion): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const options = {
      port: fixture.port,
      ca: authority.certificate,
      minVersion: 'TLSv1' as const,
      maxVersion,
      ciphers: 'DEFAULT@SECLEVEL=0',
    };
    const socket = connect(options, () => resolve(socket.getProtocol() ?? ''));
    socket.on('error', () => resolve('refused')).on('close', () => resolve('refused'));
    void promise.finally(() => socket.destroy());
    return promise;
  };
  expect([await old('TLSv1.1'), await old('TLSv1.2'), await old('TLSv1.3')]).toEqual(['refused', 'TLSv1.2', 'TLSv1.3']);
});

test('with an authority a client needs its certificate, which is its role; a certificate without a role needs a token', async () => {
  await using fixture = await openFixture({ tls: await open(true) });
  await expect(get(fixture.port, { token: 'admin' })).rejects.toThrow();
  const foreign = makeCertificate('operator', makeCertificate('Test authority'));
  await expect(get(fixture.port, { token: 'admin', client: foreign })).rejects.toThrow();
  expect(await get(fixture.port, { client: operator })).toMatch(/^200/);
  expect(fixture.service.seen.at(-1)?.principal).toEqual({ name: 'certificate:operator', role: 'operator' });
  const nobody = makeCertificate('nobody', authority);
  expect(await get(fixture.port, { client: nobody })).toMatch(/^401/);
  expect(await get(fixture.port, { client: nobody, token: 'viewer' })).toMatch(/^200/);
  const { certificate, key } = operator;
  const options = { ca: authority.certificate, certificate: { certificate, key }, token: 'viewer' };
  await using client = fixture.client(options);
  expect(await client.status()).toMatchObject({ state: 'ready' });
});

test('a certificate that was renewed is used for the next connection; a wrong one leaves the one in use', async () => {
  const tls = await open(false);
  await using fixture = await openFixture({ tls });
  const before = await get(fixture.port, { token: 'viewer' });
  const renewed = makeCertificate('localhost', authority);
  await put('server.pem', renewed.certificate);
  await expect(tls.reload()).rejects.toMatchObject({ code: 'CONFIG_INVALID', wire: { details: { field: 'tls.key' } } });
  expect(await get(fixture.port, { token: 'viewer' })).toBe(before);
  await put('server.key', renewed.key);
  await tls.reload();
  expect(await get(fixture.port, { token: 'viewer' })).not.toBe(before);
});

test('a server elsewhere than on loopback listens only with TLS', async () => {
  const listen = { host: '0.0.0.0', port: 0 };
  await expect(openFixture({ listen })).rejects.toMatchObject({ code: 'LISTEN_REFUSED' });
  await using fixture = await openFixture({ listen, tls: await open(false) });
  expect(await get(fixture.port, { token: 'viewer' })).toMatch(/^200/);
});

test('a client that speaks no TLS, or stops in its handshake, is ended', async () => {
  await using fixture = await openFixture({ tls: await open(false), limits: { headersMs: 100 } });
  expect(await fixture.raw('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')).not.toContain('200');
  expect(await fixture.raw(Uint8Array.of(0x16, 0x03, 0x01))).toBe('');
});

test.for([
  ['tls.certificate', 'server.pem', 'nonsense'],
  ['tls.key', 'server.key', 'nonsense'],
  ['tls.key', 'server.key', makeCertificate('other').key],
  ['tls.client_authority', 'clients.pem', 'nonsense'],
] as const)('%s that is wrong is named', async ([field, name, text]) => {
  await put(name, text);
  await expect(open(true)).rejects.toMatchObject({ code: 'CONFIG_INVALID', wire: { details: { field } } });
});

test('a key that everybody may read, and a file that is not there, are refused', async () => {
  await chmod(join(directory, 'server.key'), 0o644);
  await expect(open(false)).rejects.toMatchObject({ wire: { details: { field: 'tls.key' } } });
  await chmod(join(directory, 'server.key'), 0o640);
  await open(false);
  await rm(join(directory, 'server.pem'));
  await expect(open(false)).rejects.toMatchObject({ wire: { details: { field: 'tls.certificate' } } });
});
