/** What a request of HTTP says: headers, query, body. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CodedError } from '#wit/errors';
import { parseJson } from '#wit/values';
import type { Credentials } from '../../access/access.ts';
import type { BrowserHeaders } from './browser-policy.ts';
import { messageTooLarge, requestInvalid, tooLate, tooMany } from './errors.ts';
import { type RequestOptionsJson, optionsForm, readForm } from './request-forms.ts';
import type { WebContext } from './web-context.ts';

/** Longest query, in characters. */
const queryCharactersMax = 4096;
/** Headers that may stand once: of two, one of us and a proxy in front might each take another. */
const single = [
  'host',
  'origin',
  'authorization',
  'content-type',
  'content-length',
  'sec-fetch-site',
  'idempotency-key',
];

/** Path and query of a request. @throws {CodedError} `REQUEST_INVALID`. */
export function targetOf(request: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const url = request.url ?? '';
  if (!url.startsWith('/')) throw requestInvalid('the target', 'is no path');
  if (url.length > queryCharactersMax)
    throw requestInvalid('the target', `has more than ${queryCharactersMax} characters`);
  const at = url.indexOf('?');
  return { path: at < 0 ? url : url.slice(0, at), query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)) };
}

/** @throws {CodedError} `REQUEST_INVALID` for a header that stands twice. */
export function requireSingleHeaders({ rawHeaders }: IncomingMessage): void {
  const names = rawHeaders.filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const twice = single.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice !== undefined) throw requestInvalid(`the header "${twice}"`, 'stands twice');
}

/** What a browser says. */
export function browserHeadersOf({ headers }: IncomingMessage): BrowserHeaders {
  const fetchSite = headers['sec-fetch-site'];
  return {
    host: headers.host,
    origin: headers.origin,
    fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
  };
}

/** What a request shows of who sends it. */
export function credentialsOf({ headers, socket }: IncomingMessage): Credentials {
  return {
    authorization: headers.authorization,
    certificateName: certificateNameOf(socket),
    via: 'tcp',
    address: socket.remoteAddress,
  };
}

/** Options of the headers. @throws {CodedError} `REQUEST_INVALID`. */
export function optionsOf(
  { headers }: IncomingMessage,
  drawn: string,
): RequestOptionsJson & { readonly requestId: string } {
  const { 'idempotency-key': idempotencyKey, 'x-request-id': requestId, 'x-timeout-ms': timeoutMs } = headers;
  const traceparent = headers['traceparent'];
  const options = readForm(
    optionsForm,
    {
      requestId: requestId ?? drawn,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(timeoutMs !== undefined && { timeoutMs: Number(timeoutMs) }),
    },
    'the header',
  );
  // One that is malformed is to be ignored, says W3C.
  const trace = optionsForm.safeParse({ traceparent });
  return { requestId: drawn, ...options, ...(trace.success && trace.data) };
}

/** The JSON of a body; `{}` for an empty one. @throws {CodedError} `REQUEST_INVALID`, `MESSAGE_TOO_LARGE`, `DEADLINE_EXCEEDED`, `OVERLOADED`. */
export async function readJson(
  context: WebContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  requireContentType(request, 'application/json');
  const bytes = await readBody(context, request, response);
  if (bytes.length === 0) return {};
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw requestInvalid('the body', 'is not UTF-8');
  }
  try {
    return parseJson(text);
  } catch {
    throw requestInvalid('the body', 'is not JSON');
  }
}

/**
 * A page can send forms and plain text to everybody without being asked; any other type a browser asks for first, and is refused.
 * @throws {CodedError} `REQUEST_INVALID`.
 */
export function requireContentType({ headers }: IncomingMessage, wanted: string): void {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  const remedy = `Send it with "content-type: ${wanted}", and not compressed`;
  if (type !== wanted) throw requestInvalid('content-type', `is not "${wanted}"`, { remedy });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw requestInvalid('content-encoding', 'is not "identity"', { remedy });
}

/** Sends what a client that waits for it wants to hear before it sends a body. */
export function goOn({ headers }: IncomingMessage, response: ServerResponse): void {
  if (headers.expect !== undefined) response.writeContinue();
}

async function readBody(context: WebContext, request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
  const { limits, setting, ticker, incoming } = context;
  const { messageBytesMax } = setting.limits;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > messageBytesMax) throw messageTooLarge('the body', messageBytesMax);
  const pieces: Buffer[] = [];
  let held = 0;
  // Ends the reading with the error; the answer is sent all the same, and closes the connection.
  const failed = Promise.withResolvers<never>();
  using account = incoming.open(() => failed.reject(tooMany('bytes of bodies are being read', messageBytesMax)));
  using _deadline = ticker.after(limits.bodyMs, () => failed.reject(tooLate('the body', limits.bodyMs)));
  goOn(request, response);
  const read = async (): Promise<void> => {
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      held += piece.length;
      if (held > messageBytesMax) throw messageTooLarge('the body', messageBytesMax);
      pieces.push(piece);
      account.set(held);
    }
  };
  try {
    await Promise.race([read(), failed.promise]);
  } catch (error) {
    request.pause();
    throw error instanceof CodedError ? error : requestInvalid('the body', 'ends too early');
  }
  return Buffer.concat(pieces, held);
}

function certificateNameOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : undefined;
}
