/**
 * A request of HTTP, from its headers to its answer. The order is what keeps strangers out: probes, then the name and the page that it comes from, then the
 * token, then the rate, and only then the path and the body.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../access/principal.ts';
import { apiMethods } from './api-methods.ts';
import { adminOnly, requestInvalid, routeNotFound, tooMany } from './errors.ts';
import { streamEvents, streamLogs } from './event-stream.ts';
import { prepareAnswer, sendError, sendJson } from './http-answer.ts';
import {
  browserHeadersOf,
  credentialsOf,
  optionsOf,
  readJson,
  requireSingleHeaders,
  targetOf,
} from './http-request.ts';
import { type FoundRoute, findRoute, requireQuery } from './http-routes.ts';
import { receiveUpload } from './http-upload.ts';
import { graceMs } from './limits.ts';
import { mintForm, readForm } from './request-forms.ts';
import { type WebContext, admitted, tellable, within } from './web-context.ts';

/** A request that was let in. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly principal: Principal;
  readonly options: ReturnType<typeof optionsOf>;
  readonly found: FoundRoute;
  readonly query: URLSearchParams;
  /** Aborted when the client has gone, or the gateway stops. */
  readonly signal: AbortSignal;
}

/** Answers a request; never rejects. */
export async function handleRequest(
  context: WebContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = performance.now();
  const about: About = { name: 'unmatched', code: 'OK', requestId: context.drawRequestId() };
  const connection = context.connections.of(request.socket);
  if (connection) connection.requests += 1;
  response.on('error', () => response.destroy());
  try {
    await answer(context, { request, response, about });
  } catch (thrown) {
    const error = tellable(context, thrown, about.requestId);
    about.code = error.code;
    sendError(response, error, about.status);
  } finally {
    if (connection) connection.requests -= 1;
    limitReading(context, response);
    const { telemetry } = context.setting;
    telemetry.metrics.requestFinished({
      gateway: 'http',
      method: about.name,
      code: about.code,
      durationMs: performance.now() - started,
    });
  }
}

interface About {
  name: string;
  code: string;
  requestId: string;
  /** In place of the one of the code. */
  status?: number;
}

interface Raw {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly about: About;
}

async function answer(context: WebContext, { request, response, about }: Raw): Promise<void> {
  prepareAnswer(response, undefined);
  const { path, query } = targetOf(request);
  if (sendProbe(context, { request, response, path })) {
    about.name = path;
    return;
  }
  requireSingleHeaders(request);
  const browser = browserHeadersOf(request);
  about.status = 421;
  const policy = context.policy();
  policy.requireHost(browser);
  delete about.status;
  const corsOrigin = policy.judgeOrigin(browser);
  prepareAnswer(response, corsOrigin);
  if (request.method === 'OPTIONS' && corsOrigin !== undefined) {
    sendPreflight(request, response);
    return;
  }
  const principal = admitted(context, credentialsOf(request));
  const connection = context.connections.of(request.socket);
  if (connection) connection.trusted = true;
  if (connection && connection.requests > context.limits.connectionRequests)
    throw tooMany('requests of one connection wait for an answer', context.limits.connectionRequests);
  const options = optionsOf(request, about.requestId);
  about.requestId = options.requestId;
  response.setHeader('x-request-id', options.requestId);
  const found = findRoute(request.method ?? '', path);
  if (!('route' in found)) {
    if (found.length > 0) {
      response.setHeader('allow', found.join(', '));
      about.status = 405;
    }
    throw routeNotFound(request.method ?? '', path);
  }
  about.name = `${found.route.method} ${found.route.path}`;
  requireQuery(query, found.route.query);
  const signal = AbortSignal.any([goneSignal(response), context.stopped]);
  await perform(context, { request, response, principal, options, found, query, signal });
}

async function perform(context: WebContext, exchange: Exchange): Promise<void> {
  const { request, response, principal, options, found, query, signal } = exchange;
  const { does } = found.route;
  if (does.kind === 'events') return streamEvents(context, exchange);
  if (does.kind === 'logs') return streamLogs(context, exchange);
  using _work = context.work.begin();
  if (does.kind === 'upload') return receiveUpload(context, exchange);
  if (does.kind !== 'method') return manageTokens(context, exchange, does.kind);
  const hasBody = found.route.method === 'POST';
  const body = hasBody ? objectOf(await readJson(context, request, response)) : {};
  const params = does.params({ parts: found.parts, query, body });
  const ask = apiMethods[does.name](params);
  const grace = does.name === 'callTool' ? graceMs : 0;
  const json = await within(
    context,
    { ...options, signal },
    (asked) => ask(context.setting.service.api(principal), asked),
    grace,
  );
  sendJson(response, 200, json, context.outgoing);
}

async function manageTokens(context: WebContext, exchange: Exchange, kind: 'mint' | 'revoke'): Promise<void> {
  const { request, response, principal } = exchange;
  const { access } = context.setting;
  if (principal.role !== 'admin') throw adminOnly('mint or revoke tokens', principal.role);
  if (kind === 'mint') {
    const wanted = readForm(mintForm, await readJson(context, request, response));
    sendJson(response, 201, access.mint(wanted));
    return;
  }
  await access.revokeMinted();
  sendJson(response, 200, null);
}

/** Whether the process lives, and whether it takes calls: for everybody, under every name, since it says nothing else. */
function sendProbe(
  { setting, phase, work }: WebContext,
  {
    request,
    response,
    path,
  }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly path: string },
): boolean {
  if (request.method !== 'GET' || (path !== '/healthz' && path !== '/readyz')) return false;
  if (path === '/healthz') {
    sendJson(response, 200, { alive: true });
    return true;
  }
  const ready = setting.ready() && !work.closed;
  if (!ready) response.setHeader('retry-after', 1);
  sendJson(response, ready ? 200 : 503, { ready, phase: work.closed ? 'stopping' : phase() });
  return true;
}

/** What a page of an origin of the configuration may send. */
function sendPreflight(request: IncomingMessage, response: ServerResponse): void {
  const headers =
    'authorization, content-type, idempotency-key, last-event-id, traceparent, x-request-id, x-timeout-ms';
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE');
  response.setHeader('access-control-allow-headers', headers);
  response.setHeader('access-control-max-age', 600);
  if (request.headers['access-control-request-private-network'] === 'true')
    response.setHeader('access-control-allow-private-network', 'true');
  response.writeHead(204).end();
}

/** Aborted when the connection ends before the answer is complete. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  if (response.destroyed) gone.abort();
  return gone.signal;
}

/** Ends the connection of a client that does not take its answer. */
function limitReading({ ticker, limits }: WebContext, response: ServerResponse): void {
  if (response.writableFinished || response.destroyed) return;
  const deadline = ticker.after(limits.stalledMs, () => response.destroy());
  response.once('close', () => deadline[Symbol.dispose]());
}

function objectOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw requestInvalid('the body', 'is no object');
}
