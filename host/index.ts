/** The WASM host: engines, operations, and the runner of tool calls. */
export { type Clock, systemClock } from './clock.ts';
export { type V8EngineOptions, createV8Engine } from './engine/v8/engine.ts';
export { type EngineChoice, type EngineOptions, createEngine, engineHere } from './engine/create-engine.ts';
export { openArtifactKey } from './engine/wasmtime/artifact-key.ts';
export { type WasmtimeEngine, type WasmtimeEngineOptions, createWasmtimeEngine } from './engine/wasmtime/engine.ts';
export { wasmtimeAvailable } from './engine/wasmtime/native.ts';
export { type Host, type HostOptions, type LoadOptions, createHost } from './host.ts';
export type { KeyQuery, KeyValueStore, ValueChange, WriteResult } from './imports/kv.ts';
export { callLimits, componentLimits, engineDefaults, entryBytes, kvLimits, turnLimits } from './limits.ts';
export { type StoreLimits, createMemoryStore } from './operations/memory-store.ts';
export type { NestedCalls } from './imports/tools.ts';
export {
  type OperationLocks,
  type OperationRecord,
  type OperationsOptions,
  createOperations,
} from './operations/operations.ts';
export type { RunLimits } from './runner/call-run.ts';
export { narrowed, withinOf } from './runner/narrowed.ts';
export type { ToolComponent } from './runner/tool-program.ts';
export { type ToolRunnerOptions, createToolRunner } from './runner/tool-runner.ts';
