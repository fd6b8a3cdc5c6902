/**
 * The Web globals that a tool has, beside ECMAScript 2023: what `arc` uses as ambient types, since tools have neither the DOM
 * nor Node. Absent on purpose: Intl (the engine has no locale data), streams, WebSocket, Worker, WebAssembly.
 */

/** What a buffer is read from. */
type BufferSource = ArrayBuffer | ArrayBufferView;

// ---- text
/** Text to UTF-8. */
declare class TextEncoder {
  constructor();
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}
/** Bytes to text: `utf-8`, `utf-16le`, and `latin1` (windows-1252). */
declare class TextDecoder {
  constructor(label?: string, options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(input?: BufferSource | SharedArrayBuffer, options?: { readonly stream?: boolean }): string;
}
/** Base64 of a text whose characters are bytes. */
declare function btoa(data: string): string;
/** The text whose characters are the bytes of a base64 text. */
declare function atob(data: string): string;

// ---- URLs
/** https://url.spec.whatwg.org/#url-class */
declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static parse(url: string | URL, base?: string | URL): URL | null;
  static canParse(url: string | URL, base?: string | URL): boolean;
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toString(): string;
  toJSON(): string;
}
/** https://url.spec.whatwg.org/#interface-urlsearchparams */
declare class URLSearchParams {
  constructor(init?: string | URLSearchParams | Iterable<readonly [string, string]> | Readonly<Record<string, string>>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}

// ---- events and abortion
interface EventInit {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
  readonly composed?: boolean;
}
type EventListenerOrObject = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };
interface EventListenerOptions {
  readonly capture?: boolean;
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly signal?: AbortSignal;
}
/** https://dom.spec.whatwg.org/#event */
declare class Event {
  constructor(type: string, init?: EventInit);
  readonly type: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly defaultPrevented: boolean;
  readonly target: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  readonly eventPhase: number;
  readonly isTrusted: boolean;
  readonly timeStamp: number;
  composedPath(): EventTarget[];
  preventDefault(): void;
  stopPropagation(): void;
  stopImmediatePropagation(): void;
}
/** An event that carries a value. */
declare class CustomEvent<Detail = unknown> extends Event {
  constructor(type: string, init?: EventInit & { readonly detail?: Detail });
  readonly detail: Detail;
}
/** https://dom.spec.whatwg.org/#eventtarget */
declare class EventTarget {
  constructor();
  addEventListener(
    type: string,
    listener: EventListenerOrObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  dispatchEvent(event: Event): boolean;
}
/** https://dom.spec.whatwg.org/#abortsignal */
declare class AbortSignal extends EventTarget {
  private constructor();
  static abort(reason?: unknown): AbortSignal;
  static timeout(ms: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: unknown;
  onabort: ((event: Event) => unknown) | null;
  throwIfAborted(): void;
}
/** https://dom.spec.whatwg.org/#abortcontroller */
declare class AbortController {
  constructor();
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
/** https://webidl.spec.whatwg.org/#idl-DOMException */
declare class DOMException extends Error {
  constructor(message?: string, name?: string);
  readonly code: number;
}

// ---- timers
/** Runs a callback after a wait; gives the handle for `clearTimeout`. The first form takes the `resolve` of a promise. */
declare function setTimeout(callback: (_: void) => unknown, ms?: number): number;
declare function setTimeout<Args extends readonly unknown[]>(
  callback: (...args: Args) => unknown,
  ms?: number,
  ...args: Args
): number;
declare function clearTimeout(handle: number | undefined): void;
/** Runs a callback again and again until `clearInterval`. */
declare function setInterval<Args extends readonly unknown[]>(
  callback: (...args: Args) => unknown,
  ms?: number,
  ...args: Args
): number;
declare function clearInterval(handle: number | undefined): void;
declare function queueMicrotask(callback: () => void): void;
/** The clock of the call: it moves between turns, and stands still while the tool computes. */
declare const performance: { now(): number; readonly timeOrigin: number; toJSON(): object };

// ---- values
/** Copies a value with its cycles. */
declare function structuredClone<T>(value: T, options?: { readonly transfer?: Iterable<ArrayBuffer> }): T;
/** Bytes with a type. */
declare class Blob {
  constructor(parts?: Iterable<string | Blob | BufferSource>, options?: { readonly type?: string });
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
  slice(start?: number, end?: number, type?: string): Blob;
}
/** Randomness comes from the call's seed, so that a call can be replayed. */
declare const crypto: {
  /** Fills an integer view of at most 65,536 bytes. */
  getRandomValues<View extends ArrayBufferView>(view: View): View;
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
  readonly subtle: {
    /** `SHA-1`, `SHA-256`, `SHA-384` or `SHA-512`. */
    digest(algorithm: string | { readonly name: string }, data: BufferSource): Promise<ArrayBuffer>;
  };
};

// ---- HTTP, by the tokens net:<host>:<port>
type HeadersInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;
type BodyInit = string | BufferSource | URLSearchParams | Blob;
/** https://fetch.spec.whatwg.org/#headers-class */
declare class Headers {
  constructor(init?: HeadersInit);
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
/** What requests and answers share: a body that is whole in memory and read once. */
interface Body {
  readonly body: null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** The type is the caller's promise. */
  json<T = unknown>(): Promise<T>;
  text(): Promise<string>;
}
interface RequestInit {
  readonly method?: string | undefined;
  readonly headers?: HeadersInit | undefined;
  readonly body?: BodyInit | null | undefined;
  readonly redirect?: 'follow' | 'manual' | 'error' | undefined;
  readonly signal?: AbortSignal | null | undefined;
}
interface Request extends Body {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: 'follow' | 'manual' | 'error';
  readonly signal: AbortSignal;
  clone(): Request;
}
/** https://fetch.spec.whatwg.org/#request-class */
declare const Request: { prototype: Request; new (input: string | URL | Request, init?: RequestInit): Request };
interface ResponseInit {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: HeadersInit;
}
interface Response extends Body {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly type: 'default' | 'basic' | 'error';
  readonly url: string;
  readonly redirected: boolean;
  clone(): Response;
}
/** https://fetch.spec.whatwg.org/#response-class */
declare const Response: {
  prototype: Response;
  new (body?: BodyInit | null, init?: ResponseInit): Response;
  error(): Response;
  json(data: unknown, init?: ResponseInit): Response;
  redirect(url: string | URL, status?: number): Response;
};
/** Sends a request and gives the whole answer. A refusal of the host is an `OperationError` of '@aria/sdk'. */
declare function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;

// ---- console
/** Lines of the tool's log; see `log` of '@aria/sdk' for fields. */
declare const console: {
  debug(...values: readonly unknown[]): void;
  log(...values: readonly unknown[]): void;
  info(...values: readonly unknown[]): void;
  warn(...values: readonly unknown[]): void;
  error(...values: readonly unknown[]): void;
  trace(...values: readonly unknown[]): void;
  assert(condition?: unknown, ...values: readonly unknown[]): void;
  dir(value: unknown, options?: { readonly depth?: number; readonly showHidden?: boolean }): void;
  dirxml(...values: readonly unknown[]): void;
  table(data: unknown, columns?: readonly string[]): void;
  count(label?: string): void;
  countReset(label?: string): void;
  group(...values: readonly unknown[]): void;
  groupCollapsed(...values: readonly unknown[]): void;
  groupEnd(): void;
  time(label?: string): void;
  timeLog(label?: string, ...values: readonly unknown[]): void;
  timeEnd(label?: string): void;
};
