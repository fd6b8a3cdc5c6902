/** What schedules resource tokens: who may hold what, who waits, and for whom. */
import type { TokenHold, TokenQuota, TokenState, TokenWait, WaitsFor } from '#wit/api';
import type { Token } from '#wit/tokens';

/** Who asks for tokens, and how long it may take. */
export interface AcquireRequest {
  /** Unique among those that hold or wait: a call's id, or a name of an external client's. */
  readonly holder: string;
  /** The holder whose holds count as its own: the caller of a nested call. */
  readonly parent?: string;
  /** What people read: `bundle@version/tool`, or what an external client says of itself. */
  readonly label: string;
  /** Labels from the outermost caller to this one. */
  readonly path?: readonly string[];
  /** All of them or none. */
  readonly tokens: readonly Token[];
  /** How much of a capacity quota it takes; 1 where absent. */
  readonly amount?: number;
  /** 0 (last) to 9 (first); 5 where absent. */
  readonly priority?: number;
  /** Ends by itself after this many milliseconds unless renewed; until it is released where absent. */
  readonly leaseMs?: number;
  /** Longest wait in milliseconds. */
  readonly timeoutMs?: number;
}

/** What was granted. */
export interface Grant {
  /** Unique; for renewal and release. */
  readonly id: string;
  readonly holder: string;
  readonly tokens: readonly Token[];
  /** Grows with each grant of the host, over restarts: a store refuses a writer whose epoch is older than the newest one that it saw. */
  readonly epoch: number;
  /** Of the scheduler's monotonic clock; absent where it has no end. */
  readonly expiresAtMs: number | undefined;
}

/** A quota on tokens: the mode that they are held in says nothing about how many may be. */
export interface Quota {
  /** Unique; people read it. */
  readonly name: string;
  /** It counts requests for tokens that this one covers, as `llm:openai:*`. */
  readonly covers: Token;
  readonly rule:
    | { readonly kind: 'concurrency'; readonly max: number }
    | { readonly kind: 'rate'; readonly max: number; readonly perMs: number }
    | { readonly kind: 'capacity'; readonly max: number };
}

/** What a view shows, as clients of a host see it. */
export type HoldView = TokenHold;
export type WaitView = TokenWait;
export type QuotaView = TokenQuota;
export type SchedulerView = TokenState;
export type { WaitsFor };

/** What happened, for events, logs and metrics. */
export type SchedulerEvent =
  | { readonly kind: 'granted'; readonly holder: string; readonly label: string; readonly waitedMs: number }
  | { readonly kind: 'waiting'; readonly holder: string; readonly label: string; readonly reasons: readonly string[] }
  | { readonly kind: 'released'; readonly holder: string; readonly label: string }
  | { readonly kind: 'expired'; readonly holder: string; readonly label: string; readonly tokens: readonly string[] }
  | { readonly kind: 'deadlock'; readonly victim: string; readonly cycle: readonly WaitsFor[] };

/** The scheduler. */
export interface TokenScheduler extends Disposable {
  /** Grants at once, or says that it would wait; never queues. @throws {CodedError} `REQUEST_INVALID`, `OVERLOADED`. */
  tryAcquire(request: AcquireRequest): Grant | undefined;
  /**
   * Grants as soon as nothing stands against it.
   * @throws {CodedError} `DEADLOCK` for the victim of a cycle, with the cycle in its details; `DEADLINE_EXCEEDED`, `CANCELLED`, `OVERLOADED`, `REQUEST_INVALID`.
   */
  acquire(request: AcquireRequest, signal?: AbortSignal): Promise<Grant>;
  /** Gives more time. @throws {CodedError} `LEASE_EXPIRED`, `NOT_FOUND`. */
  renew(grant: string, leaseMs: number): Grant;
  /** Gives back; nothing where it is gone. */
  release(grant: string): void;
  /** Gives back whatever a holder has, and ends its waits as `CANCELLED`. */
  releaseHolder(holder: string): void;
  /** Whether a write under this epoch may still happen: the grant that it came with has neither expired nor been given back. */
  isCurrent(grant: string, epoch: number): boolean;
  view(): SchedulerView;
  /** Why a holder has not begun: empty where it does not wait. */
  reasons(holder: string): readonly string[];
}
