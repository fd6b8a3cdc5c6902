/** Generated from wit/host/*.wit by `npm run generate`: do not edit. */
import type { ErrorCode } from '#wit/errors';

/** One HTTP header. Names are lower case on the way in. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** How much it matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Why a wait failed. */
export type TimerError =
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number };

/** Why an operation failed. */
export type LlmError =
  /** No granted token covers this model. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** The request is refused; says why. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** The budget of the call is spent; says which. `BUDGET_EXCEEDED`. */
  | { readonly tag: 'budget-exceeded'; readonly val: string }
  /** The provider asks to wait this many milliseconds. `RATE_LIMITED`. */
  | { readonly tag: 'rate-limited'; readonly val: number }
  /** The provider refused or failed; its words. `PROVIDER_FAILED`. */
  | { readonly tag: 'provider-failed'; readonly val: string }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** No provider can be reached now; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** Who speaks. */
export type LlmRole = 'system' | 'user' | 'assistant' | 'tool';

/** A tool that the model asks for. */
export interface LlmToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: string;
}

/** One message. */
export interface LlmMessage {
  /** Who speaks. */
  readonly role: LlmRole;
  /** Text; empty where only tools are asked for. */
  readonly content: string;
  /** What an assistant's message asks for. */
  readonly toolUses: readonly LlmToolUse[];
  /** In a message of role `tool`: the id that it answers. */
  readonly toolUseId?: string | undefined;
}

/** A tool that the model may ask for. */
export interface LlmToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly schema: string;
}

/** A request, at most 8 MiB together. */
export interface LlmRequest {
  /** `provider:model`. */
  readonly model: string;
  /** 1 to 10,000. */
  readonly messages: readonly LlmMessage[];
  /** 0 to 2. */
  readonly temperature?: number | undefined;
  /** 1 or more. */
  readonly maxTokens?: number | undefined;
  /** JSON Schema 2020-12 of the answer. */
  readonly schema?: string | undefined;
  /** At most 128. */
  readonly tools: readonly LlmToolDefinition[];
}

/** What it cost. */
export interface LlmUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Why the model stopped. */
export type LlmFinishReason = 'stop' | 'length' | 'tool-uses' | 'refused' | 'other';

/** An answer. */
export interface LlmCompletion {
  readonly text: string;
  readonly toolUses: readonly LlmToolUse[];
  readonly usage: LlmUsage;
  readonly finishReason: LlmFinishReason;
}

/** A part of a streamed answer. */
export type LlmChunk =
  /** The text goes on. */
  | { readonly tag: 'text'; readonly val: string }
  /** The whole answer; nothing follows. */
  | { readonly tag: 'end'; readonly val: LlmCompletion };

/** Why a request failed. */
export type NetError =
  /** No granted token covers this host and port. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** The URL, method or a header is refused; says why. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** The body is longer than this many bytes. `VALUE_TOO_LARGE`. */
  | { readonly tag: 'value-too-large'; readonly val: number }
  /** No answer within this many milliseconds. `DEADLINE_EXCEEDED`. */
  | { readonly tag: 'timed-out'; readonly val: number }
  /** The connection failed; says how. `CONNECTION_FAILED`. */
  | { readonly tag: 'connection-failed'; readonly val: string }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** The host does not serve requests now; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** What to do with an answer of status 3xx. */
export type NetRedirect = 'follow' | 'manual' | 'error';

/** A request. */
export interface NetRequest<Blob> {
  /** Upper case, 1 to 32 characters. */
  readonly method: string;
  /** Absolute, http or https, at most 8,192 characters. */
  readonly url: string;
  /** At most 128. */
  readonly headers: readonly Header[];
  /** At most 8 MiB. */
  readonly body?: Blob | undefined;
  /** At most 20 are followed; each target needs a token too. */
  readonly redirect: NetRedirect;
  /** None: the time that the call has left. */
  readonly timeoutMs?: number | undefined;
}

/** An answer. */
export interface NetResponse<Blob> {
  /** 200 to 599. */
  readonly status: number;
  /** The reason phrase, or empty. */
  readonly statusText: string;
  /** In the order received. */
  readonly headers: readonly Header[];
  /** At most 8 MiB. */
  readonly body: Blob;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** Whether a redirect was followed. */
  readonly redirected: boolean;
}

/** Why an operation failed. */
export type KvError =
  /** No granted token covers this namespace in this mode. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** The namespace or key is not of the form above; says how. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** The value is longer than this many bytes. `VALUE_TOO_LARGE`. */
  | { readonly tag: 'value-too-large'; readonly val: number }
  /** The namespace holds as much as it may; this is its maximum in bytes. `STORE_FULL`. */
  | { readonly tag: 'store-full'; readonly val: number }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** The store cannot answer now; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** One page of keys. */
export interface KvPage {
  /** In the order of their UTF-8 bytes. */
  readonly keys: readonly string[];
  /** Where the next page starts; none at the end. */
  readonly cursor?: string | undefined;
}

/** Why an operation failed. */
export type FilesError =
  /** No granted token covers this root in this mode. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** The path leaves the root or is malformed; says how. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** There is nothing at this path. `NOT_FOUND`. */
  | { readonly tag: 'not-found' }
  /** The content is longer than this many bytes. `VALUE_TOO_LARGE`. */
  | { readonly tag: 'value-too-large'; readonly val: number }
  /** The root holds as much as it may; this is its maximum in bytes. `STORE_FULL`. */
  | { readonly tag: 'store-full'; readonly val: number }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** The root cannot be reached now; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** What is at a path. */
export type FilesKind = 'file' | 'directory';

/** What is known of a path. */
export interface FilesStatus {
  /** File or directory. */
  readonly kind: FilesKind;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** Milliseconds since 1970, UTC. */
  readonly modifiedMs: number;
}

/** One name in a directory. */
export interface FilesEntry {
  readonly name: string;
  readonly kind: FilesKind;
}

/** Why an operation failed. */
export type VectorsError =
  /** No granted token covers this collection in this mode. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** The collection, an id or a dimension is refused; says why. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** The collection holds as many vectors as it may; this is its maximum. `STORE_FULL`. */
  | { readonly tag: 'store-full'; readonly val: number }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** The store cannot answer now; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** A vector with its name. */
export interface VectorsItem {
  /** 1 to 256 bytes of UTF-8. */
  readonly id: string;
  /** 1 to 4,096 numbers, as many as the collection has dimensions. */
  readonly vector: readonly number[];
  /** A JSON object of at most 64 KiB, or none. */
  readonly metadata?: string | undefined;
}

/** A neighbour. */
export interface VectorsMatch {
  /** As stored. */
  readonly id: string;
  /** Cosine distance: 0 (same direction) to 2. */
  readonly distance: number;
  /** As stored. */
  readonly metadata?: string | undefined;
}

/** Why an operation failed. */
export type GpuError =
  /** No granted token covers a device. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** The shader does not compile or a binding is refused; says why. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** A buffer is longer than this many bytes. `VALUE_TOO_LARGE`. */
  | { readonly tag: 'value-too-large'; readonly val: number }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** There is no device, or it is lost; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** How a shader uses a buffer. */
export type GpuUsage = 'read' | 'read-write' | 'uniform';

/** A buffer. */
export interface GpuBinding<Blob> {
  /** The number in `@binding(n)` of group 0: 0 to 15. */
  readonly index: number;
  /** How it is used. */
  readonly usage: GpuUsage;
  /** Its bytes before the run: a multiple of 4, at most 16 MiB. */
  readonly content: Blob;
}

/** A run. */
export interface GpuComputeRequest<Blob> {
  /** WGSL, at most 256 KiB. */
  readonly shader: string;
  /** The function; `main` where it is none. */
  readonly entryPoint?: string | undefined;
  /** At most 16. */
  readonly bindings: readonly GpuBinding<Blob>[];
  /** x, y, z: each 1 to 65,535. */
  readonly workgroups: readonly [number, number, number];
}

/** A buffer after the run. */
export interface GpuBuffer<Blob> {
  readonly index: number;
  readonly content: Blob;
}

/** A tool's own error, as it left that tool. */
export interface ToolsRemoteError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: string | undefined;
}

/** Why a call failed. */
export type ToolsError =
  /** No granted token covers this tool. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** There is no tool of this name. `NOT_FOUND`. */
  | { readonly tag: 'not-found' }
  /** The input does not fit its schema; says where. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** The tool failed; its error, whose code is raised. `TOOL_FAILED`. */
  | { readonly tag: 'failed'; readonly val: ToolsRemoteError }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** Calls are not served now; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** JSON with the blobs that it names. */
export interface ToolsValue<Blob> {
  readonly json: string;
  readonly blobs: readonly Blob[];
}

/** An agent's own error, as it left that agent. */
export interface AgentsRemoteError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: string | undefined;
}

/** Why an invocation failed. */
export type AgentsError =
  /** No granted token covers this agent. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** There is no agent of this name. `NOT_FOUND`. */
  | { readonly tag: 'not-found' }
  /** The message is refused; says why. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** The agent failed; its error, whose code is raised. `AGENT_FAILED`. */
  | { readonly tag: 'failed'; readonly val: AgentsRemoteError }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** Agents are not served now; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** Why an operation failed. */
export type ContextError =
  /** No granted token covers the session in this mode. `CAPABILITY_DENIED`. */
  | { readonly tag: 'access-denied' }
  /** The entry is refused; says why. `INPUT_INVALID`. */
  | { readonly tag: 'invalid-argument'; readonly val: string }
  /** The entry is longer than this many bytes. `VALUE_TOO_LARGE`. */
  | { readonly tag: 'value-too-large'; readonly val: number }
  /** The host has as many operations open as it may for all calls together; this is the maximum. `OPERATIONS_EXCEEDED`. */
  | { readonly tag: 'too-many-operations'; readonly val: number }
  /** The call belongs to no session, or its memory cannot answer now; says why. `UNAVAILABLE`. */
  | { readonly tag: 'unavailable'; readonly val: string };

/** Something said or learnt. */
export interface ContextEntry {
  readonly role: string;
  readonly content: string;
  readonly createdMs: number;
}

/** What each operation takes and gives. In arguments a blob is its index in the turn's blobs, in values it is bytes. */
export interface HostOperations {
  readonly 'timer.sleep': { readonly args: readonly [ms: number]; readonly value: undefined; readonly error: TimerError };
  readonly 'llm.complete': { readonly args: readonly [request: LlmRequest]; readonly value: LlmCompletion; readonly error: LlmError };
  readonly 'llm.embed': { readonly args: readonly [model: string, input: readonly string[]]; readonly value: readonly (readonly number[])[]; readonly error: LlmError };
  readonly 'llm.open-stream': { readonly args: readonly [request: LlmRequest]; readonly value: number; readonly error: LlmError };
  readonly 'llm.read-stream': { readonly args: readonly [handle: number]; readonly value: LlmChunk; readonly error: LlmError };
  readonly 'net.fetch': { readonly args: readonly [request: NetRequest<number>]; readonly value: NetResponse<Uint8Array>; readonly error: NetError };
  readonly 'kv.get': { readonly args: readonly [namespace: string, key: string]; readonly value: Uint8Array | undefined; readonly error: KvError };
  readonly 'kv.set': { readonly args: readonly [namespace: string, key: string, value: number]; readonly value: undefined; readonly error: KvError };
  readonly 'kv.delete': { readonly args: readonly [namespace: string, key: string]; readonly value: boolean; readonly error: KvError };
  readonly 'kv.keys': { readonly args: readonly [namespace: string, prefix: string, cursor: string | undefined, limit: number]; readonly value: KvPage; readonly error: KvError };
  readonly 'kv.compare-and-set': { readonly args: readonly [namespace: string, key: string, expected: number | undefined, value: number]; readonly value: boolean; readonly error: KvError };
  readonly 'files.read': { readonly args: readonly [root: string, path: string]; readonly value: Uint8Array; readonly error: FilesError };
  readonly 'files.write': { readonly args: readonly [root: string, path: string, content: number]; readonly value: undefined; readonly error: FilesError };
  readonly 'files.entries': { readonly args: readonly [root: string, path: string]; readonly value: readonly FilesEntry[]; readonly error: FilesError };
  readonly 'files.stat': { readonly args: readonly [root: string, path: string]; readonly value: FilesStatus; readonly error: FilesError };
  readonly 'files.remove': { readonly args: readonly [root: string, path: string]; readonly value: boolean; readonly error: FilesError };
  readonly 'vectors.upsert': { readonly args: readonly [collection: string, items: readonly VectorsItem[]]; readonly value: undefined; readonly error: VectorsError };
  readonly 'vectors.query': { readonly args: readonly [collection: string, vector: readonly number[], limit: number, filter: string | undefined]; readonly value: readonly VectorsMatch[]; readonly error: VectorsError };
  readonly 'vectors.delete': { readonly args: readonly [collection: string, ids: readonly string[]]; readonly value: number; readonly error: VectorsError };
  readonly 'gpu.compute': { readonly args: readonly [request: GpuComputeRequest<number>]; readonly value: readonly GpuBuffer<Uint8Array>[]; readonly error: GpuError };
  readonly 'tools.call': { readonly args: readonly [name: string, input: ToolsValue<number>]; readonly value: ToolsValue<Uint8Array>; readonly error: ToolsError };
  readonly 'agents.invoke': { readonly args: readonly [name: string, message: string]; readonly value: string; readonly error: AgentsError };
  readonly 'context.get': { readonly args: readonly [limit: number]; readonly value: readonly ContextEntry[]; readonly error: ContextError };
  readonly 'context.add': { readonly args: readonly [role: string, content: string]; readonly value: undefined; readonly error: ContextError };
}

/** The name of an operation, as `kv.get`. */
export type OperationName = keyof HostOperations;

/** Every host function; its place is its number in the guest engine. */
export const hostFunctionNames = [
  'log.write',
  'timer.sleep',
  'timer.clear',
  'llm.complete',
  'llm.embed',
  'llm.open-stream',
  'llm.read-stream',
  'llm.close-stream',
  'net.fetch',
  'net.abort',
  'kv.get',
  'kv.set',
  'kv.delete',
  'kv.keys',
  'kv.compare-and-set',
  'files.read',
  'files.write',
  'files.entries',
  'files.stat',
  'files.remove',
  'vectors.upsert',
  'vectors.query',
  'vectors.delete',
  'gpu.compute',
  'tools.call',
  'agents.invoke',
  'context.get',
  'context.add',
] as const;

/** The functions that start an operation. */
export const operationNames: readonly OperationName[] = [
  'timer.sleep',
  'llm.complete',
  'llm.embed',
  'llm.open-stream',
  'llm.read-stream',
  'net.fetch',
  'kv.get',
  'kv.set',
  'kv.delete',
  'kv.keys',
  'kv.compare-and-set',
  'files.read',
  'files.write',
  'files.entries',
  'files.stat',
  'files.remove',
  'vectors.upsert',
  'vectors.query',
  'vectors.delete',
  'gpu.compute',
  'tools.call',
  'agents.invoke',
  'context.get',
  'context.add',
];

/** The error code of every case of an interface's error variant. */
export const interfaceErrors = {
  timer: { 'too-many-operations': 'OPERATIONS_EXCEEDED' },
  llm: { 'access-denied': 'CAPABILITY_DENIED', 'invalid-argument': 'INPUT_INVALID', 'budget-exceeded': 'BUDGET_EXCEEDED', 'rate-limited': 'RATE_LIMITED', 'provider-failed': 'PROVIDER_FAILED', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
  net: { 'access-denied': 'CAPABILITY_DENIED', 'invalid-argument': 'INPUT_INVALID', 'value-too-large': 'VALUE_TOO_LARGE', 'timed-out': 'DEADLINE_EXCEEDED', 'connection-failed': 'CONNECTION_FAILED', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
  kv: { 'access-denied': 'CAPABILITY_DENIED', 'invalid-argument': 'INPUT_INVALID', 'value-too-large': 'VALUE_TOO_LARGE', 'store-full': 'STORE_FULL', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
  files: { 'access-denied': 'CAPABILITY_DENIED', 'invalid-argument': 'INPUT_INVALID', 'not-found': 'NOT_FOUND', 'value-too-large': 'VALUE_TOO_LARGE', 'store-full': 'STORE_FULL', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
  vectors: { 'access-denied': 'CAPABILITY_DENIED', 'invalid-argument': 'INPUT_INVALID', 'store-full': 'STORE_FULL', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
  gpu: { 'access-denied': 'CAPABILITY_DENIED', 'invalid-argument': 'INPUT_INVALID', 'value-too-large': 'VALUE_TOO_LARGE', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
  tools: { 'access-denied': 'CAPABILITY_DENIED', 'not-found': 'NOT_FOUND', 'invalid-argument': 'INPUT_INVALID', 'failed': 'TOOL_FAILED', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
  agents: { 'access-denied': 'CAPABILITY_DENIED', 'not-found': 'NOT_FOUND', 'invalid-argument': 'INPUT_INVALID', 'failed': 'AGENT_FAILED', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
  context: { 'access-denied': 'CAPABILITY_DENIED', 'invalid-argument': 'INPUT_INVALID', 'value-too-large': 'VALUE_TOO_LARGE', 'too-many-operations': 'OPERATIONS_EXCEEDED', 'unavailable': 'UNAVAILABLE' },
} as const satisfies Record<string, Record<string, ErrorCode>>;

/** Those of them after which the same operation may succeed later. The guest has this list and not the table of all codes, of which it meets few. */
export const retryableErrors: readonly string[] = [
  'CONNECTION_FAILED',
  'DEADLINE_EXCEEDED',
  'PROVIDER_FAILED',
  'RATE_LIMITED',
  'UNAVAILABLE',
];
