/** What a failed operation is, said as an error of the contract. */
import { type ErrorCode, type WireError, errorCodes, isErrorCode, wireError } from '#wit/errors';
import { type OperationName, interfaceErrors } from '#wit/host-types';
import type { Completion } from '#wit/interfaces';
import { parseJson } from '#wit/values';

/** The failed side of a completion. */
export type FailedCase = Extract<Completion, { kind: 'failed' }>['error'];

/** The error of a failed operation. What a tool or an agent raised keeps its own code. */
export function failureOf(operation: OperationName, { tag, val }: FailedCase): WireError {
  const remote = tag === 'failed' ? remoteError(val) : undefined;
  if (remote) return remote;
  const code = codeOf(operation, tag);
  const details = val === undefined ? { tag } : { tag, val };
  return wireError(code, { message: `Cannot run "${operation}": ${stateOf(code, val)}`, details });
}

function codeOf(operation: OperationName, tag: string): ErrorCode {
  const [name = ''] = operation.split('.');
  const cases: Readonly<Record<string, ErrorCode>> = interfaceErrors[name as keyof typeof interfaceErrors];
  return (Object.hasOwn(cases, tag) ? cases[tag] : undefined) ?? 'INTERNAL';
}

function stateOf(code: ErrorCode, val: unknown): string {
  if (code === 'CAPABILITY_DENIED') return 'no token of the call covers it';
  if (code === 'NOT_FOUND') return 'there is nothing of that name';
  if (typeof val === 'string' && val !== '') return val;
  if (code === 'RATE_LIMITED') return `the provider asks to wait ${String(val)} ms`;
  if (code === 'DEADLINE_EXCEEDED') return `no answer within ${String(val)} ms`;
  return typeof val === 'number' ? `the maximum is ${val}` : code;
}

/** The error that left a tool or an agent; `undefined` where it is of no known form. */
function remoteError(val: unknown): WireError | undefined {
  if (typeof val !== 'object' || val === null) return undefined;
  const { code, message, retryable, details } = val as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  const known = isErrorCode(code) ? errorCodes[code] : errorCodes.TOOL_FAILED;
  return {
    code,
    category: known.category,
    message,
    remedy: known.remedy,
    retryable: retryable === true,
    details: detailsOf(details),
  };
}

function detailsOf(text: unknown): WireError['details'] {
  if (typeof text !== 'string') return {};
  try {
    const json: unknown = parseJson(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as WireError['details'];
    return { value: json };
  } catch {
    return { text };
  }
}
