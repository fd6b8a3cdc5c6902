/** https://fetch.spec.whatwg.org/#request-class, as far as a tool's host can honour it. */
import { AbortController, AbortSignal } from '../abort.ts';
import { URL } from '../url/url.ts';
import { Body, type BodyInit, peekBody } from './body.ts';
import { Headers, type HeadersInit } from './headers.ts';

/** What `fetch` and the constructor take beside the URL. */
export interface RequestInit {
  readonly method?: string | undefined;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit | null | undefined;
  readonly redirect?: 'follow' | 'manual' | 'error' | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

const upperCased = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];
const forbidden = ['CONNECT', 'TRACE', 'TRACK'];
const redirects = ['follow', 'manual', 'error'];

export class Request extends Body {
  readonly #method: string;
  readonly #url: string;
  readonly #headers: Headers;
  readonly #redirect: 'follow' | 'manual' | 'error';
  readonly #signal: AbortSignal;

  constructor(input: string | URL | Request, init: RequestInit = {}) {
    const from = input instanceof Request ? input : undefined;
    const method = validMethod(init.method ?? from?.method ?? 'GET');
    const headers = new Headers(init.headers ?? from?.headers);
    const body = init.body ?? (from && peekBody(from));
    const redirect = init.redirect ?? from?.redirect ?? 'follow';
    if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
      throw new TypeError('Request with GET/HEAD method cannot have body.');
    }
    if (!redirects.includes(redirect))
      throw new TypeError(`Cannot make the request: "${redirect}" is no way to redirect`);
    super(body, headers);
    this.#method = method;
    this.#url = from ? from.url : validUrl(input as string | URL);
    this.#headers = headers;
    this.#redirect = redirect;
    this.#signal = (init.signal === undefined ? from?.signal : init.signal) ?? new AbortController().signal;
    if (!(this.#signal instanceof AbortSignal)) throw new TypeError('The "signal" must be an AbortSignal');
  }

  get method(): string {
    return this.#method;
  }
  get url(): string {
    return this.#url;
  }
  get headers(): Headers {
    return this.#headers;
  }
  get redirect(): 'follow' | 'manual' | 'error' {
    return this.#redirect;
  }
  get signal(): AbortSignal {
    return this.#signal;
  }

  clone(): Request {
    return new Request(this);
  }
}

function validMethod(method: string): string {
  const text = `${method}`;
  const upper = text.toUpperCase();
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text) || forbidden.includes(upper)) {
    throw new TypeError(`'${text}' is not a valid HTTP method.`);
  }
  return upperCased.includes(upper) ? upper : text;
}

function validUrl(input: string | URL): string {
  const url = new URL(`${input as string}`);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${url.href}`);
  }
  return url.href;
}
