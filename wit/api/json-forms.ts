/** Requests and answers as JSON, as HTTP and WebSocket have them: bytes in inputs and outputs stand as text. */
import { CodedError, type WireError, fromWire } from '#wit/errors';
import { decodeValue, encodeValue, textForm } from '#wit/values';
import type { CallRequest, CallResult } from './calls.ts';

/** A call as JSON. @throws {CodedError} `INPUT_INVALID` for what JSON cannot hold. */
export function callRequestJson({ input, seed, ...rest }: CallRequest): unknown {
  return {
    ...rest,
    input: encodeValue(input ?? null, textForm, 'INPUT_INVALID'),
    ...(seed && { seed: encodeValue(seed, textForm, 'INPUT_INVALID') }),
  };
}

/** A result as JSON. @throws {CodedError} `OUTPUT_INVALID` for what JSON cannot hold. */
export function callResultJson(result: CallResult): unknown {
  if (result.kind === 'failed') return result;
  return { ...result, output: encodeValue(result.output ?? null, textForm, 'OUTPUT_INVALID') };
}

/** What `callResultJson` gave. @throws {CodedError} `OUTPUT_INVALID`. */
export function callResultOf(json: unknown): CallResult {
  const result = json as CallResult;
  if (result.kind === 'failed') return { ...result, stack: result.stack };
  return { ...result, output: decodeValue(result.output, textForm, 'OUTPUT_INVALID') };
}

/** The exception of what another machine sent as an error, which need not be one. */
export function codedErrorOf(wire: unknown): CodedError {
  if (!isWireError(wire))
    return new CodedError('CONNECTION_FAILED', { message: 'Cannot read the answer: it is an error without a code' });
  return fromWire(wire);
}

function isWireError(value: unknown): value is WireError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message, remedy, retryable, details } = value as Record<string, unknown>;
  const texts = [code, message, remedy].every((text) => typeof text === 'string');
  return texts && typeof retryable === 'boolean' && typeof details === 'object' && details !== null;
}
