/** Puts the Web APIs where tools expect them: as globals that are, as the engine's own, writable and not enumerable. */
import './install-encoding.ts';
import { bindFetch } from '../../sdk/net.ts';
import { callStartedMs } from '../../sdk/call.ts';
import { native } from '../../sdk/native.ts';
import { AbortController, AbortSignal } from './abort.ts';
import { console } from './console/console.ts';
import { crypto } from './crypto.ts';
import { defineGlobal } from './define-global.ts';
import { TextDecoder, TextEncoder } from './encoding.ts';
import { CustomEvent, Event, EventTarget, bindErrorReport } from './events.ts';
import { Blob } from './fetch/blob.ts';
import { fetch } from './fetch/fetch.ts';
import { Headers } from './fetch/headers.ts';
import { Request } from './fetch/request.ts';
import { Response } from './fetch/response.ts';
import { structuredClone } from './structured-clone.ts';
import { clearInterval, clearTimeout, setInterval, setTimeout } from './timers.ts';
import { URL } from './url/url.ts';
import { URLSearchParams } from './url/url-search-params.ts';

const performance = {
  now: (): number => native().nowMs() - callStartedMs(),
  get timeOrigin(): number {
    return callStartedMs();
  },
  toJSON: (): object => ({ timeOrigin: callStartedMs() }),
};

const classes = {
  AbortController,
  AbortSignal,
  Blob,
  CustomEvent,
  Event,
  EventTarget,
  Headers,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
};

const values = {
  clearInterval,
  clearTimeout,
  console,
  crypto,
  fetch,
  performance,
  self: globalThis,
  setInterval,
  setTimeout,
  structuredClone,
};

/** Makes the globals. Call it once, before a tool is loaded. */
export function installPrelude(): void {
  for (const [name, value] of Object.entries(classes)) {
    defineGlobal(name, value);
    tag(value.prototype, name);
  }
  for (const [name, value] of Object.entries(values)) defineGlobal(name, value);
  tag(crypto, 'Crypto');
  tag(performance, 'Performance');
  tag(console, 'console');
  bindFetch(fetch as unknown as Parameters<typeof bindFetch>[0]);
  bindErrorReport((error) => console.error('Uncaught', error));
}

function tag(target: object, name: string): void {
  Object.defineProperty(target, Symbol.toStringTag, { value: name, configurable: true });
}
