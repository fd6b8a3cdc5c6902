/** Language models. */
import type { LlmCompletion, LlmFinishReason, LlmRequest, LlmRole, LlmUsage } from '#wit/host-types';
import type { Json } from './json.ts';
import { jsonText } from './json.ts';
import { notify, start } from './operations.ts';

/** A tool that a model asks for. */
export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: Json;
}

/** One message. */
export interface Message {
  readonly role: LlmRole;
  /** Text; empty where only tools are asked for. */
  readonly content: string;
  /** What an assistant's message asks for. */
  readonly toolUses?: readonly ToolUse[];
  /** In a message of role `tool`: the id that it answers. */
  readonly toolUseId?: string;
}

/** A tool that a model may ask for. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema 2020-12 of its input. */
  readonly schema: { readonly [key: string]: Json };
}

/** A request, at most 8 MiB together. */
export interface CompletionRequest {
  /** `provider:model`, as `openai:gpt-4o`. */
  readonly model: string;
  readonly messages: readonly Message[];
  /** 0 to 2. */
  readonly temperature?: number;
  readonly maxTokens?: number;
  /** JSON Schema 2020-12 of the answer, which then stands parsed in `value`. */
  readonly schema?: { readonly [key: string]: Json };
  /** At most 128. */
  readonly tools?: readonly ToolDefinition[];
}

/** An answer. */
export interface Completion {
  readonly text: string;
  readonly toolUses: readonly ToolUse[];
  readonly usage: LlmUsage;
  readonly finishReason: LlmFinishReason;
  /** The text parsed as JSON where the request has a `schema` and the model stopped by itself. */
  readonly value: Json | undefined;
}

/** A streamed answer: iterate its pieces of text, then ask for the whole. It can be iterated once. */
export interface CompletionStream extends AsyncIterable<string> {
  /** The whole answer; reads what is left of the stream. */
  completion(): Promise<Completion>;
}

/** What to embed. */
export interface EmbeddingRequest<Input extends string | readonly string[]> {
  /** `provider:model`. */
  readonly model: string;
  /** A text, or at most 2,048. */
  readonly input: Input;
}

/** Language models, by the tokens `llm:<provider>:<model>`. */
export const llm = {
  /**
   * Answers as a whole.
   * @example
   * const { text } = await llm.complete({
   *   model: 'openai:gpt-4o-mini',
   *   messages: [{ role: 'user', content: 'Name a colour' }],
   * });
   */
  async complete(request: CompletionRequest): Promise<Completion> {
    return toCompletion(await start('llm.complete', toWire(request)), request);
  },

  /**
   * Answers piece by piece. Leaving the loop early gives the stream up.
   * @example
   * for await (const piece of llm.stream({ model, messages })) log.info(piece);
   */
  stream(request: CompletionRequest): CompletionStream {
    return new Stream(request);
  },

  /**
   * Embeds one text as a vector, or texts as one vector each.
   * @example
   * const vector = await llm.embed({ model: 'openai:text-embedding-3-small', input: 'a blue door' });
   */
  async embed<Input extends string | readonly string[]>({
    model,
    input,
  }: EmbeddingRequest<Input>): Promise<Input extends string ? readonly number[] : readonly (readonly number[])[]> {
    const found = await start('llm.embed', model, typeof input === 'string' ? [input] : input);
    const value = typeof input === 'string' ? (found[0] ?? []) : found;
    return value as Input extends string ? readonly number[] : readonly (readonly number[])[];
  },
} as const;

class Stream implements CompletionStream {
  readonly #request: CompletionRequest;
  readonly #pieces: AsyncGenerator<string, void, void>;
  #completion: Completion | undefined;

  constructor(request: CompletionRequest) {
    this.#request = request;
    this.#pieces = this.#read();
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return this.#pieces;
  }

  async completion(): Promise<Completion> {
    while (this.#completion === undefined) {
      if ((await this.#pieces.next()).done === true) break;
    }
    if (this.#completion === undefined)
      throw new Error('Cannot give the completion: the stream was left before its end');
    return this.#completion;
  }

  async *#read(): AsyncGenerator<string, void, void> {
    const stream = await start('llm.open-stream', toWire(this.#request));
    try {
      while (this.#completion === undefined) {
        const chunk = await start('llm.read-stream', stream);
        if (chunk.tag === 'end') this.#completion = toCompletion(chunk.val, this.#request);
        else yield chunk.val;
      }
    } finally {
      if (this.#completion === undefined) notify('llm.close-stream', stream);
    }
  }
}

function toWire({ model, messages, temperature, maxTokens, schema, tools = [] }: CompletionRequest): LlmRequest {
  return {
    model,
    messages: messages.map(({ role, content, toolUses = [], toolUseId }) => ({
      role,
      content,
      toolUses: toolUses.map(({ id, name, input }) => ({ id, name, input: jsonText(input) })),
      toolUseId,
    })),
    temperature,
    maxTokens,
    schema: schema === undefined ? undefined : jsonText(schema),
    tools: tools.map((tool) => ({ name: tool.name, description: tool.description, schema: jsonText(tool.schema) })),
  };
}

function toCompletion(answer: LlmCompletion, { schema }: CompletionRequest): Completion {
  const { text, toolUses, usage, finishReason } = answer;
  return {
    text,
    toolUses: toolUses.map(({ id, name, input }) => ({ id, name, input: JSON.parse(input) as Json })),
    usage,
    finishReason,
    value: schema !== undefined && finishReason === 'stop' ? (JSON.parse(text) as Json) : undefined,
  };
}
