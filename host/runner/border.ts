/** From a call's input to what `begin` takes, and from what `done` gives to the call's output. */
import { CodedError, type WireError } from '#wit/errors';
import { abiForm, decodeValue, encodeValue, parseJson } from '#wit/values';
import { turnLimits } from '../limits.ts';
import { inputTooLarge, outputMalformed, outputTooLarge, tooManyBlobs, violated } from './failure.ts';
import type { ToolProgram } from './tool-program.ts';

/** Either a value, or why there is none. */
export type Checked<Value> =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: WireError };

/** An input as it crosses the border. */
export interface EncodedInput {
  readonly json: string;
  readonly blobs: readonly Uint8Array[];
}

/** Checks and encodes an input. Encoding comes first: it refuses cycles and depth that no schema check would survive. */
export function encodeInput(input: unknown, { tool, checkInput }: ToolProgram): Checked<EncodedInput> {
  const form = abiForm();
  let json: string;
  try {
    json = JSON.stringify(encodeValue(input ?? null, form)) ?? 'null';
  } catch (error) {
    if (error instanceof CodedError) return { error: error.wire };
    throw error;
  }
  const violations = checkInput(input ?? null);
  if (violations.length > 0) return { error: violated('INPUT_INVALID', tool.name, violations) };
  const bytes = Buffer.byteLength(json);
  if (bytes > turnLimits.jsonBytesMax)
    return { error: inputTooLarge(tool.name, { bytes, bytesMax: turnLimits.jsonBytesMax }) };
  const { blobs } = form;
  if (blobs.length > turnLimits.blobsMax)
    return { error: tooManyBlobs(tool.name, { count: blobs.length, countMax: turnLimits.blobsMax }) };
  const blobBytes = blobs.reduce((sum, blob) => sum + blob.length, 0);
  if (blobBytes > turnLimits.blobBytesMax)
    return { error: inputTooLarge(tool.name, { bytes: blobBytes, bytesMax: turnLimits.blobBytesMax }) };
  return { value: { json, blobs } };
}

/** Decodes and checks an output. */
export function decodeOutput(
  output: string,
  blobs: readonly Uint8Array[],
  { tool, checkOutput }: ToolProgram,
): Checked<{ readonly output: unknown }> {
  const bytes = Buffer.byteLength(output);
  if (bytes > turnLimits.jsonBytesMax)
    return { error: outputTooLarge(tool.name, { bytes, bytesMax: turnLimits.jsonBytesMax }) };
  let decoded: unknown;
  try {
    decoded = decodeValue(parseJson(output), abiForm([...blobs]), 'OUTPUT_INVALID');
  } catch (error) {
    if (error instanceof CodedError) return { error: error.wire };
    if (error instanceof SyntaxError || error instanceof RangeError)
      return { error: outputMalformed(tool.name, 'it is not JSON') };
    throw error;
  }
  const violations = checkOutput(decoded);
  if (violations.length > 0) return { error: violated('OUTPUT_INVALID', tool.name, violations) };
  return { value: { output: decoded } };
}
