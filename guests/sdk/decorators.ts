/**
 * The decorators. arc reads them from the source and takes them out; at run time they do nothing, so that the same file also
 * runs elsewhere. They fit TypeScript's standard and its legacy decorators.
 */
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts';

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
export type ParameterType =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'object'
  | 'array'
  | 'bytes'
  | 'date'
  | 'bigint'
  | 'any';

/** The names of an object's properties, and what each is. */
export type TypeWords = Readonly<Record<string, ParameterType>>;

/** What a tool takes or gives, as words or as a schema. */
export type Shape = TypeWords | StandardSchema;

/** A property of the input, as `parameters` lists them. */
export interface ToolParameter {
  readonly name: string;
  readonly type: ParameterType;
  /** Says what its JSDoc does not. */
  readonly description?: string;
  readonly required?: boolean;
  /** A format of JSON Schema, as `date-time`, `email`, `uri`. */
  readonly format?: string;
}

/** How a tool behaves when it is run again after a crash. */
export type ToolEffect = 'pure' | 'idempotent' | 'reconcilable' | 'at-most-once';

/** Whether a tool is run in the sandbox of WebAssembly, or asks for a container of its own although it would not need one. */
export type ToolTrust = 'trusted' | 'untrusted';

/** What a container of a tool may use beside memory and time. */
export interface ToolResources {
  /** Cores, as 0.5. Default: 1. */
  readonly cpus?: number;
  /** Processes and threads together; Bun itself has about ten. Default: 64. */
  readonly processes?: number;
  /** Files in /tmp in MiB; they are in memory, and gone after the call. Default: 32. */
  readonly temporaryMiB?: number;
}

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
  /**
   * Optional: the types say it already, and a contradiction is an error. A schema of zod, or of another library of Standard Schema,
   * validates each input as well, and gives the function what it makes of it.
   */
  readonly inputs?: Shape;
  /** Optional, as `inputs`. */
  readonly outputs?: Shape;
  /** `inputs` as a list, with descriptions. */
  readonly parameters?: readonly ToolParameter[];
  /** For tools in containers. Default: `at-most-once`. */
  readonly effect?: ToolEffect;
  /** `untrusted` places it in a container. Default: `trusted`. */
  readonly trust?: ToolTrust;
  /** Of its container, where it runs in one. */
  readonly resources?: ToolResources;
  /** What kind of tool it is, for those who list tools: a word of your own. Default: `custom`. */
  readonly type?: string;
  /** How people ask for it in their own words, for planners that look for a tool by a sentence. */
  readonly nlp?: string;
}

/** A decorator that changes nothing. */
export type InertDecorator = (target: unknown, nameOrContext?: unknown, descriptor?: unknown) => void;

/** A tool as a function: one input, one output, or a promise of it. */
export type ToolFunction<Input, Output> = (input: Input) => Output;

/** What the function of a tool takes: what the schema in `inputs` gives, or what the function says itself. */
export type Taken<Input, Inputs extends Shape> = Inputs extends StandardSchema ? SchemaOutput<Inputs> : Input;
/** What the function of a tool gives: what the schema in `outputs` takes, or what the function says itself. */
export type Given<Output, Outputs extends Shape> = Outputs extends StandardSchema
  ? SchemaInput<Outputs> | Promise<SchemaInput<Outputs>>
  : Output;

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
 * @tool({ description: 'Adds line totals', tokens: ['kv:invoices:rw'] })
 * async sumLines(input: { lines: number[] }): Promise<{ total: number }> {
 *   const total = input.lines.reduce((a, b) => a + b, 0);
 *   await kv('invoices').setJson('last', { total });
 *   return { total };
 * }
 * @example
 * export const wordCount = tool({ name: 'wordCount', description: 'Counts words' },
 *   (input: { text: string }) => ({ count: input.text.split(/\s+/).filter(Boolean).length }));
 * @example
 * const Order = z.object({ id: z.uuid(), lines: z.array(z.number().int()) });
 * export const total = tool({ name: 'total', description: 'Adds the lines of an order', inputs: Order },
 *   (order) => order.lines.reduce((sum, line) => sum + line, 0));
 */
export function tool(options?: ToolOptions): InertDecorator;
export function tool<Input, Output, Inputs extends Shape = TypeWords, Outputs extends Shape = TypeWords>(
  options: ToolOptions & { readonly inputs?: Inputs; readonly outputs?: Outputs },
  run: ToolFunction<Taken<Input, Inputs>, Given<Output, Outputs>>,
): ToolFunction<Taken<Input, Inputs>, Given<Output, Outputs>>;
export function tool(_options?: ToolOptions, run?: (input: never) => unknown): unknown {
  return run ?? inert;
}

function inert(): void {}
