/** A request of ICC, from its headers to its answer. Order: path, then token, then body, so that a stranger's bytes are never read. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CodedError } from '#wit/errors';
import { abiForm, textForm } from '#wit/values';
import type { ByteLedger } from './byte-ledger.ts';
import type { CallTokens } from './call-tokens.ts';
import { type Clock, after } from './clock.ts';
import { callEnded, internal, methodRefused, requestInvalid, tooMany } from './errors.ts';
import type { Answer, Services } from './exchange.ts';
import { encodeFrame, frameType } from './frame.ts';
import { httpStatusOf } from './http-status.ts';
import type { IccLimits } from './limits.ts';
import { readBody } from './request-body.ts';
import { type FoundRoute, type Route, findRoute } from './routes.ts';
import { answerHeaders, errorBody } from './socket-server.ts';

/** What all requests of a container share. */
export interface IccContext {
  readonly limits: IccLimits;
  readonly clock: Clock;
  readonly services: Services;
  readonly session: string | undefined;
  readonly tokens: CallTokens;
  readonly incoming: ByteLedger;
  readonly outgoing: ByteLedger;
  /** Requests that wait for their answer. */
  requestsOpen: number;
  /** What `/health` and `/status` say. */
  readonly open: (name: 'health' | 'status') => Readonly<Record<string, unknown>>;
  /** Hears of faults of the host's own. */
  readonly onBug: (error: unknown) => void;
}

/** Headers that may stand once: of two, one reader might each take another. */
const single = ['authorization', 'content-type', 'content-length', 'content-encoding'];

/** What an answer that waits to be taken costs beside its bytes. */
const answerBytes = 2048;

/** Answers a request; never rejects. */
export async function handleRequest(
  context: IccContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => response.destroy());
  // Bytes of a connection that was refused: it has its answer, and nothing of it may have an effect.
  if (request.socket.writableEnded) return;
  context.requestsOpen += 1;
  try {
    const { requestsOpenMax } = context.limits;
    if (context.requestsOpen > requestsOpenMax) throw tooMany('requests wait for an answer', requestsOpenMax);
    await answer(context, request, response);
  } catch (thrown) {
    const error = tellable(context, thrown);
    send(context, response, { status: statusOf(error), body: errorBody(error) });
  } finally {
    context.requestsOpen -= 1;
  }
}

async function answer(context: IccContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = findRoute(request.method ?? '', request.url ?? '');
  if ('allow' in found) {
    response.setHeader('allow', found.allow);
    throw found.error;
  }
  const { does } = found.route;
  if (does.kind === 'open') {
    send(context, response, { status: 200, body: context.open(does.name) });
    return;
  }
  for (const name of single) {
    if ((request.headersDistinct[name]?.length ?? 0) > 1)
      throw requestInvalid(`the header "${name}"`, 'is there more than once', { remedy: 'Send it once' });
  }
  await answerCall(context, { request, response, found, does });
}

interface CallRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly found: FoundRoute;
  readonly does: Extract<Route['does'], { kind: 'call' }>;
}

async function answerCall(context: IccContext, { request, response, found, does }: CallRequest): Promise<void> {
  const call = context.tokens.find(request.headers.authorization);
  const signal = AbortSignal.any([call.signal, goneSignal(response)]);
  const { limits, incoming, services, clock, session } = context;
  const body =
    found.route.method === 'POST'
      ? await readBody(request, { limits, incoming, signal })
      : { json: undefined, form: textForm };
  const framed = body.form.kind === 'abi' || request.headers.accept === frameType;
  const form = framed ? abiForm() : textForm;
  const { caller } = call;
  const { name, query } = found;
  const given = await does.answer({ caller, session, services, clock, name, query, body, form, signal });
  send(context, response, given, framed ? (form as ReturnType<typeof abiForm>).blobs : undefined);
}

/** Sends an answer; nothing where the asker has gone. `blobs`: of a frame. */
function send(
  { outgoing, limits, clock }: IccContext,
  response: ServerResponse,
  { status, body }: Answer,
  blobs?: readonly Uint8Array[],
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = blobs === undefined ? Buffer.from(`${JSON.stringify(body)}\n`) : encodeFrame({ body, blobs });
  const held = bytes.length + answerBytes;
  if (!outgoing.take(held)) {
    // Who does not take its answers gets no more of them.
    response.destroy();
    return;
  }
  const stalled = after(clock, limits.stalledMs, () => response.destroy());
  response.once('close', () => {
    outgoing.give(held);
    stalled[Symbol.dispose]();
  });
  // What is left of a body is not read.
  if (bodyLeft(response.req)) response.setHeader('connection', 'close');
  const type = blobs === undefined ? 'application/json; charset=utf-8' : frameType;
  response.writeHead(status, { ...answerHeaders, 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
}

function statusOf(error: CodedError): number {
  const { field } = error.wire.details;
  return error.code === 'REQUEST_INVALID' && field === 'the method' ? 405 : httpStatusOf(error);
}

/** What may be said of anything that was thrown. */
function tellable({ onBug }: IccContext, thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown;
  onBug(thrown);
  return internal();
}

/** Aborted when the connection ends before the answer is complete: the operation goes with it. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(callEnded());
  });
  if (response.destroyed) gone.abort(callEnded());
  return gone.signal;
}

function bodyLeft({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}

/** The refusal of `CONNECT`, which has no response. */
export function connectRefused(): CodedError {
  return methodRefused('CONNECT', 'GET or POST');
}
