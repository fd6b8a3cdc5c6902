/**
 * The way out of an empty network: listens on loopback, and carries each connection to the host's proxy, which decides. Nothing here is a check: a tool could
 * speak to the proxy itself.
 */
import type { ForwardedPort, Forwarding } from '#wit/turns';
import { type BunSocket, bun, utf8Decode, utf8Encode } from './captured.ts';

/** What the proxy may answer before the bytes of the connection begin. */
const answerBytesMax = 8_192;

/** What is written to one socket, what it could not take yet, and how it ends once it has. */
class Side {
  readonly #socket: BunSocket;
  #waiting: Uint8Array[] = [];
  #ending: 'writes' | 'all' | undefined;

  constructor(socket: BunSocket) {
    this.#socket = socket;
  }

  write(bytes: Uint8Array): void {
    // Bun lends its buffer for the time of the call.
    if (this.#waiting.length > 0) this.#waiting.push(new Uint8Array(bytes));
    else this.#rest(bytes, this.#socket.write(bytes));
  }

  drain(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) this.write(bytes);
    this.#endIfDone();
  }

  /** Nothing more is written; what comes from the other side is still read. */
  finish(): void {
    this.#ending ??= 'writes';
    this.#endIfDone();
  }

  end(): void {
    this.#ending = 'all';
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#waiting.length > 0) return;
    if (this.#ending === 'all') this.#socket.end();
    if (this.#ending === 'writes') this.#socket.shutdown();
  }

  #rest(bytes: Uint8Array, written: number): void {
    if (written >= 0 && written < bytes.length) this.#waiting.push(new Uint8Array(bytes.subarray(written)));
  }
}

/** A connection of the tool's and its tunnel. */
class Tunnel {
  readonly #inner: Side;
  #outer: Side | undefined;
  #early: Uint8Array[] = [];
  #answer: Uint8Array | undefined;
  /** The tool has said all. */
  #finished = false;
  #closed = false;

  constructor(socket: BunSocket, proxy: string, { host, port }: ForwardedPort) {
    this.#inner = new Side(socket);
    if (host !== undefined) this.#answer = new Uint8Array();
    const target = host === undefined ? undefined : `${host.includes(':') ? `[${host}]` : host}:${port}`;
    bun
      .connect({
        unix: proxy,
        allowHalfOpen: true,
        socket: {
          open: (outer) => this.#opened(outer, target),
          data: (_, bytes) => this.#received(bytes),
          drain: () => this.#outer?.drain(),
          close: () => this.close(),
          end: () => this.#answered(),
          error: () => this.close(),
        },
      })
      .catch(() => this.close());
  }

  /** From the tool. */
  send(bytes: Uint8Array): void {
    if (this.#outer && this.#answer === undefined) this.#outer.write(bytes);
    else this.#early.push(new Uint8Array(bytes));
  }

  drain(): void {
    this.#inner.drain();
  }

  /** The tool ends its side, and may wait for an answer. */
  finish(): void {
    this.#finished = true;
    if (this.#answer === undefined) this.#outer?.finish();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inner.end();
    this.#outer?.end();
  }

  #opened(outer: BunSocket, target: string | undefined): void {
    outer.unref();
    this.#outer = new Side(outer);
    if (target === undefined) this.#flush();
    else this.#outer.write(utf8Encode(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`));
  }

  /** The server has said all; a proxy that ends before it has answered has refused. */
  #answered(): void {
    if (this.#answer === undefined) this.#inner.finish();
    else this.close();
  }

  #received(bytes: Uint8Array): void {
    if (this.#answer === undefined) {
      this.#inner.write(bytes);
      return;
    }
    const answer = joined(this.#answer, bytes);
    const text = utf8Decode(answer, false, true);
    const end = text.indexOf('\r\n\r\n');
    if (end === -1 && answer.length <= answerBytesMax) {
      this.#answer = answer;
      return;
    }
    // A refusal closes the connection: whoever opened a socket expects no words of a proxy in it.
    if (end === -1 || !/^HTTP\/1\.[01] 200[ \r]/.test(text)) {
      this.close();
      return;
    }
    this.#answer = undefined;
    this.#flush();
    const rest = answer.subarray(headBytes(answer));
    if (rest.length > 0) this.#inner.write(rest);
  }

  #flush(): void {
    for (const bytes of this.#early) this.#outer?.write(bytes);
    this.#early = [];
    if (this.#finished) this.#outer?.finish();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** Bytes up to the empty line that ends a head, it included. */
function headBytes(answer: Uint8Array): number {
  for (let place = 3; place < answer.length; place += 1)
    if (answer[place] === 10 && answer[place - 1] === 13 && answer[place - 2] === 10 && answer[place - 3] === 13)
      return place + 1;
  return answer.length;
}

/** What is listened at, and for which host: the calls of a session name the same ones. */
const listening = new Map<string, { readonly host: string | undefined; stop(): void }>();

/**
 * Listens on every port. None of it keeps the process waiting: what a tool waits for is its own end of a connection. Gives those that cannot be had, as the low ones
 * are where the machine keeps them for itself: what is behind them is reached by the proxy's port only.
 */
export function forward({ proxy, ports }: Forwarding): readonly ForwardedPort[] {
  return ports.filter((port) => {
    const at = `${port.address}:${port.port}`;
    const known = listening.get(at);
    if (known && known.host === port.host) return false;
    known?.stop();
    try {
      listening.set(at, { host: port.host, stop: listen(proxy, port) });
      return false;
    } catch {
      return true;
    }
  });
}

function listen(proxy: string, port: ForwardedPort): () => void {
  const tunnels = new Map<BunSocket, Tunnel>();
  const server = bun.listen({
    hostname: port.address,
    port: port.port,
    allowHalfOpen: true,
    socket: {
      open(socket) {
        socket.unref();
        tunnels.set(socket, new Tunnel(socket, proxy, port));
      },
      data: (socket, bytes) => tunnels.get(socket)?.send(bytes),
      drain: (socket) => tunnels.get(socket)?.drain(),
      close(socket) {
        tunnels.get(socket)?.close();
        tunnels.delete(socket);
      },
      end: (socket) => tunnels.get(socket)?.finish(),
      error: (socket) => tunnels.get(socket)?.close(),
    },
  });
  server.unref();
  return () => server.stop(true);
}
