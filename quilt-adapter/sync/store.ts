/**
 * What of the scheduler outlives its process: leases of external holders, how far epochs were given out, and what of a rate is used up.
 * Holds without a lease die with the process, since those who hold them do.
 *
 * Times are of the monotonic clock of one boot of the machine. Whoever starts under another boot id drops the leases: their time cannot be compared.
 */

/** A lease, as it is written before its holder learns of it. */
export interface StoredLease {
  /** Unique, over restarts as well. */
  readonly grant: string;
  readonly holder: string;
  readonly label: string;
  readonly path: readonly string[];
  /** In their canonical spelling. */
  readonly tokens: readonly string[];
  /** Of a capacity quota. */
  readonly amount: number;
  readonly epoch: number;
  readonly grantedAtMs: number;
  readonly expiresAtMs: number;
}

/** A part of a rate that is used up or set aside. */
export interface StoredRateBlock {
  readonly units: number;
  /** When the last of its units was used; absent while it is being used, which counts as the moment of the restart. */
  readonly untilMs: number | undefined;
}

/** What a rate quota has used within its period, oldest first. */
export interface StoredRate {
  /** The quota's name. */
  readonly quota: string;
  readonly blocks: readonly StoredRateBlock[];
}

/** All that a store holds. */
export interface SyncState {
  /** The boot whose clock the times are of; absent in a store that was never used. */
  readonly bootId: string | undefined;
  /** No epoch above this one was ever given out. */
  readonly epochsReserved: number;
  readonly leases: readonly StoredLease[];
  readonly rates: readonly StoredRate[];
}

/**
 * Where it is kept. Every call is synchronous, and what it wrote is on disk when it returns; `deleteLeases` alone may come
 * later, since a lease that returns after a restart ends by itself. A call that throws has written nothing.
 */
export interface SyncStore {
  /** What the last process left. */
  load(): SyncState;
  /** Puts this in the place of everything, in one transaction: what goes on after a restart. */
  replace(state: SyncState): void;
  /** Called once for many grants. */
  reserveEpochs(upTo: number): void;
  /** Adds a lease, or replaces the one of the same grant. */
  putLease(lease: StoredLease): void;
  /** Nothing where they are gone. */
  deleteLeases(grants: readonly string[]): void;
  /** Replaces what is known of this quota; without blocks, forgets it. */
  putRate(rate: StoredRate): void;
}

/** A store in memory, for a scheduler whose state need not outlive it, and for tests: whoever keeps the object keeps the state. */
export function createMemorySyncStore(): SyncStore {
  let bootId: string | undefined;
  let epochsReserved = 0;
  const leases = new Map<string, StoredLease>();
  const rates = new Map<string, StoredRate>();
  return {
    load: () => ({ bootId, epochsReserved, leases: [...leases.values()], rates: [...rates.values()] }),
    replace(state) {
      ({ bootId, epochsReserved } = state);
      leases.clear();
      rates.clear();
      for (const lease of state.leases) leases.set(lease.grant, lease);
      for (const rate of state.rates) rates.set(rate.quota, rate);
    },
    reserveEpochs(upTo) {
      epochsReserved = Math.max(epochsReserved, upTo);
    },
    putLease(lease) {
      leases.set(lease.grant, lease);
    },
    deleteLeases(grants) {
      for (const grant of grants) leases.delete(grant);
    },
    putRate(rate) {
      if (rate.blocks.length === 0) rates.delete(rate.quota);
      else rates.set(rate.quota, rate);
    },
  };
}
