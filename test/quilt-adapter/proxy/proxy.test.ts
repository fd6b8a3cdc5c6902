import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Random, fuzzSeed, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { ended, errorIn, httpServer, proxyIn, talk, tcpServer, tunnel } from './proxy-client.ts';

const echo = (socket: Socket): void => void socket.pipe(socket);

test('a tunnel carries bytes both ways, early ones included, and leaves one record', async () => {
  await using server = await tcpServer(echo);
  await using tested = await proxyIn();
  using _call = tested.begin(`net:127.0.0.1:${server.port}`);
  const { socket, text } = await tunnel(tested, `127.0.0.1:${server.port}`, 'early ');
  socket.end('late');
  await once(socket, 'end');
  expect(text()).toBe('early late');
  await expect.poll(() => tested.records.length).toBe(1);
  expect(tested.records[0]).toEqual({
    container: 'box-1',
    callId: 'call-1',
    bundle: 'orders@1.0.0',
    tool: 'place',
    kind: 'tunnel',
    method: 'CONNECT',
    host: '127.0.0.1',
    port: server.port,
    address: '127.0.0.1',
    bytesIn: 10,
    bytesOut: 10,
    startedMs: expect.any(Number),
    endedMs: expect.any(Number),
    outcome: 'done',
  });
});

test('a megabyte goes through twenty tunnels at once, whole', async () => {
  await using server = await tcpServer(echo);
  await using tested = await proxyIn();
  using _call = tested.begin(`net:127.0.0.1:${server.port}`);
  const sent = 'x'.repeat(1024 * 1024);
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const { socket, text } = await tunnel(tested, `127.0.0.1:${server.port}`);
      socket.end(sent);
      await once(socket, 'end');
      expect(text().length).toBe(sent.length);
    }),
  );
  await expect.poll(() => tested.records.filter(({ outcome }) => outcome === 'done').length).toBe(20);
  await expect.poll(() => tested.proxy.connections).toBe(0);
});

test('a request in absolute form is sent on with its own host, without headers of the connection, and answered', async () => {
  await using server = await httpServer((request, response) => {
    const pieces: Buffer[] = [];
    request
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', () => {
        response.writeHead(201, { 'x-own': 'kept', 'keep-alive': 'timeout=5', 'proxy-authenticate': 'x' });
        response.end(
          JSON.stringify({
            url: request.url,
            method: request.method,
            raw: request.rawHeaders,
            body: Buffer.concat(pieces).toString(),
          }),
        );
      });
  });
  await using tested = await proxyIn();
  using _call = tested.begin(`net:127.0.0.1:${server.port}`);
  const answer = await talk(
    tested,
    `POST http://127.0.0.1:${server.port}/a//../b?c HTTP/1.1\r\nhost: elsewhere\r\nX-Own: yes\r\nx-hop: no\r\nproxy-authorization: secret\r\nproxy-connection: a\r\nte: trailers\r\nupgrade: h2c\r\nconnection: close, x-hop\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1.1 201 Created\r\n/);
  expect(answer).toContain('x-own: kept');
  expect(answer).not.toMatch(/proxy-authenticate|timeout=5/);
  const seen = JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? '') as {
    url: string;
    method: string;
    raw: string[];
    body: string;
  };
  expect([seen.url, seen.method, seen.body]).toEqual(['/a//../b?c', 'POST', 'abc']);
  expect(seen.raw.map((text) => text.toLowerCase())).toEqual([
    'host',
    `127.0.0.1:${server.port}`,
    'x-own',
    'yes',
    'transfer-encoding',
    'chunked',
    'connection',
    'close',
  ]);
  await expect
    .poll(() => tested.records)
    .toMatchObject([{ kind: 'request', method: 'POST', outcome: 'done', callId: 'call-1' }]);
});

test('two requests of one connection are each checked and each on record', async () => {
  await using server = await httpServer((request, response) => response.end(request.url));
  await using tested = await proxyIn();
  using _call = tested.begin(`net:127.0.0.1:${server.port}`);
  const one = (path: string, port: number, more = ''): string =>
    `GET http://127.0.0.1:${port}${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;
  const answer = await talk(tested, one('/first', server.port) + one('/second', 1, 'connection: close\r\n'));
  expect(answer).toMatch(/^HTTP\/1.1 200 OK[^]*\/first[^]*HTTP\/1.1 403 Forbidden[^]*CAPABILITY_DENIED/);
  await expect
    .poll(() => tested.records.map(({ outcome }) => outcome).toSorted())
    .toEqual(['CAPABILITY_DENIED', 'done']);
});

test.each([
  ['no token', [], 'example.com:443'],
  ['another port', ['net:example.com:80'], 'example.com:443'],
  ['another host', ['net:example.com:443'], 'www.example.com:443'],
  ['a token of another kind', ['kv:example.com:rw'], 'example.com:443'],
  ['an address behind a token for a name', ['net:localhost:443'], '127.0.0.1:443'],
])('%s is CAPABILITY_DENIED, nothing is resolved, and the record names what was wanted', async (_, tokens, target) => {
  const asked: string[] = [];
  await using tested = await proxyIn({
    resolve(host) {
      asked.push(host);
      return Promise.resolve(['8.8.8.8']);
    },
  });
  using _call = tested.begin(...tokens);
  expect(errorIn(await talk(tested, `CONNECT ${target} HTTP/1.1\r\n\r\n`))).toMatchObject({
    status: 403,
    code: 'CAPABILITY_DENIED',
  });
  expect(asked).toEqual([]);
  const [host = '', port] = target.split(':');
  expect(tested.records).toMatchObject([
    { host, port: Number(port), callId: undefined, address: undefined, outcome: 'CAPABILITY_DENIED' },
  ]);
});

test.each([
  '127.0.0.1',
  '169.254.169.254',
  '10.0.0.1',
  '0.0.0.0',
  '[::1]',
  '[fd00:ec2::254]',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::7f00:1]',
  '2130706433',
  '0x7f.1',
  '0251.0376.0251.0376',
])('the private address %s is refused under a token for every host, and on record', async (host) => {
  await using tested = await proxyIn({ connect: () => expect.unreachable('it connects') });
  using _call = tested.begin('net:*:80', 'net:*:*');
  for (const request of [`CONNECT ${host}:80`, `GET http://${host}/`]) {
    const answer = await talk(tested, `${request} HTTP/1.1\r\n\r\n`);
    expect(errorIn(answer)).toMatchObject({ status: 403, code: 'CAPABILITY_DENIED' });
  }
  expect(tested.records).toMatchObject([
    { callId: 'call-1', address: expect.any(String), outcome: 'CAPABILITY_DENIED' },
    { outcome: 'CAPABILITY_DENIED' },
  ]);
});

test('a name that leads to a private address is refused, and the container does not hear which; a token with the very address allows it', async () => {
  await using server = await tcpServer(echo);
  await using tested = await proxyIn({ resolve: () => Promise.resolve(['127.0.0.1']) });
  const target = `metadata.example:${server.port}`;
  const refused = tested.begin(`net:${target}`, 'net:127.0.0.1:1', 'net:127.0.0.2:*');
  const answer = await talk(tested, `CONNECT ${target} HTTP/1.1\r\n\r\n`);
  expect(errorIn(answer)).toMatchObject({ status: 403, code: 'CAPABILITY_DENIED' });
  expect(answer).not.toContain('127.0.0.1');
  expect(tested.records[0]).toMatchObject({ address: '127.0.0.1', host: 'metadata.example' });
  refused.end();
  using _call = tested.begin(`net:${target}`, `net:127.0.0.1:${server.port}`);
  const { socket } = await tunnel(tested, target);
  socket.destroy();
});

test('DNS rebinding: a connection goes to the address that was checked, and the next one is checked again', async () => {
  await using server = await tcpServer(echo);
  const answers = [['93.184.215.14', '10.0.0.1'], ['127.0.0.1']];
  const connected: string[] = [];
  await using tested = await proxyIn({
    resolve: () => Promise.resolve(answers.shift() ?? []),
    connect({ address }) {
      connected.push(address);
      // Stands for the public server.
      return connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    },
  });
  using _call = tested.begin('net:rebind.example:443');
  const { socket, text } = await tunnel(tested, 'rebind.example:443');
  expect(errorIn(await talk(tested, 'CONNECT rebind.example:443 HTTP/1.1\r\n\r\n')).code).toBe('CAPABILITY_DENIED');
  socket.end('still here');
  await once(socket, 'end');
  expect([text(), connected, answers]).toEqual(['still here', ['93.184.215.14'], []]);
});

test('the next address of a name is tried where nobody listens at the first', async () => {
  await using server = await tcpServer(echo);
  await using tested = await proxyIn({ resolve: () => Promise.resolve(['127.0.0.9', '127.0.0.1']) });
  using _call = tested.begin(
    `net:two.example:${server.port}`,
    `net:127.0.0.9:${server.port}`,
    `net:127.0.0.1:${server.port}`,
  );
  const { socket } = await tunnel(tested, `two.example:${server.port}`);
  socket.destroy();
  await expect.poll(() => tested.records).toMatchObject([{ address: '127.0.0.1', outcome: 'done' }]);
});

test('a name that nobody has, and a port where nobody listens, are CONNECTION_FAILED', async () => {
  await using tested = await proxyIn();
  using _call = tested.begin('net:nowhere.example:80', 'net:127.0.0.1:1');
  for (const target of ['nowhere.example:80', '127.0.0.1:1']) {
    expect(errorIn(await talk(tested, `CONNECT ${target} HTTP/1.1\r\n\r\n`))).toMatchObject({
      status: 502,
      code: 'CONNECTION_FAILED',
    });
  }
  expect(tested.records).toMatchObject([
    { outcome: 'CONNECTION_FAILED' },
    { outcome: 'CONNECTION_FAILED', address: '127.0.0.1' },
  ]);
});

test('a name or a server that does not answer is DEADLINE_EXCEEDED', async () => {
  await using tested = await proxyIn({ resolve: () => new Promise(() => undefined), limits: { connectMs: 30 } });
  using _call = tested.begin('net:slow.example:80');
  expect(errorIn(await talk(tested, 'GET http://slow.example/ HTTP/1.1\r\n\r\n'))).toMatchObject({
    status: 504,
    code: 'DEADLINE_EXCEEDED',
  });
});

test('the end of a call closes its tunnels and leaves those of another call', async () => {
  await using server = await tcpServer(echo);
  await using other = await tcpServer(echo);
  await using tested = await proxyIn();
  const ending = tested.begin(`net:127.0.0.1:${server.port}`);
  using _staying = tested.begin(`net:127.0.0.1:${other.port}`);
  const first = await tunnel(tested, `127.0.0.1:${server.port}`);
  const second = await tunnel(tested, `127.0.0.1:${other.port}`);
  ending.end();
  ending.end();
  await ended(first.socket);
  expect(tested.records).toMatchObject([{ outcome: 'CANCELLED' }]);
  expect(errorIn(await talk(tested, `CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\n\r\n`)).code).toBe(
    'CAPABILITY_DENIED',
  );
  second.socket.end('on');
  await once(second.socket, 'end');
  expect(second.text()).toBe('on');
});

test('a tunnel in which nothing moves is ended, and so is one that has carried its maximum', async () => {
  await using server = await tcpServer(echo);
  await using tested = await proxyIn({ limits: { idleMs: 60, connectionBytesMax: 1000 } });
  using _call = tested.begin(`net:127.0.0.1:${server.port}`);
  const idle = await tunnel(tested, `127.0.0.1:${server.port}`);
  await ended(idle.socket);
  const large = await tunnel(tested, `127.0.0.1:${server.port}`);
  large.socket.write('x'.repeat(2000));
  await ended(large.socket);
  expect(tested.records.map(({ outcome }) => outcome)).toEqual(['DEADLINE_EXCEEDED', 'MESSAGE_TOO_LARGE']);
});

test('a server that cuts the connection: a tunnel ends, an answer that has begun does not look complete, one that has not is 502', async () => {
  await using cut = await tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  await using half = await tcpServer((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc')),
  );
  await using odd = await tcpServer((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n')));
  await using tested = await proxyIn();
  using _call = tested.begin('net:127.0.0.1:*');
  const { socket } = await tunnel(tested, `127.0.0.1:${cut.port}`);
  socket.write('x');
  await ended(socket);
  const get = (port: number): Promise<string> =>
    talk(tested, `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nconnection: close\r\n\r\n`);
  expect(errorIn(await get(cut.port))).toMatchObject({ status: 502, code: 'CONNECTION_FAILED' });
  expect(errorIn(await get(odd.port))).toMatchObject({ status: 502, code: 'CONNECTION_FAILED' });
  expect(await get(half.port)).toMatch(/content-length: 100\r\n[^]*abc$/);
  await expect
    .poll(() => tested.records.map(({ outcome }) => outcome))
    .toEqual(Array.from({ length: 4 }, () => 'CONNECTION_FAILED'));
});

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['a path alone', 'GET / HTTP/1.1\r\n\r\n'],
  ['https without a tunnel', 'GET https://127.0.0.1/ HTTP/1.1\r\n\r\n'],
  ['CONNECT without a port', 'CONNECT 127.0.0.1 HTTP/1.1\r\n\r\n'],
  ['CONNECT to port 0', 'CONNECT 127.0.0.1:0 HTTP/1.1\r\n\r\n'],
  ['CONNECT to a socket of the machine', 'CONNECT /run/aria/icc.sock:80 HTTP/1.1\r\n\r\n'],
  [
    'a length and chunks',
    'POST http://127.0.0.1/ HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'POST http://127.0.0.1/ HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ['another coding', 'POST http://127.0.0.1/ HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  [
    'chunks twice',
    'POST http://127.0.0.1/ HTTP/1.1\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a bare line feed', 'GET http://127.0.0.1/ HTTP/1.1\nhost: a\n\n'],
  ['a space before the colon', 'POST http://127.0.0.1/ HTTP/1.1\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['a folded header', 'GET http://127.0.0.1/ HTTP/1.1\r\na: b\r\n c\r\n\r\n'],
])('%s is REQUEST_INVALID, goes nowhere, and is on record', async (_, bytes) => {
  await using tested = await proxyIn({ connect: () => expect.unreachable('it connects') });
  using _call = tested.begin('net:127.0.0.1:*');
  expect(errorIn(await talk(tested, bytes))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  expect(tested.records).toMatchObject([{ outcome: 'REQUEST_INVALID' }]);
});

test('headers that are too large are 431, too slow 408, and one connection too many is 503', async () => {
  await using tested = await proxyIn({ limits: { headerBytesMax: 2000, headersMs: 60, connectionsMax: 1 } });
  const answer = async (bytes: string): Promise<string> => {
    const text = await talk(tested, bytes);
    await expect.poll(() => tested.proxy.connections).toBe(0);
    return text;
  };
  expect(await answer(`GET http://a/ HTTP/1.1\r\na: ${'b'.repeat(3000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  expect(await answer('GET http://a/ HTTP/1.1\r\na: ')).toMatch(/^HTTP\/1.1 408 /);
  const first = connect(tested.proxy.socketPath);
  await expect.poll(() => tested.proxy.connections).toBe(1);
  expect(errorIn(await talk(tested, 'CONNECT a:1 HTTP/1.1\r\n\r\n'))).toMatchObject({
    status: 503,
    code: 'CONNECTIONS_EXCEEDED',
  });
  first.destroy();
});

test('disposal closes tunnels, is idempotent, and begins no call any more', async () => {
  await using server = await tcpServer(echo);
  await using tested = await proxyIn();
  tested.begin(`net:127.0.0.1:${server.port}`);
  const { socket } = await tunnel(tested, `127.0.0.1:${server.port}`);
  const closed = ended(socket);
  await tested.proxy[Symbol.asyncDispose]();
  await tested.proxy[Symbol.asyncDispose]();
  await closed;
  expect(() => tested.begin()).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
});

test(
  '1000 requests of changed bytes reach nobody but the one server that a token names, and leave the proxy whole',
  { timeout: fuzzTimeoutMs },
  async () => {
    await using server = await httpServer((_request, response) => response.end('ok'));
    const connected = new Set<string>();
    await using tested = await proxyIn({
      limits: { headersMs: 40, idleMs: 100 },
      resolve: () => Promise.resolve(['10.0.0.1', '127.0.0.1']),
      connect({ address, port }) {
        connected.add(`${address}:${port}`);
        return connect({ host: address, port, allowHalfOpen: true });
      },
    });
    using _call = tested.begin(`net:127.0.0.1:${server.port}`, 'net:*:80');
    const target = `127.0.0.1:${server.port}`;
    const requests = [
      `GET http://${target}/a HTTP/1.1\r\nhost: ${target}\r\nconnection: close\r\n\r\n`,
      `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\nGET / HTTP/1.1\r\nconnection: close\r\n\r\n`,
    ].map((text) => Buffer.from(text));
    const send = (bytes: Uint8Array): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const socket = connect(tested.proxy.socketPath);
      socket.on('error', () => undefined).on('close', () => resolve());
      socket.resume().end(bytes);
      return promise;
    };
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const random = new Random(fuzzSeed(), batch * 50 + index);
          return send(mutate(random, random.pick(requests)));
        }),
      );
    }
    await expect.poll(() => tested.proxy.connections).toBe(0);
    for (const address of connected) expect(address).toBe(target);
    expect(await talk(tested, requests[0] ?? '')).toMatch(/^HTTP\/1.1 200 OK[^]*ok/);
  },
);
