/** The methods of the WebSocket that HTTP has in another form, or not at all: subscriptions, uploads, progress. */
import type { AriaApi, CallProgress } from '#wit/api';
import { webSocketCloseCodes } from '#wit/api';
import type { CodedError } from '#wit/errors';
import { decodeValue, textForm } from '#wit/values';
import type { Principal } from '../../access/principal.ts';
import { apiMethods, isApiMethod } from './api-methods.ts';
import { adminOnly, requestInvalid } from './errors.ts';
import type { RpcId, RpcRequest } from './json-rpc.ts';
import { graceMs } from './limits.ts';
import {
  eventsForm,
  logsForm,
  mintForm,
  optionsForm,
  readForm,
  unsubscribeForm,
  uploadChunkForm,
  uploadForm,
} from './request-forms.ts';
import type { WebSocketSession } from './web-socket-session.ts';
import { UploadInbox } from './web-socket-upload.ts';
import { type WebContext, tellable, within } from './web-context.ts';

/** A request that runs. */
export interface Running {
  readonly abort: AbortController;
  /** Of an upload. */
  inbox?: UploadInbox;
}

/** A request with what it runs on. */
export interface Asked {
  readonly id: RpcId;
  readonly request: RpcRequest;
  readonly running: Running;
  readonly requestId: string;
  readonly api: AriaApi;
  readonly principal: Principal;
}

/** An answer, and what begins when it has been sent. */
export interface Answered {
  readonly result: unknown;
  readonly begin?: () => void;
}

const others: ReadonlySet<string> = new Set([
  'authenticate',
  'cancel',
  'events',
  'logs',
  'mintToken',
  'unsubscribe',
  'upload',
  'uploadChunk',
]);

/** Whether there is a method of that name. */
export function isMethod(name: string): boolean {
  return isApiMethod(name) || others.has(name);
}

/** Does what a request asks for. @throws {CodedError}. */
export async function performMethod(context: WebContext, session: WebSocketSession, asked: Asked): Promise<Answered> {
  const { method, params } = asked.request;
  if (isApiMethod(method)) return { result: await ask(context, session, asked) };
  switch (method) {
    case 'events':
    case 'logs':
      return subscribe(context, session, asked);
    case 'unsubscribe':
      return { result: session.unsubscribe(readForm(unsubscribeForm, params).subscription) };
    case 'upload':
      return { result: await upload(context, session, asked) };
    case 'mintToken':
      if (asked.principal.role !== 'admin') throw adminOnly('mint a token', asked.principal.role);
      return { result: context.setting.access.mint(readForm(mintForm, params)) };
    default:
      throw requestInvalid(`the method "${method.slice(0, 64)}"`, 'is unknown');
  }
}

/** Takes a piece of an upload of the same connection. @throws {CodedError} `REQUEST_INVALID`. */
export async function takeChunk(requests: ReadonlyMap<RpcId, Running>, params: unknown): Promise<Answered> {
  const { id, read, offset, bytes } = readForm(uploadChunkForm, params);
  const inbox = requests.get(id)?.inbox;
  if (inbox === undefined) throw requestInvalid('id', 'is of no upload that runs');
  await inbox.take({ read, offset, bytes: decodeValue(bytes, textForm, 'INPUT_INVALID') as Uint8Array });
  return { result: null };
}

/** The arguments without the options, and these. */
function split({ request, requestId }: Asked): {
  readonly params: Readonly<Record<string, unknown>>;
  readonly options: ReturnType<typeof optionsForm.parse>;
} {
  const { options, ...params } = request.params as Readonly<Record<string, unknown>>;
  return { params, options: { requestId, ...readForm(optionsForm, options ?? {}, 'options') } };
}

async function ask(context: WebContext, session: WebSocketSession, asked: Asked): Promise<unknown> {
  const { id, request, running, api } = asked;
  const { params, options } = split(asked);
  if (!isApiMethod(request.method)) return null;
  const perform = apiMethods[request.method](params);
  const call = request.method === 'callTool';
  const progress =
    call && params['progress'] === true
      ? { progress: (step: CallProgress): void => session.notify('progress', { id, progress: step }) }
      : {};
  const all = { ...options, ...progress, signal: running.abort.signal };
  return within(context, all, (inTime) => perform(api, inTime), call ? graceMs : 0);
}

async function subscribe(context: WebContext, session: WebSocketSession, asked: Asked): Promise<Answered> {
  const { api, request } = asked;
  const { params, options } = split(asked);
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, context.stopped]);
  const events = request.method === 'events';
  const items: AsyncIterable<unknown> = events
    ? api.events({ ...readForm(eventsForm, params), ...options, signal })
    : api.logs({ ...readForm(logsForm, params), ...options, signal });
  const iterator = items[Symbol.asyncIterator]();
  const subscription = session.subscription(abort);
  const first = iterator.next();
  try {
    // A refusal comes at once, and is the answer; what waits for events does not.
    await Promise.race([first, new Promise((resolve) => setImmediate(resolve))]);
  } catch (error) {
    session.unsubscribe(subscription);
    throw error;
  }
  first.catch(() => undefined);
  const [method, field] = events ? ['event', 'event'] : ['log', 'entry'];
  const send = (item: unknown): void => session.notify(method, { subscription, [field]: item });
  const end = (error?: CodedError): void => {
    session.unsubscribe(subscription);
    if (error?.code === 'SLOW_READER') session.end(webSocketCloseCodes.slowReader, error);
    else session.notify('end', { subscription, ...(error && { error: error.wire }) });
  };
  const begin = (): void => {
    pump(session, { iterator, first, send, signal }).then(
      () => end(),
      (thrown: unknown) => end(tellable(context, thrown, asked.requestId)),
    );
  };
  return { result: { subscription }, begin };
}

interface Pump {
  readonly iterator: AsyncIterator<unknown>;
  readonly first: Promise<IteratorResult<unknown>>;
  readonly send: (item: unknown) => void;
  readonly signal: AbortSignal;
}

/** Takes an item from the service when those before have left, so that a client that reads slowly waits there, where the backlog has a maximum. */
async function pump(session: WebSocketSession, { iterator, first, send, signal }: Pump): Promise<void> {
  try {
    for (let next = await first; next.done !== true; next = await iterator.next()) {
      // Whoever has gone takes nothing, and a service with a long backlog would go on for ever.
      if (signal.aborted) break;
      send(next.value);
      await session.room();
    }
  } finally {
    await iterator.return?.();
  }
}

async function upload(context: WebContext, session: WebSocketSession, asked: Asked): Promise<unknown> {
  const { id, running, api } = asked;
  const { params, options } = split(asked);
  const { allowDowngrade, ...about } = readForm(uploadForm, params);
  const { signal } = running.abort;
  const inbox = new UploadInbox(about.size, (read, offset) => session.notify('uploadRead', { id, read, offset }), {
    ticker: context.ticker,
    ms: context.limits.uploadIdleMs,
    signal,
  });
  running.inbox = inbox;
  const progress = (sent: number): void => session.notify('uploadProgress', { id, sent });
  const all = { ...options, signal, progress, ...(allowDowngrade !== undefined && { allowDowngrade }) };
  try {
    return await within(context, all, (inTime) =>
      api.upload({ ...about, read: (offset) => inbox.pieces(offset) }, inTime),
    );
  } finally {
    inbox.close();
  }
}
