/** Results of calls as text, for answers that outlive the process. */
import type { CallResult } from '#wit/api';
import { decodeValue, encodeValue, textForm } from '#wit/values';

/** A value with its bytes as text. @throws {CodedError} `INPUT_INVALID` for what JSON cannot hold. */
export function valueText(value: unknown): string {
  return JSON.stringify(encodeValue(value, textForm, 'INPUT_INVALID')) ?? 'null';
}

/** A result as JSON text. */
export function resultText(result: CallResult): string {
  if (result.kind === 'failed') return JSON.stringify(result);
  return JSON.stringify({ ...result, output: encodeValue(result.output ?? null, textForm, 'OUTPUT_INVALID') });
}

/** What `resultText` was given. */
export function resultOf(text: string): CallResult {
  const result = JSON.parse(text) as CallResult;
  if (result.kind === 'failed') return { ...result, stack: result.stack };
  return { ...result, output: decodeValue(result.output, textForm, 'OUTPUT_INVALID') };
}
