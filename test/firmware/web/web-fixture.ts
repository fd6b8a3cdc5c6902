/** A web gateway on a free port over the scripted service, and raw ways to talk to it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { type AriaApi, type WebSocketOptions, connectWebSocket, webSocketPath, webSocketProtocol } from '#wit/api';
import { WebSocket } from 'ws';
import type { GatewaySetting } from '../../../firmware/api/gateway.ts';
import { type WebGateway, type WebGatewayOptions, openWebGateway } from '../../../firmware/api/web/web-gateway.ts';
import { type ScriptedTelemetry, ScriptedService, scriptedSetting } from '../scripted-service.ts';

/** A gateway with what is behind it. */
export interface Fixture extends AsyncDisposable {
  readonly gateway: WebGateway;
  readonly service: ScriptedService;
  readonly telemetry: ScriptedTelemetry;
  readonly url: string;
  readonly port: number;
  /** `fetch` with the token of a role, and of an operator where none is said. */
  ask(path: string, init?: RequestInit & { readonly role?: string | undefined }): Promise<Response>;
  client(options?: Partial<WebSocketOptions>): AriaApi & AsyncDisposable;
  socket(options?: RawSocketOptions): Promise<RawSocket>;
  /** Sends bytes, and gives everything that comes until the host ends the connection. */
  raw(text: string | Uint8Array): Promise<string>;
}

export interface RawSocketOptions {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocol?: string;
}

/** A WebSocket whose messages are waited for. */
export interface RawSocket {
  readonly socket: WebSocket;
  send(json: unknown): void;
  next(): Promise<Record<string, unknown>>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Opens one. */
export async function openFixture(
  options: Partial<WebGatewayOptions> = {},
  changes: Partial<GatewaySetting> = {},
): Promise<Fixture> {
  const service = new ScriptedService();
  const setting = scriptedSetting(service, changes);
  const gateway = await openWebGateway(setting, {
    listen: { host: '127.0.0.1', port: 0 },
    hosts: [],
    origins: [],
    phase: () => 'ready',
    random: (count) => new Uint8Array(randomBytes(count)),
    ...options,
  });
  const port = Number(gateway.address.split(':').at(-1));
  const secure = options.tls !== undefined;
  const url = `http${secure ? 's' : ''}://localhost:${port}`;
  const sockets = new Set<WebSocket>();
  return {
    gateway,
    service,
    telemetry: setting.telemetry,
    url,
    port,
    ask: (path, { role = 'operator', headers, ...init } = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { authorization: `Bearer ${role}`, ...(headers as object) },
        ...init,
      }),
    client: (more = {}) => connectWebSocket({ url: url.replace('http', 'ws'), token: 'admin', ...more }),
    socket: (more) => openSocket(port, sockets, more),
    raw: (text) => talk(port, text),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.terminate();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

/** The body of a call, as JSON. */
export function post(json: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(json) };
}

/** The code of an error of HTTP. */
export async function codeOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { readonly error: { readonly code: string } };
  return `${response.status} ${error.code}`;
}

/** Resolves when it holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function openSocket(port: number, all: Set<WebSocket>, options: RawSocketOptions = {}): Promise<RawSocket> {
  const { token = 'operator', headers = {}, protocol = webSocketProtocol } = options;
  const authorization = 'token' in options && options.token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${webSocketPath}`, protocol, {
    headers: { ...authorization, ...headers },
  });
  all.add(socket);
  const messages: Record<string, unknown>[] = [];
  const waiting: ((message: Record<string, unknown>) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Record<string, unknown>;
    const taker = waiting.shift();
    if (taker) taker(message);
    else messages.push(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, 'open');
  return {
    socket,
    closed,
    send: (json) =>
      socket.send(typeof json === 'string' ? json : JSON.stringify({ jsonrpc: '2.0', ...(json as object) })),
    next: () => {
      const message = messages.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** A connection of TCP. */
export async function connectTo(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function talk(port: number, text: string | Uint8Array): Promise<string> {
  const socket = await connectTo(port);
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  const closed = once(socket, 'close');
  socket.write(text);
  await closed;
  return Buffer.concat(parts).toString();
}
