/** The rejection of an operation that the host refused: the case of the interface's error variant, in words and with its code. */
import { interfaceErrors, retryableErrors } from '#wit/host-types';
import { OperationError } from '../../sdk/errors.ts';

interface RemoteError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: string | undefined;
}

const codes: Readonly<Record<string, Readonly<Record<string, string>>>> = interfaceErrors;

/** Makes the error of a case. `operation`: as `kv.get`. */
export function operationError(operation: string, tag: string, value: unknown): OperationError {
  if (tag === 'failed') return remoteError(operation, value as RemoteError);
  const interfaceName = operation.slice(0, operation.indexOf('.'));
  const code = codes[interfaceName]?.[tag] ?? 'UNAVAILABLE';
  return new OperationError({
    code,
    message: `Cannot run "${operation}": ${reasonOf(tag, value)}`,
    retryable: retryableErrors.includes(code),
    operation,
    details: detailsOf(tag, value),
  });
}

function remoteError(operation: string, { code, message, retryable, details }: RemoteError): OperationError {
  return new OperationError({
    code,
    message,
    retryable,
    operation,
    details: details === undefined ? undefined : parsed(details),
  });
}

function parsed(details: string): unknown {
  try {
    return JSON.parse(details) as unknown;
  } catch {
    return details;
  }
}

function reasonOf(tag: string, value: unknown): string {
  switch (tag) {
    case 'access-denied':
      return 'no granted token covers what it names';
    case 'not-found':
      return 'there is nothing of this name';
    case 'value-too-large':
      return `the value is longer than ${String(value)} bytes`;
    case 'store-full':
      return `the store holds as much as it may, which is ${String(value)}`;
    case 'too-many-operations':
      return `more than ${String(value)} operations are open`;
    case 'timed-out':
      return `there was no answer within ${String(value)} ms`;
    case 'rate-limited':
      return `the provider asks to wait ${String(value)} ms`;
    default:
      return typeof value === 'string' ? value : tag;
  }
}

function detailsOf(tag: string, value: unknown): unknown {
  if (tag === 'rate-limited') return { retryAfterMs: value };
  if (tag === 'timed-out') return { timeoutMs: value };
  return typeof value === 'number' ? { maximum: value } : undefined;
}
