/** What the container engine needs of others. */
import type { Caller, Clock } from '#wit/interfaces';
import type { ManifestTool } from '#wit/manifest';
import type { Token } from '#wit/tokens';
import type { Forwarding } from '#wit/turns';

export type { Clock };

/** A call that is about to begin in a container. */
export interface ServedCall {
  /** Of the container; unique on the machine. */
  readonly containerId: string;
  /** The container's socket directory, on the machine: what is served is made here. */
  readonly directory: string;
  /** The same directory as code inside sees it. */
  readonly directoryInside: string;
  /** Absent where nobody runs operations for the call. */
  readonly caller: Caller | undefined;
  readonly bundle: string;
  readonly tool: string;
  /** What its source runs in: that of `quickjs` has no sockets of its own. */
  readonly engine: ManifestTool['engine'];
  /** The conversation that it belongs to; absent for none. */
  readonly session: string | undefined;
  /** Of the tool; what the call itself may touch is the caller's. */
  readonly tokens: readonly Token[];
}

/** What is served. Leaving the scope ends it. */
export interface CallServing extends AsyncDisposable {
  /** Variables for code inside, beside those of `forwarding`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The way out; none without a token for it. */
  readonly forwarding: Forwarding | undefined;
  /** What `/etc/hosts` says beside `localhost`. */
  readonly hosts: string;
}

/** What a call has beside its turns: ICC, the way to the proxy. */
export interface CallServices {
  /** Begins to serve a call. @throws {CodedError} The call ends with it. */
  open(call: ServedCall, signal: AbortSignal): Promise<CallServing>;
}
