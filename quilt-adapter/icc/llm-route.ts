/** `POST /llm/complete`: a model's answer, in the shape of the earlier ICC. */
import type { LlmCompletion, LlmFinishReason, LlmRequest, LlmRole } from '#wit/host-types';
import type { Caller } from '#wit/interfaces';
import { BodyFields } from './body-fields.ts';
import { bodyInvalid } from './errors.ts';
import { type Answer, type Exchange, failedAnswer, runOperation } from './exchange.ts';

const fields = ['messages', 'model', 'temperature', 'max_tokens', 'stream'] as const;
/** Those that need nothing but a text; a conversation with tools goes through the operation. */
const roles: readonly LlmRole[] = ['system', 'user', 'assistant'];
const fullRoute = 'POST /operations/llm.complete';

/** The words that clients of the earlier ICC know. */
const finishReasons: Readonly<Record<LlmFinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-uses': 'tool_calls',
  refused: 'content_filter',
  other: 'other',
};

/** Answers `{content, model, provider, token_usage, finish_reason, tool_calls}`. */
export async function answerCompletion(exchange: Exchange): Promise<Answer> {
  const request = completionRequest(exchange);
  const outcome = await runOperation(exchange, 'llm.complete', { args: [request], blobs: [] }, exchange.signal);
  if (outcome.kind === 'failed') return failedAnswer(outcome.wire);
  const { text, toolUses, usage, finishReason } = outcome.value as LlmCompletion;
  const { inputTokens: prompt, outputTokens: completion } = usage;
  const body = {
    content: text,
    model: request.model,
    provider: request.model.slice(0, Math.max(0, request.model.indexOf(':'))),
    token_usage: { prompt, completion, total: prompt + completion },
    finish_reason: finishReasons[finishReason],
    tool_calls: toolUses.map(({ id, name, input }) => ({ id, name, arguments: input })),
  };
  return { status: 200, body };
}

function completionRequest({ body: { json }, caller }: Exchange): LlmRequest {
  const body = new BodyFields(json, fields);
  body.refuse('stream', false, 'Leave it out, or use POST /operations/llm.open-stream');
  const maxTokens = body.optionalNumber('max_tokens', { min: 1, max: 2 ** 31 - 1 });
  if (maxTokens !== undefined && !Number.isInteger(maxTokens))
    throw bodyInvalid('/max_tokens', 'it is not a whole number', 'Send a whole number');
  return {
    model: modelOf(body.optionalText('model'), caller),
    messages: body.list('messages').map((message, index) => messageOf(message, `/messages/${index}`)),
    temperature: body.optionalNumber('temperature', { min: 0, max: 2 }),
    maxTokens,
    tools: [],
  };
}

function messageOf(json: unknown, pointer: string): LlmRequest['messages'][number] {
  const message = new BodyFields(json, ['role', 'content'], pointer);
  const written = message.text('role');
  const role = roles.find((known) => known === written);
  if (role === undefined)
    throw bodyInvalid(
      `${pointer}/role`,
      'it is none that this route takes',
      `Use ${roles.join(', ')}, or ${fullRoute}`,
    );
  return { role, content: message.text('content'), toolUses: [] };
}

/**
 * `provider:model` stands for itself. A bare name, and none at all, stand for the one model that the call's tokens name so: a default of the host's would be
 * one that the call may not use.
 */
function modelOf(written: string | undefined, { tokens }: Caller): string {
  if (written?.includes(':')) return written;
  const named = tokens.flatMap((token) =>
    token.kind === 'llm' && token.model !== '*' && (written ?? token.model) === token.model
      ? [`${token.provider}:${token.model}`]
      : [],
  );
  const [only, ...others] = new Set(named);
  if (only !== undefined && others.length === 0) return only;
  const state = only === undefined ? 'no token of the call names that model' : 'more than one token names such a model';
  throw bodyInvalid('/model', state, 'Write the model as provider:model');
}
