/** The frame of JSON-RPC 2.0: reading requests, and what answers look like. */
import type { CodedError } from '#wit/errors';
import { parseJson } from '#wit/values';
import { requestInvalid } from './errors.ts';

/** Names a request among those of its connection. */
export type RpcId = string | number;

/** A request, or a notification, which has no id and no answer. */
export interface RpcRequest {
  readonly id: RpcId | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** Longest id and longest name of a method, in characters. */
const nameCharactersMax = 128;
const keys: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params']);

/** A message that is no request; its id where it has one. */
export class RpcFault extends Error {
  readonly id: RpcId | null;
  readonly error: CodedError;
  readonly number: number;

  constructor(error: CodedError, number: number, id: RpcId | null = null) {
    super(error.message, { cause: error });
    this.id = id;
    this.error = error;
    this.number = number;
  }
}

/** Reads a message. @throws {RpcFault}. */
export function readRpc(text: string): RpcRequest {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    throw new RpcFault(requestInvalid('the message', 'is not JSON'), -32700);
  }
  if (Array.isArray(json)) throw fault('the message', 'is a batch, and this server takes none');
  if (typeof json !== 'object' || json === null) throw fault('the message', 'is no object');
  const message = json as Readonly<Record<string, unknown>>;
  const { jsonrpc, id, method, params } = message;
  const hasId = Object.hasOwn(message, 'id');
  if (hasId && !isId(id))
    throw fault('id', `is neither a whole number nor a text of 1 to ${nameCharactersMax} characters`);
  const own = isId(id) ? id : null;
  if (jsonrpc !== '2.0') throw fault('jsonrpc', 'is not "2.0"', own);
  if (typeof method !== 'string' || method.length > nameCharactersMax) throw fault('method', 'is no name', own);
  if (Object.keys(message).some((key) => !keys.has(key))) throw fault('the message', 'has an unknown key', own);
  if (params !== undefined && (typeof params !== 'object' || params === null || Array.isArray(params)))
    throw fault('params', 'is no object', own);
  return { id: own ?? undefined, method, params: params ?? {} };
}

/** An answer. */
export function rpcResult(id: RpcId, result: unknown): unknown {
  return { jsonrpc: '2.0', id, result: result ?? null };
}

/** A refusal; `data` is the wire error. */
export function rpcError(id: RpcId | null, { wire }: CodedError, number: number = numberOf(wire.code)): unknown {
  return { jsonrpc: '2.0', id, error: { code: number, message: wire.message, data: wire } };
}

function numberOf(code: string): number {
  switch (code) {
    case 'REQUEST_INVALID':
    case 'INPUT_INVALID':
      return -32602;
    case 'INTERNAL':
      return -32603;
    default:
      return -32000;
  }
}

function fault(field: string, state: string, id: RpcId | null = null): RpcFault {
  return new RpcFault(requestInvalid(field, state), -32600, id);
}

function isId(value: unknown): value is RpcId {
  if (typeof value === 'string') return value.length > 0 && value.length <= nameCharactersMax;
  return typeof value === 'number' && Number.isSafeInteger(value);
}
