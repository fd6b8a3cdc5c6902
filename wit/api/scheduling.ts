/** Who holds resource tokens, who waits for them, and what became of a call. */

/** What a waiter waits for: one holder, and the tokens that stand against each other. */
export interface WaitsFor {
  readonly holder: string;
  readonly label: string;
  /** Labels from the outermost caller to the holder. */
  readonly path: readonly string[];
  readonly held: string;
  readonly wanted: string;
}

/** Who holds. */
export interface TokenHold {
  readonly grant: string;
  /** A call's id, or what an external client calls itself. */
  readonly holder: string;
  readonly label: string;
  readonly path: readonly string[];
  readonly tokens: readonly string[];
  /** Grows with every grant of the host. */
  readonly epoch: number;
  /** For how long. */
  readonly sinceMs: number;
  /** Absent where it holds until it gives back. */
  readonly expiresInMs: number | undefined;
}

/** Who waits. */
export interface TokenWait {
  readonly holder: string;
  readonly label: string;
  readonly path: readonly string[];
  readonly tokens: readonly string[];
  readonly priority: number;
  readonly waitingMs: number;
  /** Waiters that come before it. */
  readonly position: number;
  readonly waitsFor: readonly WaitsFor[];
  /** In words, one sentence each. */
  readonly reasons: readonly string[];
}

/** How much of a quota is used. */
export interface TokenQuota {
  readonly name: string;
  readonly covers: string;
  readonly kind: 'concurrency' | 'rate' | 'capacity';
  readonly used: number;
  readonly max: number;
  /** Of a rate: the time that `max` counts for. */
  readonly perMs: number | undefined;
  readonly waiting: number;
}

/** All of it at one moment. */
export interface TokenState {
  /** All of them; at most 1,000 of each are listed. */
  readonly totals: { readonly holds: number; readonly waits: number };
  readonly holds: readonly TokenHold[];
  readonly waits: readonly TokenWait[];
  readonly quotas: readonly TokenQuota[];
}

/** Where a call is, and why it is not further. */
export interface CallExplanation {
  readonly callId: string;
  readonly tool: string;
  /** `name@version`. */
  readonly bundle: string;
  /** `waiting`: for tokens. */
  readonly state: 'waiting' | 'running' | 'finished';
  /** Calls that led to it, outermost first, as `bundle@version/tool (call id)`. */
  readonly path: readonly string[];
  readonly substrate: 'wasm' | 'container' | 'host';
  /** Why it runs there, in words. */
  readonly placement: readonly string[];
  /** Why it waits, in words; empty where it does not. */
  readonly reasons: readonly string[];
  readonly startedAtMs: number;
  /** Time that it waited before it began, so far where it still does. */
  readonly waitedMs: number;
  /** `done`, or the code of its error; absent while it runs. */
  readonly outcome: string | undefined;
}

/** One place in which the two substrates differ. */
export interface DivergentPlace {
  readonly what: 'outcome' | 'output' | 'error' | 'operations' | 'logs';
  /** JSON pointer into what is compared; empty for all of it. */
  readonly at: string;
  /** JSON; absent where there is nothing. */
  readonly wasm: string | undefined;
  readonly container: string | undefined;
}

/** What a call came to on both substrates. */
export interface Divergence {
  readonly tool: string;
  readonly bundle: string;
  readonly same: boolean;
  /** The first of them, at most 100. */
  readonly differences: readonly DivergentPlace[];
  /** Operations that ran, in the order in which they were started: `kv.set`. */
  readonly operations: readonly string[];
  /** Which one ran them; the other one was given the same completions. */
  readonly effectsOn: 'wasm' | 'container';
  readonly outcome: { readonly wasm: string; readonly container: string };
  readonly wallMs: { readonly wasm: number; readonly container: number };
}
