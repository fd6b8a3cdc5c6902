/** Calls as messages of `aria.v1`, and back. */
import { CodedError } from '#wit/errors';
import type { LogLine } from '#wit/interfaces';
import { type WireErrorMessage, wireErrorFromMessage, wireErrorToMessage } from '#wit/proto';
import { abiForm, decodeValue, encodeValue, parseJson } from '#wit/values';
import type { CallProgress, CallRequest, CallResult } from './calls.ts';

/** `Value`: JSON, and the bytes that it names. */
export interface ValueMessage {
  readonly json: string;
  readonly blobs: readonly Uint8Array[];
}

/** `CallToolRequest`. */
export interface CallRequestMessage {
  readonly tool: string;
  readonly input: ValueMessage | null;
  readonly timeoutMs?: number | undefined;
  readonly seed?: Uint8Array | undefined;
  readonly session?: string | undefined;
}

/** `LogLine`. */
export interface LogLineMessage {
  readonly level: LogLine['level'];
  readonly message: string;
  readonly fieldsJson?: string | undefined;
}

/** `CallToolResponse`. */
export interface CallResultMessage extends Pick<CallResult, 'callId' | 'bundle' | 'logBytesDropped' | 'usage'> {
  readonly output?: ValueMessage;
  readonly failure?: { readonly error: WireErrorMessage; readonly stack?: string | undefined };
  readonly logs: readonly LogLineMessage[];
}

/** `CallToolEvent`. */
export interface CallEventMessage {
  readonly started?: { readonly callId: string; readonly bundle: string };
  readonly operation?: { readonly operation: string; readonly outcome: string; readonly durationMs: number };
  readonly log?: LogLineMessage;
  readonly result?: CallResultMessage;
}

/** @throws {CodedError} `INPUT_INVALID` for what JSON cannot hold. */
export function callRequestToMessage({ tool, input, timeoutMs, seed, session }: CallRequest): CallRequestMessage {
  return { tool, input: valueToMessage(input, 'INPUT_INVALID'), timeoutMs, seed, session };
}

/** @throws {CodedError} `REQUEST_INVALID`, `INPUT_INVALID`. */
export function callRequestFromMessage({ tool, input, timeoutMs, seed, session }: CallRequestMessage): CallRequest {
  if (input === null) {
    const remedy = 'Send a Value whose json is the input of the tool';
    throw new CodedError('REQUEST_INVALID', { message: 'Cannot call the tool: the request has no input', remedy });
  }
  return {
    tool,
    input: valueFromMessage(input, 'INPUT_INVALID'),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(seed !== undefined && { seed: Uint8Array.from(seed) }),
    ...(session !== undefined && { session }),
  };
}

/** The response of a call. @throws {CodedError} `OUTPUT_INVALID` for what JSON cannot hold. */
export function callResultToMessage(result: CallResult): CallResultMessage {
  const { callId, bundle, logBytesDropped, usage } = result;
  const outcome =
    result.kind === 'done'
      ? { output: valueToMessage(result.output, 'OUTPUT_INVALID') }
      : { failure: { error: wireErrorToMessage(result.error), stack: result.stack } };
  return { callId, bundle, logBytesDropped, usage, logs: result.logs.map(logLineToMessage), ...outcome };
}

/** What a call came to. */
export function callResultFromMessage(message: CallResultMessage): CallResult {
  const { callId, bundle, logBytesDropped, usage, output, failure } = message;
  const facts = { callId, bundle, logBytesDropped, usage, logs: message.logs.map(logLineFromMessage) };
  if (output !== undefined) return { ...facts, kind: 'done', output: valueFromMessage(output, 'OUTPUT_INVALID') };
  if (failure === undefined) throw new Error('the response has no outcome');
  return { ...facts, kind: 'failed', error: wireErrorFromMessage(failure.error), stack: failure.stack };
}

/** A piece of progress. */
export function progressToMessage(progress: CallProgress): CallEventMessage {
  switch (progress.kind) {
    case 'started':
      return { started: { callId: progress.callId, bundle: progress.bundle } };
    case 'operation':
      return { operation: progress };
    case 'log':
      return { log: logLineToMessage(progress) };
  }
}

/** Progress of a message; `undefined` for the last one, which has the result, and for kinds of a newer host. */
export function progressFromMessage({ started, operation, log }: CallEventMessage): CallProgress | undefined {
  if (started !== undefined) return { kind: 'started', ...started };
  if (operation !== undefined) return { kind: 'operation', ...operation };
  if (log !== undefined) return { kind: 'log', ...logLineFromMessage(log) };
  return undefined;
}

function logLineToMessage({ level, message, fields }: LogLine): LogLineMessage {
  return { level, message, fieldsJson: fields };
}

function logLineFromMessage({ level, message, fieldsJson }: LogLineMessage): LogLine {
  return { level, message, fields: fieldsJson };
}

type ValueCode = 'INPUT_INVALID' | 'OUTPUT_INVALID';

function valueToMessage(value: unknown, code: ValueCode): ValueMessage {
  const form = abiForm();
  // A tool that gives nothing gives null, as in any JSON.
  return { json: JSON.stringify(encodeValue(value ?? null, form, code)), blobs: form.blobs };
}

function valueFromMessage({ json, blobs }: ValueMessage, code: ValueCode): unknown {
  // Copies: what the library gives are windows on the whole message, which would live as long as one of them.
  return decodeValue(jsonOf(json, code), abiForm(blobs.map((blob) => Uint8Array.from(blob))), code);
}

function jsonOf(text: string, code: ValueCode): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    const subject = code === 'INPUT_INVALID' ? 'input' : 'output';
    const state = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(
      code,
      {
        message: `Cannot take the ${subject}: it is no JSON: ${state}`,
        remedy: `Send the ${subject} as JSON text`,
        details: { violations: [{ pointer: '', message: 'it is no JSON' }] },
      },
      { cause },
    );
  }
}
