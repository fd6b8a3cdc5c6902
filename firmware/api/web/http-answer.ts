/** Answers of HTTP: JSON, errors, and what every answer says to browsers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CodedError } from '#wit/errors';
import { type ByteLedger, countedBytes } from '../byte-ledger.ts';
import { STATUS_CODES } from '../../node-http.ts';
import { httpStatusOf } from './http-status.ts';

/** No page shows an answer, keeps it, takes it for something else or gets it from another origin. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Puts on an answer what all have. `corsOrigin`: an origin of the configuration, which may read it. */
export function prepareAnswer(response: ServerResponse, corsOrigin: string | undefined): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  response.setHeader('vary', 'origin');
  if (corsOrigin === undefined) return;
  response.setHeader('access-control-allow-origin', corsOrigin);
  response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
  response.setHeader('cross-origin-resource-policy', 'cross-origin');
}

/** Sends JSON; nothing where the client has gone. `outgoing`: counts a large answer until it has been taken. */
export function sendJson(response: ServerResponse, status: number, json: unknown, outgoing?: ByteLedger): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(`${JSON.stringify(json)}\n`);
  // What is left of a body is not read.
  if (bodyLeft(response.req)) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length });
  response.end(bytes);
  if (outgoing === undefined || bytes.length < countedBytes || response.writableFinished) return;
  outgoing.hold(response, bytes.length, () => response.destroy());
}

/** Sends an error. A stranger's connection is closed, so that each attempt costs one. */
export function sendError(response: ServerResponse, error: CodedError, status: number = httpStatusOf(error)): void {
  if (response.headersSent || response.destroyed) return;
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="aria"');
  const retryAfterMs = error.wire.details['retryAfterMs'];
  if (typeof retryAfterMs === 'number') response.setHeader('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)));
  if ([401, 403, 421].includes(status)) response.setHeader('connection', 'close');
  sendJson(response, status, { error: error.wire });
}

/** Answers where there is no `ServerResponse`: a connection that is not taken, or an upgrade that is refused. Ends the socket. */
export function sendRaw(socket: Duplex, error: CodedError, status: number = httpStatusOf(error)): void {
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${JSON.stringify({ error: error.wire })}\n`;
  const headers = {
    ...securityHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="aria"' }),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`, ...lines].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
}

function bodyLeft({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}
