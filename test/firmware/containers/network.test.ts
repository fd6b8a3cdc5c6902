/** The network of tools in containers, behind the whole host: only where a token says, by whatever a library opens sockets with. */
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type Server, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BuiltBundle } from '#compiler';
import { containersHere } from '../../quilt-adapter/containers-here.ts';
import { usableBackends } from '../../quilt-adapter/engine/engine-under-test.ts';
import { type HostOptions, type HostUnderTest, startHost } from '../host/host-under-test.ts';
import { buildProject, installBuilt, outputOf } from './project-bundle.ts';

/** Public by its form, and nobody's that a test would reach: where it leads is this machine. */
const publicAddress = '93.184.216.34';

/** Tools that reach for servers of the test. */
function source({ http, echo }: { readonly http: number; readonly echo: number }): Readonly<Record<string, string>> {
  const local = `tokens: ['net:127.0.0.1:${http}', 'net:127.0.0.1:${echo}']`;
  return {
    'package.json': '{ "name": "reach", "version": "1.0.0", "description": "Tools that reach out" }\n',
    // As clients of databases are made.
    'node_modules/tiny-client/package.json': '{ "name": "tiny-client", "version": "1.0.0", "main": "index.js" }',
    'node_modules/tiny-client/index.js': `const net = require('net'); const { EventEmitter } = require('events');
class Client extends EventEmitter {
  constructor(options) { super(); this.socket = net.createConnection(options).setNoDelay(true).setKeepAlive(true, 1000); this.waiting = []; this.text = '';
    this.socket.on('data', (bytes) => { this.text += bytes; for (let at; (at = this.text.indexOf('\\n')) >= 0; this.text = this.text.slice(at + 1)) this.waiting.shift()?.(this.text.slice(0, at)); });
    this.socket.on('error', (error) => this.emit('error', error)); }
  ask(line) { return new Promise((resolve, reject) => { this.waiting.push(resolve); this.once('error', reject); this.socket.write(line + '\\n'); }); }
  close() { this.socket.end(); }
}
module.exports = { Client };`,
    'node_modules/tiny-client/index.d.ts':
      'export class Client { constructor(options: { host: string; port: number }); ask(line: string): Promise<string>; close(): void; }',
    'src/reach.ts': `import { get } from 'node:http';
import { connect } from 'node:net';
import { Client } from 'tiny-client';
import { tool } from '@aria/sdk';

/** What a server says to these bytes, after both sides have ended. */
function exchange(host: string, port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.on('data', (bytes: Uint8Array) => { got += String(bytes); });
    socket.on('error', (error: { code: string }) => resolve(error.code));
    socket.on('close', () => resolve(got));
    socket.end(text);
  });
}
async function fetched(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return response.status + ' ' + (await response.text());
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}
/** By fetch. */
export const byFetch = tool({ ${local} }, (): Promise<string> => fetched('http://127.0.0.1:${http}/fetched'));
/** By node:http. */
export const byHttp = tool({ ${local} }, (): Promise<string> => new Promise((resolve, reject) => {
  get('http://127.0.0.1:${http}/got', (response: any) => {
    let text = response.statusCode + ' ';
    response.on('data', (bytes: Uint8Array) => { text += String(bytes); }).on('end', () => resolve(text));
  }).on('error', reject);
}));
/** By node:net, ending its own side first. */
export const byNet = tool({ ${local} }, (input: { text: string }): Promise<string> => exchange('127.0.0.1', ${echo}, input.text));
/** By a library that keeps a connection. */
export const byClient = tool({ ${local} }, async (): Promise<string[]> => {
  const client = new Client({ host: '127.0.0.1', port: ${echo} });
  const answers = await Promise.all(['one', 'two', 'three'].map((line) => client.ask(line)));
  client.close();
  return answers;
});
/** Where its tokens do not lead. */
export const elsewhere = tool({ ${local} }, async (): Promise<string[]> => [
  await exchange('127.0.0.1', 22, 'x'),
  await fetched('http://${publicAddress}/'),
  await fetched('http://api.example.com/'),
]);
/** Without any token, by a name of fetch that arc does not see. */
export const nowhere = tool({}, async (): Promise<string[]> => {
  const hidden = (globalThis as unknown as Record<string, (url: string) => Promise<unknown>>)[['fet', 'ch'].join('')];
  const code = await hidden?.('http://127.0.0.1:${http}/').then(() => 'done', (error: { code?: unknown }) => String(error.code));
  return [await exchange('127.0.0.1', ${echo}, 'x'), String(code)];
});
/** A name that the host resolves, at a port below 1024. */
export const byName = tool({ tokens: ['net:api.example.com:443'] }, (): Promise<string> => exchange('api.example.com', 443, 'by name'));
/** Any name at one port. */
export const byProxy = tool({ tokens: ['net:*:80'] }, async (): Promise<string[]> => [
  await fetched('http://web.example.com/proxied'),
  await fetched('http://inside.example.com/'),
  await fetched('http://nowhere.example.com/'),
]);
`,
  };
}

const usable = await usableBackends();

describe.skipIf(!(await containersHere()))('the network of tools in containers', () => {
  let host: HostUnderTest;
  let http: HttpServer;
  let echo: Server;
  let bundle: BuiltBundle;
  let egress: NonNullable<HostOptions['egress']>;
  const asked: string[] = [];
  const names: Readonly<Record<string, readonly string[]>> = {
    'api.example.com': [publicAddress],
    'web.example.com': [publicAddress],
    'inside.example.com': ['127.0.0.1'],
  };

  beforeAll(async () => {
    http = createHttpServer((request, response) =>
      response.end(`${request.method} ${request.url} by ${request.headers.host}`),
    );
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes: Buffer) => socket.write(bytes.toString('latin1').toUpperCase(), 'latin1'));
      socket.on('end', () => socket.end());
    });
    const [httpPort, echoPort] = [await portOf(http), await portOf(echo)];
    egress = {
      resolve: async (name) => names[name] ?? [],
      connect: ({ address, port }) => {
        asked.push(`${address}:${port}`);
        if (address === '127.0.0.1') return connect({ host: address, port, allowHalfOpen: true });
        return connect({ host: '127.0.0.1', port: port === 443 ? echoPort : httpPort, allowHalfOpen: true });
      },
    };
    host = await startHost({ egress });
    bundle = await buildProject(source({ http: httpPort, echo: echoPort }));
    await installBuilt(host, bundle);
  }, 60_000);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    for (const server of [http, echo]) server.close();
  });
  const call = (tool: string, input: unknown = {}): Promise<unknown> => outputOf(host, tool, { input });

  test('fetch, node:http and a raw connection reach what a token names', async () => {
    expect(await call('byFetch')).toMatch(/^200 GET \/fetched by 127\.0\.0\.1:\d+$/);
    expect(await call('byHttp')).toMatch(/^200 GET \/got by 127\.0\.0\.1:\d+$/);
    expect(await call('byNet', { text: 'ended' })).toBe('ENDED');
    const text = 'many bytes '.repeat(50_000);
    expect(await call('byNet', { text })).toBe(text.toUpperCase());
  });
  test('a library that keeps a connection of its own works as it is', async () => {
    expect(await call('byClient')).toEqual(['ONE', 'TWO', 'THREE']);
  });
  test('nothing else is there: other ports, other addresses, other names', async () => {
    const before = asked.length;
    const [port, address, name] = (await call('elsewhere')) as readonly string[];
    expect(port).toBe('ECONNREFUSED');
    for (const refused of [address, name]) expect(refused).toMatch(/^403 .*CAPABILITY_DENIED/);
    expect(asked.length).toBe(before);
  });
  test('without a token there is no network at all', async () => {
    const [raw, fetched] = (await call('nowhere')) as readonly string[];
    expect(raw).toMatch(/^(EAFNOSUPPORT|EPERM|ENOSYS|ECONNREFUSED|FailedToOpenSocket)$/);
    expect(fetched).toBe('CAPABILITY_DENIED');
  });
  test.skipIf(!usable.has('crun') && !usable.has('runc'))(
    'a name is resolved by the host, and served at a port below 1024',
    async () => {
      expect(await call('byName')).toBe('BY NAME');
      expect(asked.at(-1)).toBe(`${publicAddress}:443`);
    },
  );
  test.skipIf(!usable.has('bubblewrap'))(
    'where such a port cannot be listened at, the log says what to use instead',
    async () => {
      await using other = await startHost({ egress, settings: { 'containers.backend': 'bubblewrap' } });
      await installBuilt(other, bundle);
      expect(await other.owner.callTool({ tool: 'byName', input: {} })).toMatchObject({
        output: 'ECONNREFUSED',
        logs: [{ level: 'warn', message: expect.stringContaining('the port is not free here. Use HTTPS_PROXY') }],
      });
      const [proxied] = (await outputOf(other, 'byProxy')) as readonly string[];
      expect(proxied).toBe('200 GET /proxied by web.example.com');
    },
  );
  test('a wildcard goes by the proxy, which refuses addresses of this machine', async () => {
    const [found, inside, nowhere] = (await call('byProxy')) as readonly string[];
    expect(found).toBe('200 GET /proxied by web.example.com');
    expect(inside).toMatch(/^403 .*CAPABILITY_DENIED/);
    expect(nowhere).toMatch(/^502 .*CONNECTION_FAILED/);
  });
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
