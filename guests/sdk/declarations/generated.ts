/**
 * The types of the SDK, from `guests/sdk/index.ts`, for `arc`. Do not edit; run `npm run generate`.
 */
type AgentMemory = 'none' | 'session' | 'long-term';
interface AgentModel {
    readonly provider?: string;
    readonly model: string;
    readonly temperature?: number;
    readonly maxTokens?: number;
}
interface AgentOptions {
    readonly name?: string;
    readonly description?: string;
    readonly task: string;
    readonly tools: readonly ToolReference[];
    readonly llm?: string | AgentModel;
    readonly systemPrompt?: string;
    readonly directives?: readonly string[];
    readonly capabilities?: readonly string[];
    readonly maxCalls?: number;
    readonly timeout?: number;
    readonly memory?: AgentMemory;
}
interface AgentStep extends StepCommon {
    readonly type: 'agent';
    readonly agent: ClassReference;
    readonly task?: string;
    readonly inputs?: StepInputs;
    readonly outputs?: StepOutputs;
}
interface AriaOptions {
    readonly name: string;
    readonly version: string;
    readonly description: string;
    readonly author?: string;
    readonly license?: string;
}
type ClassReference = string | (abstract new (...input: never[]) => unknown);
interface Completion {
    readonly text: string;
    readonly toolUses: readonly ToolUse[];
    readonly usage: LlmUsage;
    readonly finishReason: LlmFinishReason;
    readonly value: Json | undefined;
}
interface CompletionRequest {
    readonly model: string;
    readonly messages: readonly Message[];
    readonly temperature?: number;
    readonly maxTokens?: number;
    readonly schema?: {
        readonly [key: string]: Json;
    };
    readonly tools?: readonly ToolDefinition[];
}
interface CompletionStream extends AsyncIterable<string> {
    completion(): Promise<Completion>;
}
type ComputeBinding = GpuBinding<Uint8Array>;
type ComputeBuffer = GpuBuffer<Uint8Array>;
type ComputeRequest = GpuComputeRequest<Uint8Array>;
interface ConditionStep extends StepCommon {
    readonly type: 'condition';
    readonly condition: string;
    readonly then?: readonly PipelineStep[];
    readonly else?: readonly PipelineStep[];
}
interface ContextEntry {
    readonly role: string;
    readonly content: string;
    readonly createdMs: number;
}
interface EmbeddingRequest<Input extends string | readonly string[]> {
    readonly model: string;
    readonly input: Input;
}
interface ErrorStrategy {
    readonly type: 'stop' | 'continue' | 'retry';
    readonly maxAttempts?: number;
    readonly backoffMs?: number;
}
type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
interface FilesEntry {
    readonly name: string;
    readonly kind: FilesKind;
}
type FilesKind = 'file' | 'directory';
interface FilesRoot {
    read(path: string): Promise<Uint8Array>;
    readText(path: string): Promise<string>;
    write(path: string, content: Uint8Array | string): Promise<void>;
    list(path?: string): Promise<readonly FilesEntry[]>;
    stat(path: string): Promise<FilesStatus>;
    remove(path: string): Promise<boolean>;
}
interface FilesStatus {
    readonly kind: FilesKind;
    readonly size: number;
    readonly modifiedMs: number;
}
type Given<Output, Outputs extends Shape> = Outputs extends StandardSchema ? SchemaInput<Outputs> | Promise<SchemaInput<Outputs>> : Output;
interface GpuBinding<Blob> {
    readonly index: number;
    readonly usage: GpuUsage;
    readonly content: Blob;
}
interface GpuBuffer<Blob> {
    readonly index: number;
    readonly content: Blob;
}
interface GpuComputeRequest<Blob> {
    readonly shader: string;
    readonly entryPoint?: string | undefined;
    readonly bindings: readonly GpuBinding<Blob>[];
    readonly workgroups: readonly [number, number, number];
}
type GpuUsage = 'read' | 'read-write' | 'uniform';
type InertDecorator = (target: unknown, nameOrContext?: unknown, descriptor?: unknown) => void;
type Json = string | number | boolean | null | readonly Json[] | {
    readonly [key: string]: Json;
};
interface KvListOptions {
    readonly prefix?: string;
    readonly cursor?: string | undefined;
    readonly limit?: number;
}
interface KvNamespace {
    get(key: string): Promise<Uint8Array | undefined>;
    getText(key: string): Promise<string | undefined>;
    getJson<T = Json>(key: string): Promise<T | undefined>;
    set(key: string, value: Uint8Array | string): Promise<void>;
    setJson(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<boolean>;
    list(options?: KvListOptions): Promise<KvPage>;
    compareAndSet(key: string, expected: Uint8Array | string | undefined, value: Uint8Array | string): Promise<boolean>;
}
interface KvPage {
    readonly keys: readonly string[];
    readonly cursor?: string | undefined;
}
type LlmFinishReason = 'stop' | 'length' | 'tool-uses' | 'refused' | 'other';
type LlmRole = 'system' | 'user' | 'assistant' | 'tool';
interface LlmUsage {
    readonly inputTokens: number;
    readonly outputTokens: number;
}
type LogFields = {
    readonly [key: string]: unknown;
};
interface Message {
    readonly role: LlmRole;
    readonly content: string;
    readonly toolUses?: readonly ToolUse[];
    readonly toolUseId?: string;
}
declare class OperationError extends Error {
    readonly name = "OperationError";
    readonly code: string;
    readonly retryable: boolean;
    readonly operation: string;
    readonly details: unknown;
    constructor({ code, message, retryable, operation, details }: OperationFailure);
}
interface OperationFailure {
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly operation: string;
    readonly details?: unknown;
}
interface ParallelStep extends StepCommon {
    readonly type: 'parallel';
    readonly steps: readonly PipelineStep[];
    readonly maxParallel?: number;
}
type ParameterType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'bytes' | 'date' | 'bigint' | 'any';
interface PipelineOptions {
    readonly name?: string;
    readonly description?: string;
    readonly variables?: Readonly<Record<string, Json>>;
    readonly steps: readonly PipelineStep[];
    readonly errorStrategy?: ErrorStrategy | ErrorStrategy['type'];
    readonly timeout?: number;
}
type PipelineStep = ToolStep | AgentStep | TeamStep | ConditionStep | ParallelStep;
type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];
type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];
type Shape = TypeWords | StandardSchema;
interface StandardIssue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | {
        readonly key: PropertyKey;
    })[] | undefined;
}
type StandardResult<Output> = {
    readonly value: Output;
    readonly issues?: undefined;
} | {
    readonly issues: readonly StandardIssue[];
};
interface StandardSchema<Input = unknown, Output = Input> {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
        readonly types?: {
            readonly input: Input;
            readonly output: Output;
        } | undefined;
    };
}
interface StepCommon {
    readonly id: string;
    readonly name?: string;
    readonly dependencies?: readonly string[];
    readonly timeout?: number;
    readonly retryCount?: number;
}
type StepInputs = Readonly<Record<string, Json>>;
type StepOutputs = Readonly<Record<string, string>>;
type StrategyName = 'adaptive-coordination' | 'parallel' | 'sequential' | 'pipeline' | 'hierarchical' | 'collaborative' | 'role-based';
type Taken<Input, Inputs extends Shape> = Inputs extends StandardSchema ? SchemaOutput<Inputs> : Input;
interface TeamOptions {
    readonly name?: string;
    readonly description?: string;
    readonly agents?: readonly ClassReference[];
    readonly members?: readonly ClassReference[];
    readonly strategy?: StrategyName | TeamStrategy;
}
interface TeamStep extends StepCommon {
    readonly type: 'team';
    readonly team: ClassReference;
    readonly task?: string;
    readonly inputs?: StepInputs;
    readonly outputs?: StepOutputs;
}
interface TeamStrategy {
    readonly name?: StrategyName;
    readonly description?: string;
    readonly manager?: ClassReference;
    readonly coordinationRules?: {
        readonly maxParallelTasks?: number;
        readonly taskTimeout?: number;
        readonly handoffProtocol?: string;
    };
}
interface ToolDefinition {
    readonly name: string;
    readonly description: string;
    readonly schema: {
        readonly [key: string]: Json;
    };
}
type ToolEffect = 'pure' | 'idempotent' | 'reconcilable' | 'at-most-once';
declare class ToolError extends Error {
    readonly name = "ToolError";
    readonly code: string;
    readonly retryable: boolean;
    readonly details: unknown;
    constructor(code: string, message: string, options?: ToolErrorOptions);
}
interface ToolErrorOptions extends ErrorOptions {
    readonly retryable?: boolean;
    readonly details?: unknown;
}
type ToolFunction<Input, Output> = (input: Input) => Output;
interface ToolOptions {
    readonly name?: string;
    readonly description?: string;
    readonly tokens?: readonly string[];
    readonly timeout?: number;
    readonly computeMs?: number;
    readonly memoryMiB?: number;
    readonly retryCount?: number;
    readonly inputs?: Shape;
    readonly outputs?: Shape;
    readonly parameters?: readonly ToolParameter[];
    readonly effect?: ToolEffect;
    readonly trust?: ToolTrust;
    readonly resources?: ToolResources;
    readonly type?: string;
    readonly nlp?: string;
}
interface ToolParameter {
    readonly name: string;
    readonly type: ParameterType;
    readonly description?: string;
    readonly required?: boolean;
    readonly format?: string;
}
type ToolReference = string | ((...input: never[]) => unknown) | (abstract new (...input: never[]) => unknown);
interface ToolResources {
    readonly cpus?: number;
    readonly processes?: number;
    readonly temporaryMiB?: number;
}
interface ToolStep extends StepCommon {
    readonly type: 'tool';
    readonly tool: ToolReference;
    readonly inputs?: StepInputs;
    readonly outputs?: StepOutputs;
}
type ToolTrust = 'trusted' | 'untrusted';
interface ToolUse {
    readonly id: string;
    readonly name: string;
    readonly input: Json;
}
type ToolValue = string | number | boolean | null | undefined | Uint8Array | readonly ToolValue[] | {
    readonly [key: string]: ToolValue;
};
type TypeWords = Readonly<Record<string, ParameterType>>;
interface VectorCollection {
    upsert(items: readonly VectorItem[]): Promise<void>;
    query(vector: readonly number[], options?: VectorQueryOptions): Promise<readonly VectorMatch[]>;
    delete(ids: readonly string[]): Promise<number>;
}
interface VectorItem {
    readonly id: string;
    readonly vector: readonly number[];
    readonly metadata?: VectorMetadata;
}
interface VectorMatch {
    readonly id: string;
    readonly distance: number;
    readonly metadata: VectorMetadata | undefined;
}
type VectorMetadata = {
    readonly [key: string]: Json;
};
interface VectorQueryOptions {
    readonly limit?: number;
    readonly filter?: VectorMetadata;
}
declare function agent(_options: AgentOptions): InertDecorator;
declare const agents: {
    readonly invoke: (name: string, message: string) => Promise<Json>;
};
declare function aria(_options: AriaOptions): InertDecorator;
declare const context: {
    readonly get: (limit?: number) => Promise<readonly ContextEntry[]>;
    readonly add: ({ role, content }: {
        readonly role: string;
        readonly content: string;
    }) => Promise<void>;
};
declare function files(root: string): FilesRoot;
declare const gpu: {
    readonly compute: (request: ComputeRequest) => Promise<readonly ComputeBuffer[]>;
};
declare function kv(namespace: string): KvNamespace;
declare const llm: {
    readonly complete: (request: CompletionRequest) => Promise<Completion>;
    readonly stream: (request: CompletionRequest) => CompletionStream;
    readonly embed: <Input extends string | readonly string[]>({ model, input, }: EmbeddingRequest<Input>) => Promise<Input extends string ? readonly number[] : readonly (readonly number[])[]>;
};
declare const log: {
    readonly debug: (message: string, fields?: LogFields) => void;
    readonly info: (message: string, fields?: LogFields) => void;
    readonly warn: (message: string, fields?: LogFields) => void;
    readonly error: (message: string, fields?: LogFields) => void;
};
declare const net: {
    readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
};
declare function pipeline(_options: PipelineOptions): InertDecorator;
declare function remainingMs(): number;
declare function signal(): AbortSignal;
declare function team(_options: TeamOptions): InertDecorator;
declare function tool(options?: ToolOptions): InertDecorator;
declare function tool<Input, Output, Inputs extends Shape = TypeWords, Outputs extends Shape = TypeWords>(options: ToolOptions & {
    readonly inputs?: Inputs;
    readonly outputs?: Outputs;
}, run: ToolFunction<Taken<Input, Inputs>, Given<Output, Outputs>>): ToolFunction<Taken<Input, Inputs>, Given<Output, Outputs>>;
declare const tools: {
    readonly call: <T = ToolValue>(name: string, input: unknown) => Promise<T>;
};
declare function vectors(collection: string): VectorCollection;
export { type AgentMemory, type AgentModel, type AgentOptions, type AgentStep, type AriaOptions, type ClassReference, type Completion, type CompletionRequest, type CompletionStream, type ComputeBinding, type ComputeBuffer, type ComputeRequest, type ConditionStep, type EmbeddingRequest, type ErrorStrategy, type Fetch, type FilesRoot, type Given, type Json, type KvListOptions, type KvNamespace, type LogFields, type Message, OperationError, type OperationFailure, type ParallelStep, type ParameterType, type PipelineOptions, type PipelineStep, type SchemaInput, type SchemaOutput, type Shape, type StandardIssue, type StandardResult, type StandardSchema, type StepInputs, type StepOutputs, type StrategyName, type Taken, type TeamOptions, type TeamStep, type TeamStrategy, type ToolDefinition, type ToolEffect, ToolError, type ToolErrorOptions, type ToolFunction, type ToolOptions, type ToolParameter, type ToolReference, type ToolResources, type ToolStep, type ToolTrust, type ToolUse, type ToolValue, type TypeWords, type VectorCollection, type VectorItem, type VectorMatch, type VectorMetadata, type VectorQueryOptions, agent, agents, aria, context, files, gpu, kv, llm, log, net, pipeline, remainingMs, signal, team, tool, tools, vectors };
