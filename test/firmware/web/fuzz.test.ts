/** Bytes that no client of ours sends: coded errors, no crash, bounded memory, and the host answers the next one. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { webSocketPath, webSocketProtocol } from '#wit/api';
import { isErrorCode } from '#wit/errors';
import { Random, fuzzCases, fuzzSeed, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { scriptedLimits } from '../scripted-service.ts';
import { type Fixture, connectTo, openFixture, until } from './web-fixture.ts';

/** A tenth of the gate's usual number, since each costs a connection; the long run has ten times as many. */
const cases = Math.min(10_000, Math.max(1000, Math.floor(fuzzCases() / 10)));
/** Connections under way at the same time. */
const abreast = 8;
const limits = { tickMs: 20, headersMs: 150, bodyMs: 60, uploadIdleMs: 60, stalledMs: 200, authenticateMs: 100 };

function requests(port: number): string[] {
  const head = `host: localhost:${port}\r\nauthorization: Bearer operator\r\n`;
  const body = '{"input":{"a":[1,"x",{"$base64":"AAE="}]}}';
  return [
    `GET /v1/status HTTP/1.1\r\n${head}\r\n`,
    `GET /v1/components?text=a&pageSize=5 HTTP/1.1\r\n${head}x-request-id: r1\r\n\r\n`,
    `POST /v1/tools/echo/calls HTTP/1.1\r\n${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    `POST /v1/tools/echo/calls HTTP/1.1\r\n${head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    `PUT /v1/bundles HTTP/1.1\r\n${head}content-type: application/octet-stream\r\naria-bundle-size: 9\r\naria-bundle-hash: ${'ab'.repeat(32)}\r\ncontent-length: 9\r\n\r\n123456789`,
    `GET /v1/logs?tail=3 HTTP/1.1\r\n${head}last-event-id: epoch-1:3\r\n\r\n`,
    `GET /v1/ws HTTP/1.1\r\n${head}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: aria.v1\r\n\r\n`,
    `OPTIONS /v1/status HTTP/1.1\r\n${head}origin: http://localhost:${port}\r\n\r\n`,
  ];
}

const messages: readonly string[] = [
  '{"jsonrpc":"2.0","id":1,"method":"status","params":{"options":{"requestId":"r"}}}',
  '{"jsonrpc":"2.0","id":"a","method":"callTool","params":{"tool":"echo","input":{"$literal":{"$base64":1}},"progress":true}}',
  '{"jsonrpc":"2.0","id":2,"method":"callTool","params":{"tool":"progress","input":{"count":3},"timeoutMs":50}}',
  '{"jsonrpc":"2.0","id":3,"method":"events","params":{"after":{"epoch":"epoch-1","sequence":4},"kinds":["host.ready"]}}',
  '{"jsonrpc":"2.0","id":4,"method":"logs","params":{"tail":3,"level":"info"}}',
  '{"jsonrpc":"2.0","id":5,"method":"unsubscribe","params":{"subscription":1}}',
  `{"jsonrpc":"2.0","id":6,"method":"upload","params":{"name":"x","size":3,"hash":"${'ab'.repeat(32)}"}}`,
  '{"jsonrpc":"2.0","id":7,"method":"uploadChunk","params":{"id":6,"read":1,"offset":0,"bytes":{"$base64":"AAEC"}}}',
  '{"jsonrpc":"2.0","method":"cancel","params":{"id":6}}',
  '{"jsonrpc":"2.0","id":8,"method":"authenticate","params":{"token":"operator"}}',
  '{"jsonrpc":"2.0","id":9,"method":"mintToken","params":{"name":"a","role":"viewer","ttlMs":5}}',
];

async function inParallel(run: (random: Random, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < cases; index = next++) {
      try {
        await run(new Random(fuzzSeed(), index), index);
      } catch (cause) {
        throw new Error(`Case ${index} failed; repeat with ARIA_FUZZ_SEED=${fuzzSeed()}: ${String(cause)}`, { cause });
      }
    }
  };
  // All of them: one that goes on behind a failure would fail on a host that has gone.
  const ended = await Promise.allSettled(Array.from({ length: abreast }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

async function stillFine(fixture: Fixture): Promise<void> {
  fixture.service.uploadOffset = 0;
  expect((await fixture.ask('/v1/status')).status).toBe(200);
  await until(() => fixture.gateway.load.incomingBytes === 0 && fixture.gateway.load.outgoingBytes === 0);
  expect(fixture.telemetry.requests.filter(({ code }) => code !== 'OK' && !isErrorCode(code))).toEqual([]);
  expect(fixture.telemetry.requests.filter(({ code }) => code === 'INTERNAL')).toEqual([]);
}

test(
  'changed bytes of HTTP are answered with a status and a code, or not at all, and never by a fault',
  { timeout: fuzzTimeoutMs },
  async () => {
    await using fixture = await openFixture({ limits }, { limits: { ...scriptedLimits, messageBytesMax: 65_536 } });
    const originals = requests(fixture.port);
    const before = process.memoryUsage().rss;
    await inParallel(async (random) => {
      const bytes = mutate(random, Buffer.from(random.pick(originals)));
      const socket = await connectTo(fixture.port);
      const parts: Buffer[] = [];
      socket.on('data', (part: Buffer) => parts.push(part));
      const closed = once(socket, 'close');
      // Whole, in two pieces, or with something behind it that belongs to nothing.
      const at = random.below(bytes.length + 1);
      socket.write(bytes.subarray(0, at));
      socket.end(bytes.subarray(at));
      await closed;
      const answer = Buffer.concat(parts).toString();
      if (answer === '') return;
      expect(answer).toMatch(/^HTTP\/1\.1 [1-5]\d\d /);
      const status = Number(answer.slice(9, 12));
      if (status >= 400) expect(answer).toMatch(/"code":"[A-Z_]+"/);
      expect(answer).not.toContain('"INTERNAL"');
    });
    await stillFine(fixture);
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 * 1024);
  },
);

test(
  'changed messages of JSON-RPC are answered with a number and a code, and the connection goes on',
  { timeout: fuzzTimeoutMs },
  async () => {
    await using fixture = await openFixture({ limits });
    let socket = await fixture.socket();
    for (let index = 0; index < cases; index += 1) {
      const random = new Random(fuzzSeed(), index);
      const bytes = mutate(random, Buffer.from(random.pick(messages)));
      socket.send(Buffer.from(bytes).toString('utf8').replaceAll('\uFFFD', '?'));
      if (index % 20 !== 19) continue;
      socket.send({ id: 'probe', method: 'status' });
      // A token that was changed ends the connection, with a code.
      const next = (): Promise<Record<string, unknown> | undefined> =>
        Promise.race([socket.next(), socket.closed.then(({ code }) => void expect([4001, 4002]).toContain(code))]);
      for (let answer = await next(); answer !== undefined && answer['id'] !== 'probe'; answer = await next()) {
        const error = answer['error'] as
          | { readonly code: number; readonly data: { readonly code: string } }
          | undefined;
        if (error)
          expect(error).toMatchObject({ code: expect.any(Number), data: { code: expect.stringMatching(/^[A-Z_]+$/) } });
        expect(error?.data.code).not.toBe('INTERNAL');
      }
      // Ids that are under way would be refused for ever.
      socket.socket.terminate();
      socket = await fixture.socket();
    }
    socket.socket.terminate();
    await stillFine(fixture);
  },
);

test(
  'changed frames of WebSocket close the connection with a code of the protocol, or are taken',
  { timeout: fuzzTimeoutMs },
  async () => {
    await using fixture = await openFixture({ limits }, { limits: { ...scriptedLimits, messageBytesMax: 65_536 } });
    const frame = (text: string): Buffer => {
      const payload = Buffer.from(text);
      const mask = Buffer.of(1, 2, 3, 4);
      const head = Buffer.of(0x81, 0xfe, payload.length >> 8, payload.length & 0xff);
      return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
    };
    const [ping, close] = [Buffer.of(0x89, 0x80, 1, 2, 3, 4), Buffer.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8)];
    await inParallel(async (random) => {
      const socket = new WebSocket(`ws://127.0.0.1:${fixture.port}${webSocketPath}`, webSocketProtocol, {
        headers: { authorization: 'Bearer operator' },
      });
      socket.on('error', () => undefined);
      const closed = once(socket, 'close');
      await once(socket, 'open');
      const raw = (socket as unknown as { readonly _socket: Socket })._socket;
      const parts = Array.from({ length: 1 + random.below(3) }, () =>
        random.pick([...messages.map(frame), ping, close]),
      );
      raw.write(mutate(random, Buffer.concat(parts)));
      raw.end();
      const [code] = (await closed) as [number];
      // A close that was changed may bring any code that is allowed in one, which comes back as it is (RFC 6455 §7.4; 1012 to 1014 are registered since).
      const allowed = (code >= 1000 && code <= 1014 && code !== 1004) || (code >= 3000 && code <= 4999);
      expect([code, allowed]).toEqual([code, true]);
    });
    await until(() => fixture.gateway.load.webSockets === 0);
    await stillFine(fixture);
  },
);
