/** The interfaces between folders: who runs components, operations and whole calls. */
export { type Clock, systemClock } from './clock.ts';
export type {
  CallStart,
  Completion,
  ComponentReference,
  Engine,
  EngineCall,
  EngineLimits,
  GuestError,
  LoadedComponent,
  LogLine,
  ReadyOperation,
  StartedOperation,
  Turn,
  TurnOutcome,
} from './engine.ts';
export type { Caller, EffectClass, Operations } from './operations.ts';
export type {
  CallObserver,
  CallOutcome,
  CallUsage,
  CallerOnPath,
  FinishedOperation,
  ToolCall,
  ToolRunner,
} from './tool-runner.ts';
