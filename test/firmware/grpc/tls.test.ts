import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClientTls, connectGrpc } from '#wit/api';
import { openTls } from '../../../firmware/access/tls.ts';
import { openGrpcGateway } from '../../../firmware/api/grpc/open-grpc-gateway.ts';
import { ScriptedService, scriptedSetting } from '../scripted-service.ts';
import { failureOf } from './gateway-under-test.ts';

let directory = '';

/** A certificate with a key, signed by itself or by an authority. */
function certify(name: string, authority?: string, names = 'DNS:localhost,IP:127.0.0.1'): void {
  const file = (suffix: string): string => join(directory, `${name}.${suffix}`);
  const signer =
    authority === undefined
      ? []
      : ['-CA', join(directory, `${authority}.pem`), '-CAkey', join(directory, `${authority}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file('key')];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, '-out', file('pem'), ...subject, ...signer], {
    stdio: 'ignore',
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aria-tls-'));
  for (const name of ['host', 'authority']) certify(name);
  for (const name of ['operator', 'guest']) certify(name, 'authority');
  certify('stranger');
  certify('elsewhere', undefined, 'DNS:elsewhere.example');
});
afterAll(() => rm(directory, { recursive: true }));

async function open(clientAuthority?: string, name = 'host') {
  const files = { certificate: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
  const roles = new Map([['operator', 'operator' as const]]);
  const tls = await openTls({
    ...files,
    clientRoles: roles,
    ...(clientAuthority !== undefined && { clientAuthority }),
  });
  const service = new ScriptedService();
  const gateway = await openGrpcGateway(scriptedSetting(service), { kind: 'tcp', host: '127.0.0.1', port: 0, tls });
  return { gateway, service, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

async function material(name?: string): Promise<ClientTls> {
  const read = (file: string): Promise<string> => readFile(join(directory, file), 'utf8');
  const authority = await read('host.pem');
  if (name === undefined) return { authority };
  return { authority, certificate: await read(`${name}.pem`), key: await read(`${name}.key`) };
}

const without = spawnSync('openssl', ['version']).status !== 0;

test.skipIf(without)(
  'over TLS a token says who asks, and a client that does not trust the host sends nothing',
  async () => {
    await using subject = await open();
    const { address } = subject.gateway;
    await using client = connectGrpc({ address, token: 'viewer', tls: await material() });
    expect(await client.status()).toMatchObject({ state: 'ready' });
    expect(subject.service.seen[0]?.principal).toStrictEqual({ name: 'viewer', role: 'viewer' });
    await using distrustful = connectGrpc({ address, token: 'viewer', tls: {} });
    expect((await failureOf(distrustful.status())).wire).toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: expect.stringMatching(/certificate/),
    });
    await using plain = connectGrpc({ address, token: 'viewer' });
    expect(['HOST_UNREACHABLE', 'CONNECTION_FAILED']).toContain((await failureOf(plain.status())).code);
    expect(subject.service.seen.length).toBe(1);
  },
);

test.skipIf(without)(
  'with mutual TLS the name in the certificate says who asks, and strangers do not get as far',
  async () => {
    await using subject = await open(join(directory, 'authority.pem'));
    const { address } = subject.gateway;
    await using operator = connectGrpc({ address, tls: await material('operator') });
    await operator.status();
    expect(subject.service.seen[0]?.principal).toStrictEqual({ name: 'certificate:operator', role: 'operator' });
    await using guest = connectGrpc({ address, tls: await material('guest') });
    expect((await failureOf(guest.status())).code).toBe('UNAUTHENTICATED');
    for (const name of ['stranger', undefined]) {
      await using stranger = connectGrpc({ address, token: 'admin', tls: await material(name) });
      expect(['HOST_UNREACHABLE', 'CONNECTION_FAILED']).toContain((await failureOf(stranger.status())).code);
    }
    expect(subject.service.seen.length).toBe(1);
  },
);

test.skipIf(without)(
  'connections that speak no TLS, or another protocol in it, end, and the host goes on',
  async () => {
    await using subject = await open();
    const port = Number(subject.gateway.address.split(':')[1]);
    await new Promise<void>((resolve) => {
      const socket = createConnection(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      socket
        .on('error', () => {})
        .resume()
        .on('close', () => resolve());
    });
    await new Promise<void>((resolve) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
      socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      socket
        .on('error', () => {})
        .resume()
        .on('close', () => resolve());
    });
    await using client = connectGrpc({ address: subject.gateway.address, token: 'admin', tls: await material() });
    expect(await client.status()).toMatchObject({ state: 'ready' });
  },
);

test.skipIf(without)(
  'a certificate of another name is refused, unless that name is what the client asks for',
  async () => {
    await using subject = await open(undefined, 'elsewhere');
    const { address } = subject.gateway;
    const authority = await readFile(join(directory, 'elsewhere.pem'), 'utf8');
    await using client = connectGrpc({ address, token: 'admin', tls: { authority } });
    expect((await failureOf(client.status())).wire).toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1'),
    });
    await using named = connectGrpc({ address, token: 'admin', tls: { authority, serverName: 'elsewhere.example' } });
    expect(await named.status()).toMatchObject({ state: 'ready' });
    await using misnamed = connectGrpc({ address, token: 'admin', tls: { authority, serverName: 'other.example' } });
    expect((await failureOf(misnamed.status())).code).toBe('HOST_UNREACHABLE');
    expect(subject.service.seen.length).toBe(1);
  },
);
