/** `aria:host/tools`: a tool calls another one. */
import { CodedError, type WireError } from '#wit/errors';
import type { CallOutcome, Caller } from '#wit/interfaces';
import { type Token, parseToken } from '#wit/tokens';
import { abiForm, decodeValue, encodeValue, parseJson } from '#wit/values';
import { turnLimits } from '../limits.ts';
import { blobAt, field, text } from './arguments.ts';
import { type Import, type PreparedImport, Refusal, type ValueOf, invalidArgument } from './import.ts';

/** Who runs the calls that tools make. */
export interface NestedCalls {
  /**
   * Runs a tool on behalf of a call that runs, which waits for it: it has no more than its caller. `name`: of the caller's own bundle, or `bundle/name`.
   * @throws {CodedError} `NOT_FOUND`, `CALL_DEPTH_EXCEEDED`, `OVERLOADED`, and what else keeps a call from beginning.
   */
  run(
    caller: Caller,
    call: { readonly name: string; readonly input: unknown },
    signal: AbortSignal,
  ): Promise<CallOutcome>;
}

/** The operations of `tools`; without nested calls they are unavailable. */
export function toolImports(nested: NestedCalls | undefined): Record<'tools.call', Import> {
  return {
    'tools.call': { effect: 'at-most-once', prepare: (args, blobs) => prepareCall(nested, args, blobs) },
  };
}

function prepareCall(
  nested: NestedCalls | undefined,
  [named, value]: readonly unknown[],
  blobs: readonly Uint8Array[],
): PreparedImport {
  const name = text(named, 'the name');
  return {
    wanted: [tokenOf(name)],
    async run(_, signal, caller): Promise<ValueOf<'tools.call'>> {
      if (nested === undefined) throw new Refusal('UNAVAILABLE', 'this host runs no calls of tools by tools');
      if (name === '*') throw invalidArgument('the name names no single tool');
      const input = inputOf(value, blobs);
      try {
        return outputOf(await nested.run(caller, { name, input }, signal));
      } catch (thrown) {
        throw thrown instanceof CodedError ? refusalOf(thrown.wire, name) : thrown;
      }
    },
  };
}

function tokenOf(name: string): Token {
  try {
    return parseToken(`tool:${name}:call`);
  } catch {
    throw invalidArgument('the name is that of no tool');
  }
}

function inputOf(value: unknown, blobs: readonly Uint8Array[]): unknown {
  const json = text(field(value, 'json'), 'the input');
  if (Buffer.byteLength(json) > turnLimits.jsonBytesMax)
    throw invalidArgument(`the input is longer than ${turnLimits.jsonBytesMax} bytes`);
  const named: unknown = field(value, 'blobs');
  // A list of numbers is a typed array in jco's conventions.
  if (!Array.isArray(named) && !(named instanceof Int32Array)) throw invalidArgument('the blobs are no list');
  const own = Array.from<unknown, Uint8Array>(named, (index) => blobAt(index, blobs, 'the input'));
  try {
    return decodeValue(parseJson(json), abiForm(own));
  } catch (thrown) {
    if (thrown instanceof CodedError) throw invalidArgument(thrown.message);
    throw invalidArgument('the input is not JSON');
  }
}

/** What a tool gave; its error is its caller's to read, with its own code. */
function outputOf(outcome: CallOutcome): ValueOf<'tools.call'> {
  if (outcome.kind === 'failed') throw remote(outcome.error);
  const form = abiForm();
  return { json: JSON.stringify(encodeValue(outcome.output, form)), blobs: form.blobs };
}

/** What kept the call from beginning: the cases that the interface has, and every other code as the tool's own. */
function refusalOf(error: WireError, name: string): Refusal {
  switch (error.code) {
    case 'NOT_FOUND':
      return new Refusal('NOT_FOUND');
    case 'UNAVAILABLE':
      return new Refusal('UNAVAILABLE', error.message);
    default:
      return remote({ ...error, details: { ...error.details, tool: name } });
  }
}

function remote({ code, message, retryable, details }: WireError): Refusal {
  return new Refusal('TOOL_FAILED', { code, message, retryable, details: JSON.stringify(details) });
}
