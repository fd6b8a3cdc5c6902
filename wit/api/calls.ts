/** A call of a tool, as a client of a host sees it. */
import type { CallOutcome } from '#wit/interfaces';

/** What goes with any request. Absent fields are the host's own. */
export interface RequestOptions {
  /** Cancels the request; a tool that runs is cancelled with it. */
  readonly signal?: AbortSignal;
  /** Milliseconds from now after which nobody waits for the answer: `DEADLINE_EXCEEDED`. */
  readonly timeoutMs?: number;
  /** Names the request in logs and traces; 1 to 128 characters of `A-Z a-z 0-9 . _ : -`. Drawn by the host where absent. */
  readonly requestId?: string;
  /** A repeated key of the same client returns the first answer, also after a restart; 1 to 128 characters as above. */
  readonly idempotencyKey?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
}

/** Which tool with what. */
export interface CallRequest {
  /** `tool`, or `bundle/tool` where more than one bundle has a tool of that name. */
  readonly tool: string;
  /** A JSON value; bytes stand as `Uint8Array`. */
  readonly input: unknown;
  /** Wall time of the call; the tool's own where absent, and never more than that. */
  readonly timeoutMs?: number;
  /** 32 bytes; drawn by the host where absent. */
  readonly seed?: Uint8Array;
  /** Calls of one client that share it may share a container, where the host allows that; 1 to 128 characters of `A-Z a-z 0-9 . _ : -`. */
  readonly session?: string;
}

/** How far a call is. `operation`: one of `aria:host` that it finished; `log`: a line that it wrote. */
export type CallProgress =
  | { readonly kind: 'started'; readonly callId: string; readonly bundle: string }
  | { readonly kind: 'operation'; readonly operation: string; readonly outcome: string; readonly durationMs: number }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      /** A JSON object. */
      readonly fields: string | undefined;
    };

/** What goes with a call. */
export interface CallOptions extends RequestOptions {
  /** Hears of progress in order, before the result; must not throw. */
  readonly progress?: (progress: CallProgress) => void;
}

/** What a call came to. A tool that failed is a result; a request that was refused is an exception. */
export type CallResult = CallOutcome & {
  readonly callId: string;
  /** `name@version` of the bundle that ran. */
  readonly bundle: string;
};
