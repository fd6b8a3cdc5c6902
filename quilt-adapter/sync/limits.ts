/** Maxima and times of the scheduler. */

/** What a host may change. */
export interface SyncLimits {
  /** Holders that hold, wait, or call one that does. */
  readonly holders: number;
  /** Requests that wait. */
  readonly waiters: number;
  /** Requests that wait for one scope or one quota. */
  readonly waitersPerScope: number;
  /** Grants that are held. */
  readonly grants: number;
  /** Tokens of one request. */
  readonly tokens: number;
  /** Calls within calls. */
  readonly depth: number;
  /** Whoever waited this long goes before all that came after it, whatever their priority. */
  readonly agingMs: number;
  /** Longest lease and longest wait. */
  readonly leaseMs: number;
  /** Holds and waits that a view lists, each. */
  readonly viewed: number;
}

/** What holds where a host says nothing. */
export const syncDefaults: SyncLimits = {
  holders: 65_536,
  // Ten thousand of them are what the scheduler is measured with.
  waiters: 32_768,
  waitersPerScope: 16_384,
  grants: 131_072,
  // A tool has at most 64; a component that holds the tokens of all that it calls has more.
  tokens: 256,
  depth: 64,
  // A third of a tool's default deadline: low priority may cost a wait, not the call.
  agingMs: 10_000,
  leaseMs: 24 * 60 * 60 * 1000,
  viewed: 1_000,
};

/**
 * How much of a maximum a request may find in use. Leases are what other processes have: they get half, so that none of them can take the places of
 * the host's own calls.
 */
export function roomFor({ leaseMs }: { readonly leaseMs?: number | undefined }, max: number): number {
  return leaseMs === undefined ? max : Math.ceil(max / 2);
}

/** Quotas of a scheduler. */
export const quotasMax = 1_024;
/** Requests within a rate's period: each is remembered by its time, eight bytes. */
export const rateUnitsMax = 100_000;
/** Longest period of a rate: 31 days. */
export const ratePeriodMsMax = 31 * 24 * 60 * 60 * 1000;
/** Largest capacity or concurrency. */
export const capacityMax = 1_000_000_000;
/** A holder, a label, a part of a path. */
export const nameCharactersMax = 512;
/** Labels of a call path. */
export const pathLabelsMax = 128;
/** Grants that expired and are remembered, so that their owners learn that they slept. */
export const expiredRememberedMax = 10_000;
/** Epochs set aside by one write: they are free (2^53), writes are not. */
export const epochBlock = 1_048_576;
/** Parts that a rate's maximum is written down in: a crash costs at most one part of the allowance. */
export const rateBlocks = 16;
/** Idle scopes that are kept, so that their ancestors need not be found again. */
export const idleScopesMax = 16_384;
/** The longest alarm; later ones are set again. */
export const alarmMsMax = 60 * 60 * 1000;
/** Blockers that are named in the reasons of one wait. */
export const reasonsMax = 16;
