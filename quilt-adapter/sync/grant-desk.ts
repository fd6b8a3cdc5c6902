/**
 * Gives grants their epoch and their lease, writes down what outlives the process, and brings it back.
 *
 * An epoch grows with each grant. They are set aside in blocks, so that a grant costs no write and a restart skips what was left of a block.
 */
import { parseToken, printToken } from '#wit/tokens';
import type { Ledger } from './ledger.ts';
import { epochBlock, expiredRememberedMax } from './limits.ts';
import { type QuotaStates, sharesOf } from './quotas.ts';
import type { Demand, GrantRecord } from './records.ts';
import type { Grant } from './scheduler.ts';
import type { ScopeTree } from './scope-tree.ts';
import type { StoredLease, StoredRate, SyncStore } from './store.ts';

/** What a desk works with. */
interface DeskOptions {
  readonly store: SyncStore;
  readonly bootId: string;
  readonly ledger: Ledger;
  readonly quotas: QuotaStates;
}

/** The desk. */
export class GrantDesk {
  readonly #options: DeskOptions;
  #epoch = 0;
  #reserved = 0;
  readonly #expired = new Set<string>();
  #ended: string[] = [];

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Grants a request whose way is free. Throws where the store does, and has then changed nothing but the count of epochs and of a rate. */
  issue(demand: Demand, nowMs: number): GrantRecord {
    const { holder, tokens, shares, leaseMs } = demand;
    const epoch = this.#nextEpoch();
    for (const { state } of shares) state.window?.prepare(nowMs);
    const expiresAtMs = leaseMs === undefined ? undefined : nowMs + leaseMs;
    const grant: Grant = { id: `g${epoch}`, holder: holder.id, tokens, epoch, expiresAtMs };
    if (expiresAtMs !== undefined) this.#put(demand, grant, { grantedAtMs: nowMs, expiresAtMs });
    for (const { state } of shares) state.window?.use(nowMs);
    return this.#options.ledger.hold(demand, grant, nowMs);
  }

  /** Lengthens a lease; never shortens it. */
  renew(record: GrantRecord, expiresAtMs: number): Grant {
    const grant = { ...record.grant, expiresAtMs };
    const { sinceMs: grantedAtMs } = record;
    this.#put({ holder: record.holder, amount: record.amount }, grant, { grantedAtMs, expiresAtMs });
    record.grant = grant;
    return grant;
  }

  #put(
    { holder, amount }: Pick<Demand, 'holder' | 'amount'>,
    { id, tokens, epoch }: Grant,
    times: Pick<StoredLease, 'grantedAtMs' | 'expiresAtMs'>,
  ): void {
    const { id: name, label, path } = holder;
    const lease = { grant: id, holder: name, label, path, tokens: tokens.map(printToken), amount, epoch, ...times };
    this.#options.store.putLease(lease);
  }

  /** Takes a grant back. */
  end(record: GrantRecord, why: 'released' | 'expired'): void {
    const { grant } = record;
    this.#options.ledger.unhold(record);
    if (grant.expiresAtMs === undefined) return;
    if (why === 'expired') this.#remember(grant.id);
    this.#ended.push(grant.id);
    this.#forgetEnded();
  }

  /** A lease that cannot be deleted now is deleted with the next one: until then a restart would bring it back for the rest of its time. */
  #forgetEnded(): void {
    try {
      this.#options.store.deleteLeases(this.#ended);
      this.#ended = [];
    } catch {
      // What cannot be deleted cannot be added to either, so that the list is not longer than the leases were.
    }
  }

  /** Whether a grant ended by itself, as far as anybody remembers. */
  hasExpired(grant: string): boolean {
    return this.#expired.has(grant);
  }

  #remember(grant: string): void {
    this.#expired.add(grant);
    if (this.#expired.size <= expiredRememberedMax) return;
    for (const oldest of this.#expired) {
      this.#expired.delete(oldest);
      return;
    }
  }

  #nextEpoch(): number {
    if (this.#epoch === this.#reserved) {
      this.#options.store.reserveEpochs(this.#reserved + epochBlock);
      this.#reserved += epochBlock;
    }
    this.#epoch += 1;
    return this.#epoch;
  }

  /** Brings back what the last process left. @returns the leases that go on, and those that have ended. */
  recover(tree: ScopeTree, nowMs: number): Recovered {
    const { store, bootId, quotas } = this.#options;
    const state = store.load();
    this.#epoch = state.epochsReserved;
    this.#reserved = state.epochsReserved;
    const same = state.bootId === bootId;
    const goesOn = ({ expiresAtMs }: StoredLease): boolean => same && expiresAtMs > nowMs;
    const [alive, ended] = [state.leases.filter(goesOn), state.leases.filter((lease) => !goesOn(lease))];
    const rates: StoredRate[] = [];
    for (const { quota, blocks } of state.rates) {
      const window = quotas.byName.get(quota)?.window;
      if (window !== undefined) rates.push(window.recover(blocks, { same, nowMs }));
    }
    store.replace({ bootId, epochsReserved: state.epochsReserved, leases: alive, rates });
    for (const { grant } of ended) this.#remember(grant);
    return { alive: alive.map((lease) => this.#holdAgain(lease, tree)), ended };
  }

  #holdAgain(lease: StoredLease, tree: ScopeTree): GrantRecord {
    const { ledger, quotas } = this.#options;
    const { grant: id, holder: name, label, path, epoch, expiresAtMs, amount, grantedAtMs } = lease;
    const tokens = lease.tokens.map(parseToken);
    const holder = ledger.holder(name) ?? ledger.newHolder({ holder: name, label, path, tokens }, undefined);
    const locks = tokens.map((token) => tree.lockOf(token)).filter((lock) => lock !== undefined);
    const shares = sharesOf(tokens, amount, quotas);
    const demand = { ...{ holder, tokens, locks, shares, amount }, ...neverWaits, seq: 0, sinceMs: grantedAtMs };
    return ledger.hold(demand, { id, holder: name, tokens, epoch, expiresAtMs }, grantedAtMs);
  }
}

/** What was brought back. */
export interface Recovered {
  readonly alive: readonly GrantRecord[];
  readonly ended: readonly StoredLease[];
}

const neverWaits = {
  leaseMs: undefined,
  priority: 0,
  level: 0,
  waiting: undefined,
  passes: undefined,
  special: false,
} as const;
