/** An ICC on a socket of its own, and who asks it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationName } from '#wit/host-types';
import type { Caller, Completion, Operations } from '#wit/interfaces';
import { parseToken } from '#wit/tokens';
import { type Icc, type IccOptions, openIcc } from '../../../quilt-adapter/icc/open-icc.ts';

/** Far enough for any test. */
export const laterMs = (): number => Date.now() + 600_000;

/** A caller with tokens. */
export function callerWith(...tokens: readonly string[]): Caller {
  return { callId: 'call-1', bundle: 'orders@1.0.0', tool: 'place', tokens: tokens.map((token) => parseToken(token)) };
}

/** A directory and an ICC in it; both go with the scope. */
export async function iccIn(options: Partial<IccOptions> & Pick<IccOptions, 'services'>): Promise<Icc> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-icc-'));
  const icc = await openIcc({ socketPath: join(directory, 'icc.sock'), container: { id: 'box-1' }, ...options });
  const close = icc[Symbol.asyncDispose].bind(icc);
  return Object.assign(icc, {
    async [Symbol.asyncDispose]() {
      await close();
      await rm(directory, { recursive: true, force: true });
    },
  });
}

/** What an operation was asked for. */
export interface Asked {
  readonly operation: OperationName;
  readonly args: readonly unknown[];
  readonly blobs: readonly Uint8Array[];
  readonly signal: AbortSignal;
  readonly caller: Caller;
}

/** Operations that do what a test says, and remember what they were asked. */
export function recordedOperations(
  run: (asked: Asked) => Completion | Promise<Completion>,
): Operations & { readonly asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    run(caller, operation, args, blobs, signal) {
      const one = { caller, operation, args, blobs, signal };
      asked.push(one);
      return run(one);
    },
  };
}

/** What answers say, as far as tests look at it. */
export interface ReplyJson {
  readonly ok: { readonly $base64: string } | null;
  readonly success: boolean;
  readonly execution_time_ms: number;
  readonly error_message: string;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: { readonly violations: readonly [{ readonly pointer: string }] };
  };
  readonly failed: { readonly tag: string; readonly code: string; readonly retryable: boolean };
}

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** Of JSON only. */
  readonly json: ReplyJson;
}

/** A question. */
export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Bytes as they are, or a value as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Asks. */
export function ask(socketPath: string, { method, path, token, headers, body, signal }: Question): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const bytes = body === undefined || body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  const sent = request({
    socketPath,
    agent: false,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    path,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(bytes !== undefined && { 'content-type': 'application/json', 'content-length': bytes.length }),
      ...headers,
    },
    ...(signal && { signal }),
  });
  sent.on('error', reject).on('response', (answer) => {
    const pieces: Buffer[] = [];
    answer
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('error', reject)
      .on('end', () => {
        const whole = Buffer.concat(pieces);
        const isJson = answer.headers['content-type']?.startsWith('application/json') === true;
        const json = (isJson ? JSON.parse(whole.toString()) : undefined) as ReplyJson;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: whole, json });
      });
  });
  sent.end(bytes);
  return promise;
}

/** Sends bytes as they are and reads until the other side ends. */
export function askRaw(socketPath: string, bytes: string | Uint8Array): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  const socket = connect(socketPath);
  socket
    .on('error', () => undefined)
    .on('data', (piece) => {
      text += piece.toString('latin1');
    })
    .on('close', () => resolve(text))
    .write(bytes);
  return promise;
}
