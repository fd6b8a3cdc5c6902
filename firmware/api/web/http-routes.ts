/** The paths of the HTTP API, as a table. */
import type { ApiMethodName } from './api-methods.ts';
import { requestInvalid } from './errors.ts';

/** How a request becomes arguments. */
export interface RouteMatch {
  /** Parts of the path, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Which arguments a request has: what it does, or one of the streams and uploads, which have a file each. */
export type RouteKind =
  | {
      readonly kind: 'method';
      readonly name: ApiMethodName;
      readonly params: (match: RouteMatch) => Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'events' | 'logs' | 'upload' | 'mint' | 'revoke' };

/** A path with what it does. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** For people and metrics. */
  readonly path: string;
  readonly pattern: RegExp;
  readonly does: RouteKind;
  readonly query: readonly string[];
}

const part = '([^/]+)';
/** `name`, or `bundle/name`. */
const qualified = '([^/]+(?:/[^/]+)?)';

function route(line: string, does: RouteKind, query: readonly string[] = []): Route {
  const [method = '', path = ''] = line.split(' ');
  const source = path.replaceAll('QUALIFIED', qualified).replaceAll(/[A-Z]+/g, part);
  return { method: method as Route['method'], path, pattern: new RegExp(`^${source}$`), does, query };
}

function method(
  name: ApiMethodName,
  params: (match: RouteMatch) => Readonly<Record<string, unknown>> = () => ({}),
): RouteKind {
  return { kind: 'method', name, params };
}

/** All of them. */
export const routes: readonly Route[] = [
  route('GET /v1/status', method('status')),
  route(
    'GET /v1/components',
    method('listComponents', ({ query }) => ({ ...textsOf(query), ...numberOf(query, 'pageSize') })),
    ['kind', 'bundle', 'text', 'pageSize', 'pageToken'],
  ),
  route(
    'GET /v1/components/QUALIFIED',
    method('getComponent', ({ parts: [name], query }) => ({ ...textsOf(query), name })),
    ['kind'],
  ),
  route(
    'POST /v1/tools/QUALIFIED/calls',
    method('callTool', ({ parts: [tool], body }) => ({ ...body, tool })),
  ),
  route(
    'POST /v1/tools/QUALIFIED/divergence',
    method('diverge', ({ parts: [tool], body }) => ({ ...body, tool })),
  ),
  route(
    'GET /v1/calls/ID',
    method('why', ({ parts: [callId] }) => ({ callId })),
  ),
  route('GET /v1/resource-tokens', method('tokens')),
  route('GET /v1/bundles', method('listBundles')),
  route('PUT /v1/bundles', { kind: 'upload' }),
  route(
    'POST /v1/bundles/NAME/rollback',
    method('rollback', ({ parts: [name], body }) => ({ ...body, name })),
  ),
  route(
    'DELETE /v1/bundles/NAME/versions/VERSION',
    method('removeVersion', ({ parts: [name, version] }) => ({ name, version })),
  ),
  route('GET /v1/upgrades', method('listUpgrades')),
  route(
    'POST /v1/upgrades/ID/approve',
    method('approve', ({ parts: [id], body }) => ({ ...body, id })),
  ),
  route(
    'POST /v1/upgrades/ID/reject',
    method('reject', ({ parts: [id], body }) => ({ ...body, id })),
  ),
  route('GET /v1/events', { kind: 'events' }, ['kinds', 'after']),
  route('GET /v1/logs', { kind: 'logs' }, ['follow', 'tail', 'level', 'source']),
  route('POST /v1/tokens', { kind: 'mint' }),
  route('DELETE /v1/tokens', { kind: 'revoke' }),
];

/** A route that was found, with the parts of its path. */
export interface FoundRoute {
  readonly route: Route;
  readonly parts: readonly string[];
}

/** The route of a request; the methods that the path has where it has others; none of both where there is no such path. */
export function findRoute(wanted: string, path: string): FoundRoute | readonly string[] {
  const others: string[] = [];
  for (const candidate of routes) {
    const match = candidate.pattern.exec(path);
    if (match === null) continue;
    if (candidate.method === wanted) return { route: candidate, parts: match.slice(1).map(decodePart) };
    others.push(candidate.method);
  }
  return others;
}

/** @throws {CodedError} `REQUEST_INVALID` for a key that is unknown, or stands twice. */
export function requireQuery(query: URLSearchParams, known: readonly string[]): void {
  const keys = [...query.keys()];
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) throw requestInvalid(`the query key "${unknown.slice(0, 64)}"`, 'is unknown');
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw requestInvalid(`the query key "${twice}"`, 'stands twice');
}

/** The keys of a query as they are. */
export function textsOf(query: URLSearchParams): Readonly<Record<string, string>> {
  return Object.fromEntries(query);
}

/** A key of a query as a number. @throws {CodedError} `REQUEST_INVALID`. */
export function numberOf(query: URLSearchParams, key: string): Readonly<Record<string, number>> {
  const text = query.get(key);
  if (text === null) return {};
  if (!/^\d{1,10}$/.test(text)) throw requestInvalid(`the query key "${key}"`, 'is no whole number');
  return { [key]: Number(text) };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw requestInvalid('the path', 'has a wrong percent-encoding');
  }
}
