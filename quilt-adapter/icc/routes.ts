/** The routes of ICC. */
import { methodRefused, requestInvalid, routeNotFound } from './errors.ts';
import type { Answer, Exchange } from './exchange.ts';
import { answerAgent } from './agents-route.ts';
import { answerContext, answerContextAdd } from './context-routes.ts';
import { formLimits } from './limits.ts';
import { answerCompletion } from './llm-route.ts';
import { answerOperation } from './operation-route.ts';
import { answerTool } from './tools-route.ts';

/** A route: a path as it is, or what begins with one that ends with a slash. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Parameters may stand behind the path. */
  readonly query: boolean;
  /** `open`: needs no token and says nothing of anybody. */
  readonly does:
    | { readonly kind: 'open'; readonly name: 'health' | 'status' }
    | { readonly kind: 'call'; readonly answer: (exchange: Exchange) => Promise<Answer> };
}

function call(answer: (exchange: Exchange) => Promise<Answer>): Route['does'] {
  return { kind: 'call', answer };
}

const routes: readonly Route[] = [
  { method: 'GET', path: '/health', query: false, does: { kind: 'open', name: 'health' } },
  { method: 'GET', path: '/status', query: false, does: { kind: 'open', name: 'status' } },
  { method: 'GET', path: '/context', query: true, does: call(answerContext) },
  { method: 'POST', path: '/context/add', query: false, does: call(answerContextAdd) },
  { method: 'POST', path: '/llm/complete', query: false, does: call(answerCompletion) },
  { method: 'POST', path: '/tools/', query: false, does: call(answerTool) },
  { method: 'POST', path: '/agents/', query: false, does: call(answerAgent) },
  { method: 'POST', path: '/operations/', query: false, does: call(answerOperation) },
];

/** A route with what the target says. */
export interface FoundRoute {
  readonly route: Route;
  readonly name: string;
  readonly query: URLSearchParams;
}

/** Finds the route. @throws {CodedError} `NOT_FOUND`, `REQUEST_INVALID`; `allow` names the method that the path takes. */
export function findRoute(
  method: string,
  target: string,
): FoundRoute | { readonly allow: string; readonly error: Error } {
  if (!target.startsWith('/'))
    throw requestInvalid('the target', 'is no path', { remedy: 'Ask for a path, as /health' });
  if (target.length > formLimits.targetCharactersMax)
    throw requestInvalid('the target', `has more than ${formLimits.targetCharactersMax} characters`);
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const route = routes.find((known) =>
    known.path.endsWith('/') ? path.startsWith(known.path) && path.length > known.path.length : path === known.path,
  );
  if (!route) throw routeNotFound(method, path);
  if (method !== route.method) return { allow: route.method, error: methodRefused(method, route.method) };
  if (mark >= 0 && !route.query) throw requestInvalid('the target', 'has parameters, and this path takes none');
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  return { route, name: nameIn(path.slice(route.path.length)), query };
}

function nameIn(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw requestInvalid('the path', 'is not percent-encoded UTF-8');
  }
}
