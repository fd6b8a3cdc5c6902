/** The Web's `fetch` on the operation `net.fetch`. A refusal of the host is an `OperationError`, not a bare TypeError. */
import type { NetRequest } from '#wit/host-types';
import { abandon, startAbandonable } from '../../../sdk/operations.ts';
import { peekBody } from './body.ts';
import { Request, type RequestInit } from './request.ts';
import { type Response, receivedResponse } from './response.ts';

export async function fetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const request = new Request(input as string | Request, init);
  const { signal } = request;
  signal.throwIfAborted();
  const wanted: NetRequest<Uint8Array> = {
    method: request.method,
    url: request.url,
    headers: Array.from(request.headers, ([name, value]) => ({ name, value })),
    body: peekBody(request),
    redirect: request.redirect,
    timeoutMs: undefined,
  };
  const { promise, id } = startAbandonable('net.fetch', wanted);
  const { status, statusText, headers, body, url, redirected } = await abortable(promise, signal, () =>
    abandon(id, 'net.abort'),
  );
  const pairs = headers.map(({ name, value }): [string, string] => [name, value]);
  return receivedResponse(body, { status, statusText, headers: pairs }, { url, redirected });
}

function abortable<Value>(promise: Promise<Value>, signal: Request['signal'], giveUp: () => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      giveUp();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
