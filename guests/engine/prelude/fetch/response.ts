/** https://fetch.spec.whatwg.org/#response-class */
import { URL } from '../url/url.ts';
import { Body, type BodyInit, peekBody } from './body.ts';
import { Headers, type HeadersInit } from './headers.ts';

/** What the constructor takes beside the body. */
export interface ResponseInit {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: HeadersInit;
}

type ResponseType = 'default' | 'basic' | 'error';

const withoutBody = [101, 103, 204, 205, 304];
const redirectStatuses = [301, 302, 303, 307, 308];

/** Where an answer came from. */
interface Origin {
  readonly url: string;
  readonly redirected: boolean;
}

/** Makes the answer of a host. */
export let receivedResponse: (body: Uint8Array, init: ResponseInit, origin: Origin) => Response;

export class Response extends Body {
  readonly #status: number;
  readonly #statusText: string;
  readonly #headers: Headers;
  #type: ResponseType = 'default';
  #url = '';
  #redirected = false;

  static {
    receivedResponse = (body: Uint8Array, init: ResponseInit, { url, redirected }: Origin): Response => {
      const response = new Response(withoutBody.includes(init.status ?? 200) ? null : body, init);
      response.#type = 'basic';
      response.#url = url;
      response.#redirected = redirected;
      return response;
    };
  }

  constructor(body: BodyInit | null | undefined = null, init: ResponseInit = {}) {
    const status = Math.trunc(Number(init.status ?? 200));
    if (!(status >= 200 && status <= 599)) {
      throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    }
    const statusText = `${init.statusText ?? ''}`;
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(statusText)) throw new TypeError('Invalid statusText');
    if (body !== null && body !== undefined && withoutBody.includes(status)) {
      throw new TypeError(`Response constructor: Invalid response status code ${status}`);
    }
    const headers = new Headers(init.headers);
    super(body, headers);
    this.#status = status;
    this.#statusText = statusText;
    this.#headers = headers;
  }

  static error(): Response {
    const response = new Response();
    response.#type = 'error';
    return response;
  }

  static json(data: unknown, init: ResponseInit = {}): Response {
    const text: string | undefined = JSON.stringify(data);
    if (text === undefined) throw new TypeError('The data is not JSON serializable');
    const headers = new Headers(init.headers);
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    return new Response(text, { ...init, headers });
  }

  static redirect(url: string | URL, status = 302): Response {
    const location = new URL(`${url as string}`).href;
    if (!redirectStatuses.includes(status)) throw new RangeError(`Invalid status code ${status}`);
    return new Response(null, { status, headers: { location } });
  }

  get type(): ResponseType {
    return this.#type;
  }
  get url(): string {
    return this.#url;
  }
  get redirected(): boolean {
    return this.#redirected;
  }
  get status(): number {
    return this.#type === 'error' ? 0 : this.#status;
  }
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }
  get statusText(): string {
    return this.#statusText;
  }
  get headers(): Headers {
    return this.#headers;
  }

  clone(): Response {
    const copy = new Response(peekBody(this) ?? null, {
      status: this.#status,
      statusText: this.#statusText,
      headers: this.#headers,
    });
    copy.#type = this.#type;
    copy.#url = this.#url;
    copy.#redirected = this.#redirected;
    return copy;
  }
}
