import { type Server, type Socket, createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Forwarding } from '#wit/turns';
import type { CallOutcome } from '#wit/interfaces';
import {
  type EngineUnderTest,
  bunProgram,
  containerRunner,
  openEngine,
} from '../quilt-adapter/engine/engine-under-test.ts';

/** A proxy that remembers what it was asked, answers as it is told, and echoes what follows in capitals. */
class Proxy {
  readonly asked: string[] = [];
  answer = 'HTTP/1.1 200 Connection established\r\n\r\n';
  /** Pieces that the answer comes in. */
  pieceBytes = 1_000;
  /** It says nothing before the other side has ended. */
  late = false;
  readonly server: Server;

  constructor(path: string) {
    this.server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket)).listen(path);
  }

  async #serve(socket: Socket): Promise<void> {
    let head = '';
    socket.on('error', () => socket.destroy());
    let kept = '';
    socket.on('end', () => socket.end(kept, 'latin1'));
    socket.on('data', (bytes: Buffer) => {
      if (head.includes('\r\n\r\n')) {
        const text = bytes.toString('latin1').toUpperCase();
        if (this.late) kept += text;
        else socket.write(text, 'latin1');
        return;
      }
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      this.asked.push(head.slice(0, head.indexOf('\r\n')));
      const { answer, pieceBytes } = this;
      void (async () => {
        for (let place = 0; place < answer.length; place += pieceBytes) {
          socket.write(answer.slice(place, place + pieceBytes), 'latin1');
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        if (!answer.startsWith('HTTP/1.1 200 C')) socket.end();
      })();
    });
  }
}

describe.skipIf(bunProgram() === undefined)('the way out of a container', () => {
  let opened: EngineUnderTest;
  let proxy: Proxy;
  let directory: string;
  let exactPort: number;
  let proxyPort: number;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aria-proxy-'));
    const path = join(directory, 'proxy.sock');
    proxy = new Proxy(path);
    const forwardingNow = (): Forwarding => ({
      proxy: path,
      ports: [
        { address: '127.0.0.1', port: exactPort, host: 'api.example.com' },
        { address: '127.0.0.1', port: proxyPort },
      ],
      environment: { HTTP_PROXY: `http://127.0.0.1:${proxyPort}` },
    });
    const services = {
      open: async () => ({
        environment: {},
        forwarding: forwardingNow(),
        hosts: '',
        [Symbol.asyncDispose]: async () => undefined,
      }),
    };
    opened = await openEngine({ services });
  });
  afterAll(async () => {
    await opened[Symbol.asyncDispose]();
    proxy.server.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function call(body: string): Promise<CallOutcome> {
    // Without a network of its own the container of the call before may still have its ports.
    [exactPort, proxyPort] = [await freePort(), await freePort()];
    const sample = { name: 'probe', body, tokens: ['net:api.example.com:443'], timeoutMs: 10_000 };
    await using runner = await containerRunner(opened.engine, [sample], { engineOfTools: 'bun' });
    return await runner.run({ id: 'call-1', tool: 'probe', input: { exactPort, proxyPort } });
  }

  const connecting = `const net = require('node:net'); const { once } = require('node:events');
    const exchange = async (port, text, wanted) => { const socket = net.connect(port, '127.0.0.1'); let got = ''; socket.on('data', (bytes) => { got += bytes.toString('latin1'); if (got.length >= wanted) socket.end(); });
      socket.on('error', (error) => { got += error.code; }); await once(socket, 'connect'); socket.write(text); await once(socket, 'close'); return got; };`;

  test('carries what is written at once to the host of a token, and back', async () => {
    const outcome = await call(`${connecting} return await exchange(input.exactPort, 'hello', 5);`);
    expect(outcome).toMatchObject({ kind: 'done', output: 'HELLO' });
    expect(proxy.asked.at(-1)).toBe(`CONNECT api.example.com:${exactPort} HTTP/1.1`);
  });

  test('carries many bytes both ways, on several connections', async () => {
    const outcome = await call(`${connecting}
      const text = 'abcdefgh'.repeat(40000);
      const all = await Promise.all([1, 2, 3].map(() => exchange(input.exactPort, text, text.length)));
      return all.map((got) => got.length === text.length && got === text.toUpperCase());`);
    expect(outcome).toMatchObject({ kind: 'done', output: [true, true, true] });
  });

  test('lets the tool end its side and then read the answer', async () => {
    proxy.late = true;
    const outcome = await call(`const net = require('node:net'); const { once } = require('node:events');
      const asked = async (text) => { const socket = net.connect({ port: input.exactPort, host: '127.0.0.1', allowHalfOpen: true }); let got = ''; let ended = false;
        socket.on('data', (bytes) => { got += bytes.toString('latin1'); }).on('end', () => { ended = true; }); await once(socket, 'connect'); socket.end(text);
        await once(socket, 'close'); return [got.length, got.slice(0, 5), ended]; };
      return await Promise.all([asked('hello'), asked('abcde'.repeat(100000))]);`);
    proxy.late = false;
    expect(outcome).toMatchObject({
      kind: 'done',
      output: [
        [5, 'HELLO', true],
        [500_000, 'ABCDE', true],
      ],
    });
  });

  test('takes an answer of the proxy in pieces', async () => {
    proxy.pieceBytes = 3;
    const outcome = await call(`${connecting} return await exchange(input.exactPort, 'piece', 5);`);
    proxy.pieceBytes = 1_000;
    expect(outcome).toMatchObject({ kind: 'done', output: 'PIECE' });
  });

  test('closes the connection where the proxy refuses, and shows none of its words', async () => {
    const { answer } = proxy;
    proxy.answer = 'HTTP/1.1 403 Forbidden\r\n\r\nno';
    const outcome = await call(`${connecting} return await exchange(input.exactPort, 'hello', 5);`);
    proxy.answer = answer;
    expect(outcome).toMatchObject({ kind: 'done', output: '' });
  });

  test('gives clients of HTTP the proxy itself, and fetch uses it', async () => {
    const { answer } = proxy;
    proxy.answer = 'HTTP/1.1 201 Created\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok';
    const outcome = await call(`const response = await fetch('http://api.example.com/path?q=1');
      return [response.status, await response.text(), process.env.HTTP_PROXY];`);
    proxy.answer = answer;
    expect(outcome).toMatchObject({ kind: 'done', output: [201, 'ok', `http://127.0.0.1:${proxyPort}`] });
    expect(proxy.asked.at(-1)).toBe('GET http://api.example.com/path?q=1 HTTP/1.1');
  });

  test('does not keep a call waiting that waits for nothing', async () => {
    const outcome = await call('await new Promise(() => {});');
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'TOOL_STALLED' } });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
