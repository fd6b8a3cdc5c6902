/** `POST /tools/:name`: another tool, in the shape of the earlier ICC. */
import { CodedError } from '#wit/errors';
import { abiForm, decodeValue, encodeValue, parseJson } from '#wit/values';
import { BodyFields } from './body-fields.ts';
import type { BodyForm } from './bytes.ts';
import { after } from './clock.ts';
import { timedOut } from './errors.ts';
import { type Answer, type Exchange, failedAnswer, runOperation } from './exchange.ts';
import { formLimits } from './limits.ts';
import type { OperationArguments } from './operation-forms.ts';

const fields = ['tool_name', 'parameters', 'timeout_seconds', 'capture_output'] as const;
const timeoutBounds = { min: 0.001, max: formLimits.timeoutSecondsMax } as const;

/** Answers `{success, result?, error_message?, error?, execution_time_ms}`; success is false where the tool failed. */
export async function answerTool(exchange: Exchange): Promise<Answer> {
  const body = new BodyFields(exchange.body.json, fields);
  body.sameAs('tool_name', exchange.name);
  body.refuse('capture_output', false, 'Leave it out: what a nested call logs is in the audit of the host');
  const seconds = body.optionalNumber('timeout_seconds', timeoutBounds);
  const given = toolArguments(exchange.name, body.value('parameters') ?? {}, exchange.body.form);
  const { clock } = exchange;
  const startedMs = clock.nowMs();
  const elapsed = (): { readonly execution_time_ms: number } => ({
    execution_time_ms: Math.max(0, clock.nowMs() - startedMs),
  });
  const deadline = new AbortController();
  using _timer =
    seconds === undefined ? undefined : after(clock, seconds * 1000, () => deadline.abort(timedOut(seconds)));
  try {
    const signal = AbortSignal.any([exchange.signal, deadline.signal]);
    const outcome = await runOperation(exchange, 'tools.call', given, signal);
    if (outcome.kind === 'failed') return failedAnswer(outcome.wire, elapsed());
    return { status: 200, body: { success: true, result: toolResult(outcome.value, exchange.form), ...elapsed() } };
  } catch (error) {
    if (error instanceof CodedError) return failedAnswer(error.wire, elapsed());
    throw error;
  }
}

/** @throws {CodedError} `INPUT_INVALID` for bytes that are not of the body's form. */
function toolArguments(name: string, parameters: unknown, form: BodyForm): OperationArguments {
  const abi = abiForm();
  const json = JSON.stringify(encodeValue(decodeValue(parameters, form), abi));
  return { args: [name, { json, blobs: abi.blobs.map((_, index) => index) }], blobs: abi.blobs };
}

function toolResult(value: unknown, form: BodyForm): unknown {
  const { json, blobs } = value as { readonly json: string; readonly blobs: readonly Uint8Array[] };
  return encodeValue(decodeValue(parseJson(json), abiForm([...blobs]), 'OUTPUT_INVALID'), form, 'OUTPUT_INVALID');
}
