/**
 * The decorators. arc reads them from the source and takes them out; at run time they do nothing, so that the same file also
 * runs elsewhere. They fit TypeScript's standard and its legacy decorators.
 */

/** What `@aria` says of a bundle. */
export interface AriaOptions {
  /** Lower-case words joined by dashes, at most 64 characters. */
  readonly name: string;
  /** A semantic version. */
  readonly version: string;
  readonly description: string;
  readonly author?: string;
  /** An SPDX expression. */
  readonly license?: string;
}

/** The types that `inputs` and `outputs` name. */
export type ParameterType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'bytes' | 'any';

/** How a tool behaves when it is run again after a crash. */
export type ToolEffect = 'pure' | 'idempotent' | 'reconcilable' | 'at-most-once';

/** What `@tool` says of a tool. Names and descriptions default to the method's name and JSDoc. */
export interface ToolOptions {
  readonly name?: string;
  readonly description?: string;
  /** What it may touch, as `kv:orders:rw`, `net:api.example.com:443`. Default: nothing. */
  readonly tokens?: readonly string[];
  /** Wall time of a call in milliseconds, waiting included. Default: 30,000. */
  readonly timeout?: number;
  /** Compute time of a call in milliseconds. Default: 5,000. */
  readonly computeMs?: number;
  /** Memory of a call in MiB. Default: 64. */
  readonly memoryMiB?: number;
  /** How often the orchestrator tries again after a retryable error. Default: 0. */
  readonly retryCount?: number;
  /** Optional: the types say it already, and a contradiction is an error. */
  readonly inputs?: Readonly<Record<string, ParameterType>>;
  /** Optional, as `inputs`. */
  readonly outputs?: Readonly<Record<string, ParameterType>>;
  /** For tools in containers. Default: `at-most-once`. */
  readonly effect?: ToolEffect;
  /** What kind of tool it is, for those who list tools: a word of your own. Default: `custom`. */
  readonly type?: string;
  /** How people ask for it in their own words, for planners that look for a tool by a sentence. */
  readonly nlp?: string;
}

/** A decorator that changes nothing. */
export type InertDecorator = (target: unknown, nameOrContext?: unknown, descriptor?: unknown) => void;

/** A tool as a function: one input, one output, or a promise of it. */
export type ToolFunction<Input, Output> = (input: Input) => Output;

/**
 * Marks the class that holds a bundle's tools.
 * @example
 * @aria({ name: 'invoice-kit', version: '0.2.0', description: 'Invoice helpers' })
 * export class InvoiceKit {}
 */
export function aria(_options: AriaOptions): InertDecorator {
  return inert;
}

/**
 * Marks a method of a class under `@aria` as a tool, or makes a tool of a function.
 * @example
 * @tool({ tokens: ['kv:invoices:rw'] })
 * async sumLines(input: { lines: number[] }): Promise<{ total: number }> { … }
 * @example
 * export const wordCount = tool({ name: 'wordCount', description: 'Counts words' },
 *   (input: { text: string }) => ({ count: input.text.split(/\s+/).filter(Boolean).length }));
 */
export function tool(options?: ToolOptions): InertDecorator;
export function tool<Input, Output>(
  options: ToolOptions,
  run: ToolFunction<Input, Output>,
): ToolFunction<Input, Output>;
export function tool<Input, Output>(
  _options?: ToolOptions,
  run?: ToolFunction<Input, Output>,
): InertDecorator | ToolFunction<Input, Output> {
  return run ?? inert;
}

function inert(): void {}
