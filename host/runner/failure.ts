/** From what went wrong in a call to the error that its caller gets. */
import { type ErrorCode, type WireError, isErrorCode, wireError } from '#wit/errors';
import type { GuestError } from '#wit/interfaces';
import { parseJson } from '#wit/values';
import type { Violation } from './schema.ts';

/** Codes of the contract that a guest may end with: what its operations raise, and what the engine in it says. */
const guestCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TOOL_FAILED',
  'MEMORY_EXCEEDED',
  'INPUT_INVALID',
  'OUTPUT_INVALID',
  'CAPABILITY_DENIED',
  'OPERATIONS_EXCEEDED',
  'VALUE_TOO_LARGE',
  'STORE_FULL',
  'BUDGET_EXCEEDED',
  'RATE_LIMITED',
  'PROVIDER_FAILED',
  'CONNECTION_FAILED',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'UNAVAILABLE',
  'AGENT_FAILED',
  // Of a tool that it called.
  'CALL_DEPTH_EXCEEDED',
  'DEADLOCK',
  'OVERLOADED',
]);
const authorCode = /^[A-Z][A-Z0-9_]{0,63}$/;
const messageCharactersMax = 8_192;
const detailsCharactersMax = 65_536;
const authorRemedy = "Read the tool's message";

/** The error that a guest returned. A code that only the host may raise, and one of no known form, becomes `TOOL_FAILED`. */
export function guestFailure({ code, message, retryable, details }: GuestError): WireError {
  const facts = { message: message.slice(0, messageCharactersMax), retryable, details: detailsOf(details) };
  if (isErrorCode(code)) {
    if (guestCodes.has(code)) return wireError(code, facts);
  } else if (authorCode.test(code)) {
    return { code, category: 'Tool', remedy: authorRemedy, ...facts };
  }
  return wireError('TOOL_FAILED', { ...facts, details: { ...facts.details, code: code.slice(0, 64) } });
}

function detailsOf(json: string | undefined): Readonly<Record<string, unknown>> {
  if (json === undefined || json.length > detailsCharactersMax) return {};
  try {
    const details: unknown = parseJson(json);
    if (typeof details !== 'object' || details === null || Array.isArray(details)) return { value: details };
    return { ...details };
  } catch {
    return { text: json };
  }
}

/** A value that does not fit its schema. */
export function violated(
  code: 'INPUT_INVALID' | 'OUTPUT_INVALID',
  tool: string,
  violations: readonly Violation[],
): WireError {
  const [first] = violations;
  const rest = violations.length > 1 ? `, and ${violations.length - 1} more` : '';
  const value = code === 'INPUT_INVALID' ? 'the input' : 'the output';
  const message = `Cannot call the tool "${tool}": ${value} at "${first?.pointer ?? ''}" ${first?.message ?? 'does not fit'}${rest}`;
  return wireError(code, { message, details: { violations } });
}

/** An input over its maximum, bytes of JSON and blobs. */
export function inputTooLarge(
  tool: string,
  { bytes, bytesMax }: { readonly bytes: number; readonly bytesMax: number },
): WireError {
  return wireError('VALUE_TOO_LARGE', {
    message: `Cannot call the tool "${tool}": the input has ${bytes} bytes, of ${bytesMax} that it may have`,
  });
}

/** An input with more byte values than a turn may bring in. */
export function tooManyBlobs(
  tool: string,
  { count, countMax }: { readonly count: number; readonly countMax: number },
): WireError {
  return wireError('VALUE_TOO_LARGE', {
    message: `Cannot call the tool "${tool}": the input has ${count} byte values, of ${countMax} that it may have`,
  });
}

/** An output over its maximum. */
export function outputTooLarge(
  tool: string,
  { bytes, bytesMax }: { readonly bytes: number; readonly bytesMax: number },
): WireError {
  return wireError('VALUE_TOO_LARGE', {
    message: `Cannot take the output of the tool "${tool}": it has ${bytes} bytes, of ${bytesMax} that it may have`,
  });
}

/** An output that is no value: not JSON, or it names a blob that is not there. */
export function outputMalformed(tool: string, state: string): WireError {
  return wireError('OUTPUT_INVALID', { message: `Cannot take the output of the tool "${tool}": ${state}` });
}

/** A call that took longer than its manifest allows, waiting included. */
export function wallDeadlineExceeded(tool: string, timeoutMs: number): WireError {
  return wireError('DEADLINE_EXCEEDED', {
    message: `Cannot finish the call of "${tool}": it took longer than ${timeoutMs} ms`,
    details: { cause: 'wall' },
  });
}

/** A call that its caller gave up. */
export function cancelled(tool: string): WireError {
  return wireError('CANCELLED', { message: `Cannot finish the call of "${tool}": it was cancelled` });
}

/** A call that waits although nothing it waits for is under way. */
export function stalled(tool: string): WireError {
  return wireError('TOOL_STALLED', {
    message: `Cannot finish the call of "${tool}": it waits, and no operation is outstanding`,
  });
}

/** A call that returned while operations of its own were open. */
export function leftOperations(tool: string, operations: readonly string[]): WireError {
  const names = [...new Set(operations)];
  return wireError('TOOL_LEFT_OPERATIONS', {
    message: `Cannot finish the call of "${tool}": it returned without awaiting ${names.join(', ')}`,
    details: { operations: names },
  });
}

/** A call that has more operations open than it may. */
export function tooManyOperations(tool: string, operationsOpenMax: number): WireError {
  return wireError('OPERATIONS_EXCEEDED', {
    message: `Cannot go on with the call of "${tool}": more than ${operationsOpenMax} operations are open`,
  });
}
