/** The way to the network, attacked from inside a real container with the real agent: name servers that change their minds, addresses of the machine in every spelling, and the proxy's own socket. */
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOperations } from '#host';
import type { EgressRecord } from '../../../quilt-adapter/proxy/audit.ts';
import { createCallServices } from '../../../quilt-adapter/proxy/call-services.ts';
import { bunProgram, containerRunner, openEngine } from '../engine/engine-under-test.ts';
import { isAttackable, isolating } from './arena.ts';

/** One that is nobody's: what connects "there" is led to a server of the test. */
const somewhere = '93.184.215.14';
const hostile: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'good.example': [[somewhere]],
  'rebind.example': [[somewhere], ['127.0.0.1'], ['169.254.169.254'], ['::1']],
  'loop.example': [['127.0.0.1']],
  'meta.example': [['169.254.169.254']],
  'inner.example': [['10.0.0.1', '192.168.0.1', '172.16.0.1']],
  'mapped.example': [['::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1']],
  'mixed.example': [['127.0.0.1', somewhere, '::1']],
};
const tokens = [...Object.keys(hostile).map((host) => `net:${host}:80`), 'net:*:8080'];

const body = `
  const net = require('node:net');
  const get = (url, more) => fetch(url, { signal: AbortSignal.timeout(5000), ...more }).then(async (r) => r.status + ' ' + (await r.text()).slice(0, 40), (e) => 'no way');
  const raw = (text) => new Promise((done) => { let seen = ''; const s = net.connect('/run/aria/proxy.sock', () => s.write(text));
    s.on('data', (c) => { seen += c; if (seen.includes('\\r\\n\\r\\n')) s.end(); }); s.on('error', () => done('no way')); s.on('close', () => done(seen.split('\\r\\n', 1)[0])); setTimeout(() => s.destroy(), 5000); });
  const result = { good: await get('http://good.example/'), rebind: [], names: {}, spelled: {}, raw: {} };
  for (let n = 0; n < 4; n += 1) result.rebind.push(await get('http://rebind.example/', { keepalive: false }));
  for (const name of ['loop', 'meta', 'inner', 'mapped', 'mixed', 'unknown']) result.names[name] = await get('http://' + name + '.example/');
  result.redirected = await get('http://good.example/redirect');
  for (const host of input.hosts) result.spelled[host] = await get('http://' + host + ':8080/', { proxy: process.env.HTTP_PROXY });
  for (const host of input.hosts) result.raw[host] = await raw('CONNECT ' + host + ':8080 HTTP/1.1\\r\\nHost: ' + host + ':8080\\r\\n\\r\\n');
  result.other = await raw('CONNECT good.example:443 HTTP/1.1\\r\\nHost: good.example:443\\r\\n\\r\\n');
  result.hostHeader = await raw('GET http://loop.example/ HTTP/1.1\\r\\nHost: good.example\\r\\nConnection: close\\r\\n\\r\\n');
  return result;`;

/** The machine itself, its neighbours, and its cloud's secrets. */
const hosts = [
  '127.0.0.1',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  '017700000001',
  '0.0.0.0',
  '169.254.169.254',
  '10.0.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[fd00:ec2::254]',
  '[fe80::1]',
];

interface Seen {
  readonly good: string;
  readonly rebind: readonly string[];
  readonly names: Readonly<Record<string, string>>;
  readonly redirected: string;
  readonly spelled: Readonly<Record<string, string>>;
  readonly raw: Readonly<Record<string, string>>;
  readonly other: string;
  readonly hostHeader: string;
}

describe.each(isolating)('%s', (name) => {
  describe.skipIf(!isAttackable(name) || bunProgram() === undefined)('with a token for the network', () => {
    const asked: string[] = [];
    const connected: string[] = [];
    const records: EgressRecord[] = [];
    let seen: Seen;
    const closing = new AsyncDisposableStack();

    beforeAll(async () => {
      const server = createServer((request, response) => {
        if (request.url?.includes('redirect'))
          response.writeHead(302, { Location: 'http://169.254.169.254:8080/secrets' });
        response.end('somewhere');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closing.defer(() => {
        server.closeAllConnections();
        server.close();
      });
      const { port } = server.address() as AddressInfo;
      const services = createCallServices({
        operations: createOperations(),
        audit: (record) => records.push(record),
        resolve: async (host) => {
          const answers = hostile[host] ?? [];
          const count = asked.filter((one) => one === host).length;
          asked.push(host);
          return answers[Math.min(count, answers.length - 1)] ?? [];
        },
        connect: ({ address }) => {
          connected.push(address);
          return connectSocket({ host: '127.0.0.1', port, allowHalfOpen: true });
        },
      });
      const { engine } = closing.use(await openEngine({ backend: name, services }));
      const sample = { name: 'probe', body, tokens, timeoutMs: 60_000, computeMs: 60_000 };
      await using runner = await containerRunner(engine, [sample], { engineOfTools: 'bun' });
      const outcome = await runner.run({ id: 'call-1', tool: 'probe', input: { hosts } });
      expect(outcome).toMatchObject({ kind: 'done' });
      seen = (outcome as unknown as { output: Seen }).output;
    });
    afterAll(() => closing.disposeAsync());

    test('an allowed name is reached by its own name, and nothing else is ever connected to', () => {
      expect(seen.good).toBe('200 somewhere');
      expect([...new Set(connected)]).toEqual([somewhere]);
    });

    test('a name that becomes an address of the machine is refused from then on', () => {
      expect(seen.rebind[0]).toBe('200 somewhere');
      for (const answer of seen.rebind.slice(1)) expect(answer).toMatch(/^(no way|403|5\d\d)/);
    });

    test('names for addresses inside are refused, and those that have both kinds lead outside', () => {
      for (const one of ['loop', 'meta', 'inner', 'mapped', 'unknown'])
        expect([one, seen.names[one]]).toEqual([one, expect.stringMatching(/^(no way|403|5\d\d)/)]);
      expect(seen.names['mixed']).toBe('200 somewhere');
    });

    test('a redirection to the inside leads nowhere', () => {
      expect(seen.redirected).toMatch(/^(no way|403|5\d\d)/);
    });

    test('addresses inside are refused in every spelling, by the variables and on the socket itself', () => {
      for (const host of hosts) {
        expect([host, seen.spelled[host]]).toEqual([host, expect.stringMatching(/^(no way|[45]\d\d)/)]);
        expect([host, seen.raw[host]]).toEqual([host, expect.stringMatching(/^HTTP\/1\.1 [45]\d\d /)]);
      }
      expect(seen.other).toMatch(/^HTTP\/1\.1 403 /);
      expect(seen.hostHeader).toMatch(/^HTTP\/1\.1 [45]\d\d /);
    });

    test('every attempt is on record, with its end', () => {
      expect(records.filter(({ outcome }) => outcome === 'done').length).toBeGreaterThan(1);
      expect(records.filter(({ outcome }) => outcome !== 'done').length).toBeGreaterThan(hosts.length);
    });
  });
});
