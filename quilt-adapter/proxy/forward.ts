/** A request in absolute form: one request and one answer, each with its own framing, so that nothing of one can be taken for another. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CodedError } from '#wit/errors';
import { request as sendRequest, STATUS_CODES } from '../icc/node-http.ts';
import { connectionFailed, egressEnded, requestRefused } from './errors.ts';
import { type OutsideFacts, watchOutside } from './outside.ts';
import { type AbsoluteTarget, authorityText } from './target.ts';

/** Headers of one connection (RFC 9110, section 7.6.1), and what this proxy says itself. */
const ownHeaders = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'http2-settings',
];

/** A request on its way. */
export interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: AbsoluteTarget;
}

/**
 * Refuses what could be read in two ways, before anything is opened for it. The parser has refused a body with two lengths.
 * @throws {CodedError} `REQUEST_INVALID`.
 */
export function checkFraming({ headers, headersDistinct, httpVersion }: IncomingMessage): void {
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return;
  const single = headersDistinct['transfer-encoding']?.length === 1;
  if (httpVersion === '1.1' && single && coding.toLowerCase() === 'chunked' && headers['content-length'] === undefined)
    return;
  throw requestRefused(
    'the body has a framing other than one length or "chunked"',
    'Send content-length, or chunks alone',
  );
}

/**
 * Sends a request over the open connection, which is its own from here on, and its answer back. `failed`: answers with an error where there is no answer yet.
 */
export function forward(
  { request, response, target }: Forwarding,
  facts: OutsideFacts,
  failed: (error: CodedError) => void,
): void {
  const { socket: outside, limits, destination } = facts;
  let answer: IncomingMessage | undefined;
  const watched = watchOutside(facts, () => answer?.complete === true);
  const broken = (cause: unknown): void => {
    watched.stop(connectionFailed(destination, 'the server gave no answer of HTTP/1.1', { cause }));
    const reason = watched.reason ?? connectionFailed(destination, 'the server gave no answer', { cause });
    // Cut short, it must not look complete.
    if (response.headersSent) response.destroy();
    else failed(reason);
  };
  response.once('close', () => {
    if (!response.writableFinished) watched.stop(egressEnded());
  });
  try {
    const sent = sendRequest({
      method: request.method ?? 'GET',
      path: target.path,
      headers: requestHeaders(request, target),
      createConnection: () => outside,
      setHost: false,
      maxHeaderSize: limits.headerBytesMax,
      insecureHTTPParser: false,
    });
    sent.on('error', broken).on('response', (found) => {
      answer = found.on('data', watched.count);
      sendBack(found, response, broken);
    });
    request.on('data', watched.count).on('error', () => sent.destroy());
    request.pipe(sent);
  } catch (error) {
    broken(error);
  }
}

function sendBack(answer: IncomingMessage, response: ServerResponse, broken: (cause: unknown) => void): void {
  if (response.headersSent || response.destroyed) return;
  const status = answer.statusCode ?? 502;
  try {
    response.sendDate = false;
    response.writeHead(status, STATUS_CODES[status] ?? '', kept(answer.rawHeaders, answer));
  } catch (error) {
    broken(error);
    return;
  }
  answer.on('error', broken).pipe(response);
}

function requestHeaders(request: IncomingMessage, target: AbsoluteTarget): string[] {
  const chunked = request.headers['transfer-encoding'] !== undefined;
  return [
    'host',
    authorityText(target),
    // `expect`: Node has answered it.
    ...kept(request.rawHeaders, request, ['host', 'expect']),
    ...(chunked ? ['transfer-encoding', 'chunked'] : []),
    'connection',
    'close',
  ];
}

/** The headers that go on, as they were written. */
function kept(raw: readonly string[], { headers }: IncomingMessage, more: readonly string[] = []): string[] {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  // A connection cannot take the length of a message with it.
  const dropped = new Set([...ownHeaders, ...more, ...named.filter((name) => name !== 'content-length')]);
  // Of two lengths of an answer, Node has read the chunks.
  if (headers['transfer-encoding'] !== undefined) dropped.add('content-length');
  const found: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]];
    if (!dropped.has(name.toLowerCase())) found.push(name, value);
  }
  return found;
}
