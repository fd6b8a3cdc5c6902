/**
 * `@aria/sdk`: what tools import. Everything is a promise, and works the same in a WebAssembly sandbox and in a container.
 */
export {
  type AriaOptions,
  type Given,
  type ParameterType,
  type Shape,
  type Taken,
  type ToolEffect,
  type ToolFunction,
  type ToolOptions,
  type ToolParameter,
  type ToolResources,
  type ToolTrust,
  type TypeWords,
  aria,
  tool,
} from './decorators.ts';
export type { SchemaInput, SchemaOutput, StandardIssue, StandardResult, StandardSchema } from './standard-schema.ts';
export {
  type AgentMemory,
  type AgentModel,
  type AgentOptions,
  type AgentStep,
  type ClassReference,
  type ConditionStep,
  type ErrorStrategy,
  type ParallelStep,
  type PipelineOptions,
  type PipelineStep,
  type StepInputs,
  type StepOutputs,
  type StrategyName,
  type TeamOptions,
  type TeamStep,
  type TeamStrategy,
  type ToolReference,
  type ToolStep,
  agent,
  pipeline,
  team,
} from './orchestration.ts';
export { OperationError, type OperationFailure, ToolError, type ToolErrorOptions } from './errors.ts';
export type { Json, ToolValue } from './json.ts';
export { type KvListOptions, type KvNamespace, kv } from './kv.ts';
export { type FilesRoot, files } from './files.ts';
export {
  type VectorCollection,
  type VectorItem,
  type VectorMatch,
  type VectorMetadata,
  type VectorQueryOptions,
  vectors,
} from './vectors.ts';
export { type Fetch, net } from './net.ts';
export {
  type Completion,
  type CompletionRequest,
  type CompletionStream,
  type EmbeddingRequest,
  type Message,
  type ToolDefinition,
  type ToolUse,
  llm,
} from './llm.ts';
export { type ComputeBinding, type ComputeBuffer, type ComputeRequest, gpu } from './gpu.ts';
export { tools } from './tools.ts';
export { agents } from './agents.ts';
export { context } from './context.ts';
export { type LogFields, log } from './log.ts';
export { remainingMs, signal } from './call.ts';
