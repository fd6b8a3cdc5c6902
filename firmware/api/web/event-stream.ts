/**
 * Events and logs as server-sent events. An event is taken from the service when the one before has left, so that a client that reads slowly waits there, where
 * the backlog has a maximum; one that takes nothing at all is cut off.
 */
import type { ServerResponse } from 'node:http';
import type { CodedError } from '#wit/errors';
import { slowReader } from './errors.ts';
import type { Exchange } from './http-handler.ts';
import { credentialsOf } from './http-request.ts';
import { numberOf } from './http-routes.ts';
import { eventsForm, logsForm, readForm } from './request-forms.ts';
import { type WebContext, tellable } from './web-context.ts';

/** An event of a stream. */
interface Line {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** `GET /v1/events`: goes on behind `last-event-id`, which is `epoch:sequence`. */
export async function streamEvents(context: WebContext, exchange: Exchange): Promise<void> {
  const { request, query, options, principal } = exchange;
  const after = request.headers['last-event-id'] ?? query.get('after') ?? undefined;
  const kinds = query.get('kinds');
  const wanted = readForm(eventsForm, {
    ...(typeof after === 'string' && { after: cursorOf(after) }),
    ...(kinds !== null && { kinds: kinds.split(',') }),
  });
  await stream(context, exchange, async function* (signal) {
    const events = context.setting.service.api(principal).events({ ...wanted, requestId: options.requestId, signal });
    for await (const event of events) yield { id: `${event.epoch}:${event.sequence}`, event: event.kind, data: event };
  });
}

/** `GET /v1/logs`: the lines that are there, and with `follow=true` those that come. A line that `last-event-id` names is the last that is not sent again. */
export async function streamLogs(context: WebContext, exchange: Exchange): Promise<void> {
  const { request, query, options, principal } = exchange;
  const { follow, ...texts } = Object.fromEntries(query);
  const wanted = readForm(logsForm, {
    ...texts,
    ...numberOf(query, 'tail'),
    ...(follow !== undefined && { follow: follow === 'true' || (follow === 'false' ? false : follow) }),
  });
  const last = request.headers['last-event-id'];
  const api = context.setting.service.api(principal);
  await stream(context, exchange, async function* (signal) {
    const { epoch } = await api.status({ signal });
    const seen = typeof last === 'string' ? cursorOf(last) : undefined;
    const behind = seen?.epoch === epoch ? seen.sequence : 0;
    const tail = behind > 0 && wanted.tail === undefined ? { tail: context.setting.limits.logBacklog } : {};
    for await (const entry of api.logs({ ...wanted, ...tail, requestId: options.requestId, signal })) {
      if (entry.sequence > behind) yield { id: `${epoch}:${entry.sequence}`, event: 'log', data: entry };
    }
  });
}

function cursorOf(text: string): { readonly epoch: string; readonly sequence: number } {
  const at = text.lastIndexOf(':');
  return { epoch: text.slice(0, at), sequence: Number(text.slice(at + 1) || Number.NaN) };
}

async function stream(
  context: WebContext,
  { request, response, options, signal }: Exchange,
  open: (signal: AbortSignal) => AsyncGenerator<Line>,
): Promise<void> {
  const ended = new AbortController();
  const lines = open(AbortSignal.any([signal, ended.signal]));
  const { limits, ticker, setting } = context;
  let writtenMs = ticker.nowMs;
  let first: Promise<IteratorResult<Line>> | undefined = lines.next();
  // A refusal comes at once, and gets a status of its own; what waits for events does not.
  await Promise.race([first, new Promise((resolve) => setImmediate(resolve))]);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  response.write(': aria.v1\n\n');
  using _pulse = ticker.watch(() => {
    if (ticker.nowMs - writtenMs < limits.pingMs || response.writableNeedDrain) return;
    writtenMs = ticker.nowMs;
    response.write(':\n\n');
    // A token may have ended meanwhile.
    try {
      setting.access.authenticate(credentialsOf(request));
    } catch (error) {
      ended.abort(error);
    }
  });
  try {
    for (;;) {
      const next = await (first ?? lines.next());
      first = undefined;
      if (next.done === true || signal.aborted || ended.signal.aborted) break;
      writtenMs = ticker.nowMs;
      if (!response.write(textOf(next.value))) await drained(context, response);
    }
    if (ended.signal.aborted) throw ended.signal.reason;
    response.end();
  } catch (thrown) {
    if (signal.aborted) response.end();
    else endWith(response, tellable(context, thrown, options.requestId));
  } finally {
    ended.abort();
    await lines.return(undefined);
  }
}

/** JSON has no line ends, so that an event is one line. */
function textOf({ id, event, data }: Line): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** `event: error` is the last. */
function endWith(response: ServerResponse, error: CodedError): void {
  response.end(`event: error\ndata: ${JSON.stringify(error.wire)}\n\n`);
}

/** @throws {CodedError} `SLOW_READER` where the client takes nothing; its connection has ended then. */
async function drained({ ticker, limits }: WebContext, response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  using _deadline = ticker.after(limits.stalledMs, () => {
    reject(slowReader(`nothing was read for ${limits.stalledMs} ms`));
    response.destroy();
  });
  response.once('drain', resolve).once('close', resolve);
  try {
    await promise;
  } finally {
    response.off('drain', resolve).off('close', resolve);
  }
}
