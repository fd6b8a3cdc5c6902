/** Values and results of calls as text, for answers that outlive the process. */
import { type CallResult, callResultJson, callResultOf } from '#wit/api';
import { encodeValue, parseJson, textForm } from '#wit/values';

/** A value with its bytes as text. @throws {CodedError} `INPUT_INVALID` for what JSON cannot hold. */
export function valueText(value: unknown): string {
  return JSON.stringify(encodeValue(value, textForm, 'INPUT_INVALID')) ?? 'null';
}

/** A result as JSON text. */
export function resultText(result: CallResult): string {
  return JSON.stringify(callResultJson(result));
}

/** What `resultText` was given. */
export function resultOf(text: string): CallResult {
  return callResultOf(parseJson(text));
}
