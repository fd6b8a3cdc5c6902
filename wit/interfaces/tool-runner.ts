/** What runs a whole tool call: the WASM host and the container side implement it, held to one table of conformance cases. */
import type { ErrorCode, WireError } from '#wit/errors';
import type { OperationName } from '#wit/host-types';
import type { Token } from '#wit/tokens';
import type { LogLine } from './engine.ts';

/** An operation that is over. */
export interface FinishedOperation {
  readonly operation: OperationName;
  /** `abandoned`: the guest gave it up, or the call ended first. */
  readonly outcome: 'done' | 'abandoned' | ErrorCode;
  readonly durationMs: number;
}

/** Hears of a call while it runs, in order, and of nothing after its outcome. */
export interface CallObserver {
  /** A line, when the turn that wrote it has ended. */
  log(line: LogLine): void;
  /** An operation, when it is over. */
  operation(finished: FinishedOperation): void;
}

/** A call that led to another one. */
export interface CallerOnPath {
  readonly callId: string;
  /** `name@version` of the bundle. */
  readonly bundle: string;
  readonly tool: string;
}

/** A call of a tool. */
export interface ToolCall {
  /** Unique in the host; names the call in logs and audit. */
  readonly id: string;
  readonly tool: string;
  /** A JSON value; bytes stand as `Uint8Array`. */
  readonly input: unknown;
  /** 32 bytes; drawn by the runner where absent. A call with the same seed and completions runs the same. */
  readonly seed?: Uint8Array;
  /** Wall time of the call, waiting included; the tool's own where absent, and never more than that. */
  readonly timeoutMs?: number;
  /** Calls of one caller that share it may share a container; each has its own where absent. */
  readonly session?: string;
  /** Whose call it is, for tools of the host itself; a call of a tool by a tool has its caller's, and never an administrator's rights. */
  readonly client?: { readonly name: string; readonly admin: boolean };
  /** What its caller may touch, where a tool called it: it has nothing beyond that. */
  readonly within?: readonly Token[];
  /** The calls that led to this one, outermost first. */
  readonly path?: readonly CallerOnPath[];
  /** Hears how far it is. One that throws hears no more; the call goes on. */
  readonly observer?: CallObserver;
}

/** What a call cost. */
export interface CallUsage {
  readonly wallMs: number;
  readonly computeMs: number;
  readonly memoryBytesPeak: number;
  readonly turns: number;
  readonly operations: number;
}

/** What a call came to. */
export type CallOutcome = {
  readonly logs: readonly LogLine[];
  /** Log bytes dropped over the maximum. */
  readonly logBytesDropped: number;
  readonly usage: CallUsage;
} & (
  | { readonly kind: 'done'; /** A JSON value; bytes stand as `Uint8Array`. */ readonly output: unknown }
  | {
      readonly kind: 'failed';
      readonly error: WireError;
      /** Mapped to the author's lines. */ readonly stack: string | undefined;
    }
);

/** Runs calls of the tools that it was made for. */
export interface ToolRunner extends AsyncDisposable {
  /**
   * Runs a call to its outcome; rejects only for bugs. `signal` cancels it: the outcome is then `CANCELLED`, or the error of its reason where that is a
   * `CodedError`.
   */
  run(call: ToolCall, signal?: AbortSignal): Promise<CallOutcome>;
}
