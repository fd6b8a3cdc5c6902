/**
 * Whatever a tool threw, as the record `tool-error`. A tool is hostile until shown otherwise: nothing of the thrown value is
 * trusted, every read of it may throw, and this never does.
 */
import { OperationError, ToolError } from '../../sdk/errors.ts';
import type { DescribedError } from '../../sdk/native.ts';

const codePattern = /^[A-Z][A-Z0-9_]{0,63}$/;
const messageMax = 8_192;
const stackMax = 16_384;
const detailsMax = 65_536;
const causesMax = 8;
/* Made before memory can run out. */
const outOfMemory = plain('MEMORY_EXCEEDED', 'The tool needs more memory than it may have');

/* What is absent on purpose, and what stands for it. */
const absent: Readonly<Record<string, string>> = {
  Intl: 'format by hand, or with a package such as date-fns',
  process: 'input comes from the caller, settings from tokens of the tool',
  require: 'use import: arc bundles packages into the tool',
  Buffer: 'use Uint8Array, TextEncoder and TextDecoder',
  XMLHttpRequest: 'use fetch, with a net token',
  WebSocket: 'use fetch, with a net token',
  WebAssembly: 'a tool runs inside WebAssembly already, and cannot load more of it',
  Worker: 'start several operations at once, or call other tools',
  localStorage: 'use kv, with a kv token',
  window: 'use globalThis',
  document: 'there is no page: build text',
  setImmediate: 'use queueMicrotask or setTimeout',
  ReadableStream: 'bodies are whole: use text(), json() or bytes()',
  FormData: 'build the body as text or bytes',
  __dirname: 'there are no files but those of fs tokens',
};

/** Describes a thrown value. Never throws, unless memory has run out. */
export function describeError(reason: unknown): DescribedError {
  try {
    return described(reason);
  } catch (error) {
    return isOutOfMemory(error)
      ? outOfMemory
      : plain('TOOL_FAILED', 'The tool threw something that cannot be described');
  }
}

function described(reason: unknown): DescribedError {
  if ((typeof reason !== 'object' && typeof reason !== 'function') || reason === null) {
    return plain('TOOL_FAILED', cut(`The tool threw ${shown(reason)}, which is no error`, messageMax));
  }
  const name = textOf(reason, 'name');
  const message = textOf(reason, 'message');
  if (isOutOfMemory(reason)) return outOfMemory;
  const own = isInstance(reason, ToolError) || isInstance(reason, OperationError);
  const code = own ? textOf(reason, 'code') : undefined;
  const stack = stackOf(reason);
  if (stack === undefined && message === undefined)
    return plain('TOOL_FAILED', `The tool threw ${shown(reason)}, which is no error`);
  const described = explained(name, message ?? '');
  return {
    code: code !== undefined && codePattern.test(code) ? code : 'TOOL_FAILED',
    message: cut(described === '' ? (name ?? 'Error') : described, messageMax),
    retryable: own && read(reason, 'retryable') === true,
    details: own ? detailsOf(reason) : null,
    stack: stack === undefined ? null : cut(stack, stackMax),
  };
}

function plain(code: string, message: string): DescribedError {
  return { code, message, retryable: false, details: null, stack: null };
}

function isOutOfMemory(reason: unknown): boolean {
  if (typeof reason !== 'object' || reason === null) return false;
  return read(reason, 'name') === 'InternalError' && read(reason, 'message') === 'out of memory';
}

/* A ReferenceError of what the Web or Node has and a tool has not: says what to use. */
function explained(name: string | undefined, message: string): string {
  const missing = name === 'ReferenceError' ? /^'?([A-Za-z_$][\w$]*)'? is not defined$/.exec(message)?.[1] : undefined;
  if (missing === undefined || !Object.hasOwn(absent, missing)) return message;
  return `"${missing}" does not exist in a tool: ${absent[missing] ?? ''}`;
}

/* Stack and causes, outermost first. QuickJS has no head line in a stack. */
function stackOf(reason: object): string | undefined {
  const parts: string[] = [];
  let error: unknown = reason;
  for (let count = 0; count < causesMax && typeof error === 'object' && error !== null; count += 1) {
    const stack = textOf(error, 'stack');
    if (stack === undefined) break;
    const head = `${textOf(error, 'name') ?? 'Error'}: ${textOf(error, 'message') ?? ''}`;
    const text = stack.trimEnd();
    parts.push(`${count === 0 ? '' : 'Caused by: '}${text.startsWith(head) ? text : `${head}\n${text}`}`);
    error = read(error, 'cause');
  }
  return parts.length === 0 ? undefined : parts.join('\n');
}

function detailsOf(reason: object): string | null {
  try {
    const text: unknown = JSON.stringify(read(reason, 'details'));
    if (typeof text !== 'string') return null;
    return text.length > detailsMax ? JSON.stringify({ dropped: `details of ${text.length} characters` }) : text;
  } catch {
    return null;
  }
}

function isInstance(value: object, type: new (...args: never[]) => object): boolean {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function textOf(value: object, key: string): string | undefined {
  const text = read(value, key);
  return typeof text === 'string' ? text : undefined;
}

function shown(reason: unknown): string {
  try {
    if (typeof reason === 'string') return JSON.stringify(cut(reason, 200));
    return cut(String(reason), 200);
  } catch {
    return 'a value without a text form';
  }
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}
