/**
 * Serves `GET /metrics` and nothing else. On loopback without a token, as Prometheus expects; anywhere else only with TLS and a token.
 * A page in a browser gets nothing: whatever has an origin, or names the machine by a domain, is refused.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { createServer } from '../node-http.ts';
import { metricsListenFailed, metricsListenRefused } from './errors.ts';

/** What the server is made of. */
export interface MetricsServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM of a certificate and of its key; needed off loopback. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
  /** Throws where the header `authorization` opens nothing; needed off loopback, not asked on loopback. */
  readonly authenticate?: ((authorization: string | undefined) => void) | undefined;
  /** Names beside addresses and `localhost` under which the machine may be asked. */
  readonly hosts?: readonly string[] | undefined;
  /** Text of the metrics. */
  readonly text: () => Promise<string>;
}

/** A server of metrics that listens. */
export interface MetricsServer extends AsyncDisposable {
  /** `host:port`, as bound. */
  readonly address: string;
}

/** Prometheus needs one; those who look now and then need a few. */
const connectionsMax = 16;
const headerBytesMax = 8 * 1024;
const headersMsMax = 5000;
const requestMsMax = 10_000;
/** A connection on which nothing moves: nobody takes what was asked for. */
const idleMsMax = 10_000;
const requestsOfConnectionMax = 1000;
const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Listens. @throws {CodedError} `LISTEN_REFUSED` off loopback without TLS and access, and where the address cannot be bound. */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, tls, authenticate } = options;
  const open = isLoopback(host);
  if (!open && (tls === undefined || authenticate === undefined)) throw metricsListenRefused(host);
  const server = await createServerFor(options, tls);
  try {
    await listen(server, host, port);
  } catch (cause) {
    throw metricsListenFailed(addressText(host, port), cause);
  }
  const { address, port: bound } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    address: addressText(address, bound),
    [Symbol.asyncDispose]: () => (closing ??= close(server)),
  };
}

async function createServerFor(options: MetricsServerOptions, tls: MetricsServerOptions['tls']): Promise<Server> {
  const limits = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersMsMax,
    requestTimeout: requestMsMax,
    keepAliveTimeout: idleMsMax,
    connectionsCheckingInterval: 1000,
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => void respond(options, request, response);
  const server =
    tls === undefined
      ? createServer(limits, answer)
      : (await import('node:https')).createServer({ ...limits, cert: tls.certificate, key: tls.key }, answer);
  server.maxConnections = connectionsMax;
  server.maxRequestsPerSocket = requestsOfConnectionMax;
  server.timeout = idleMsMax;
  server.on('timeout', (socket) => socket.destroy());
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });
  // Someone who wants to change the protocol wants something else.
  server.on('upgrade', (_request, socket) => socket.destroy());
  server.on('connect', (_request, socket) => socket.destroy());
  return server;
}

async function respond(
  options: MetricsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const refusal = refusalOf(options, request);
  if (refusal !== undefined) {
    const headers = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' };
    response.writeHead(refusal.status, { ...headers, ...refusal.headers }).end(`${refusal.text}\n`);
    return;
  }
  try {
    const text = await options.text();
    response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }).end(text);
  } catch {
    // What failed may have a secret in it; the log has it redacted.
    if (!response.headersSent) response.writeHead(500, { connection: 'close' }).end('Cannot collect the metrics\n');
  }
}

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function refusalOf(options: MetricsServerOptions, request: IncomingMessage): Refusal | undefined {
  if (!isOwnHost(request.headers.host, options.hosts ?? []))
    return { status: 403, text: 'Cannot answer: the host in the request is not this machine by address' };
  if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined)
    return { status: 403, text: 'Cannot answer: metrics are not for pages' };
  const path = request.url?.split('?', 1)[0];
  if (path !== '/metrics') return { status: 404, text: 'Not found: there is /metrics' };
  if (request.method !== 'GET')
    return { status: 405, text: 'Cannot answer: metrics are read with GET', headers: { allow: 'GET' } };
  if (isLoopback(options.host)) return undefined;
  try {
    options.authenticate?.(request.headers.authorization);
    return undefined;
  } catch {
    const headers = { 'www-authenticate': 'Bearer' };
    return { status: 401, text: 'Cannot answer: send the token of the host as "authorization: Bearer …"', headers };
  }
}

/** An address cannot be a name that a page had resolved to this machine. */
function isOwnHost(header: string | undefined, hosts: readonly string[]): boolean {
  if (header === undefined || header.length > 255) return false;
  const name = header.replace(/:\d{1,5}$/, '').toLowerCase();
  const bare = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  return (
    name === 'localhost' || isIP(bare) !== 0 || hosts.some((host) => host.toLowerCase() === name || host === header)
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.removeListener('error', reject);
      // Errors of a server that listens are those of single connections.
      server.on('error', () => {});
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function addressText(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
