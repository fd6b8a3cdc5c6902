/** The scheduler's rules once more, without any index: every question is answered by looking at everything. */
import { type Token, conflicts, covers } from '#wit/tokens';
import type { Quota } from '../../../quilt-adapter/sync/scheduler.ts';

export interface ModelWait {
  readonly holder: string;
  readonly tokens: readonly Token[];
  readonly amount: number;
  readonly priority: number;
  readonly seq: number;
  readonly sinceMs: number;
}

export interface ModelHold {
  readonly id: string;
  readonly holder: string;
  readonly tokens: readonly Token[];
  readonly units: ReadonlyMap<string, number>;
  expiresAtMs: number | undefined;
}

/** What is held and waited for, as a test observed it. */
export class ReferenceModel {
  readonly quotas: readonly Quota[];
  readonly agingMs: number;
  readonly parents = new Map<string, string>();
  readonly holds = new Map<string, ModelHold>();
  readonly waits = new Set<ModelWait>();
  readonly rates = new Map<string, number[]>();
  nowMs = 0;

  constructor(quotas: readonly Quota[], agingMs: number) {
    this.quotas = quotas;
    this.agingMs = agingMs;
  }

  line(holder: string): readonly string[] {
    const line: string[] = [];
    for (let at: string | undefined = holder; at !== undefined; at = this.parents.get(at)) line.push(at);
    return line;
  }

  related(left: string, right: string): boolean {
    return this.line(left).includes(right) || this.line(right).includes(left);
  }

  isLive(holder: string): boolean {
    const active = [...this.holds.values(), ...this.waits].map((item) => item.holder);
    return active.some((other) => this.line(other).includes(holder));
  }

  rank(wait: ModelWait): readonly [level: number, seq: number] {
    return [this.nowMs - wait.sinceMs >= this.agingMs ? 10 : wait.priority, wait.seq];
  }

  isBefore(left: ModelWait, right: ModelWait): boolean {
    const [[a, b], [c, d]] = [this.rank(left), this.rank(right)];
    return a > c || (a === c && b < d);
  }

  excludes(left: readonly Token[], right: readonly Token[]): boolean {
    return left.some((one) => right.some((other) => conflict(one, other)));
  }

  blockingHolds(wait: ModelWait): readonly ModelHold[] {
    const line = this.line(wait.holder);
    return [...this.holds.values()].filter(
      (hold) => !line.includes(hold.holder) && this.excludes(hold.tokens, wait.tokens),
    );
  }

  wanted(quota: Quota, wait: Pick<ModelWait, 'tokens' | 'amount' | 'holder'>): number {
    if (!wait.tokens.some((token) => covers(quota.covers, token))) return 0;
    if (quota.rule.kind === 'rate') return 1;
    const line = this.line(wait.holder);
    let own = 0;
    for (const hold of this.holds.values()) if (line.includes(hold.holder)) own += hold.units.get(quota.name) ?? 0;
    return Math.max(0, (quota.rule.kind === 'capacity' ? wait.amount : 1) - own);
  }

  free(quota: Quota, except?: ReadonlySet<string>): number {
    const { rule, name } = quota;
    if (rule.kind === 'rate')
      return rule.max - (this.rates.get(name) ?? []).filter((atMs) => atMs + rule.perMs > this.nowMs).length;
    let used = 0;
    for (const hold of this.holds.values()) if (except?.has(hold.holder) !== true) used += hold.units.get(name) ?? 0;
    return rule.max - used;
  }

  /** Those before a request that want what it wants and that it must not overtake, unless they wait for it. */
  before(wait: ModelWait): readonly ModelWait[] {
    return [...this.waits].filter(
      (other) =>
        other !== wait &&
        this.isBefore(other, wait) &&
        !this.related(other.holder, wait.holder) &&
        this.excludes(other.tokens, wait.tokens),
    );
  }

  /** Whether a request waits for something that a holder's line holds. */
  waitsForLine(wait: ModelWait, holder: string): boolean {
    const line = this.line(holder);
    return this.blockingHolds(wait).some((hold) => line.includes(hold.holder));
  }

  /** Whether nothing at all is in a request's way: then it must not be waiting. */
  isFree(wait: ModelWait): boolean {
    if (this.blockingHolds(wait).length > 0) return false;
    if (this.before(wait).some((other) => !this.waitsForLine(other, wait.holder))) return false;
    return this.quotas.every((quota) => {
      const needed = this.wanted(quota, wait);
      if (needed === 0) return true;
      let left = this.free(quota) - needed;
      for (const other of this.waits) {
        if (other === wait || !this.isBefore(other, wait) || this.related(other.holder, wait.holder)) continue;
        left -= this.wanted(quota, other);
      }
      return left >= 0;
    });
  }

  grant(wait: ModelWait, id: string, expiresAtMs: number | undefined): void {
    const units = new Map<string, number>();
    for (const quota of this.quotas) {
      const needed = this.wanted(quota, wait);
      if (needed === 0) continue;
      if (quota.rule.kind === 'rate') this.rates.set(quota.name, [...(this.rates.get(quota.name) ?? []), this.nowMs]);
      else units.set(quota.name, needed);
    }
    this.waits.delete(wait);
    this.holds.set(id, { id, holder: wait.holder, tokens: wait.tokens, units, expiresAtMs });
  }

  /** Holders that can never go on, whoever goes first: found by letting everybody finish who can. */
  stuck(): ReadonlySet<string> {
    const left = new Set([...this.waits].flatMap(({ holder }) => this.line(holder)));
    const finished = new Set(
      [...this.holds.values()].map(({ holder }) => holder).filter((holder) => !left.has(holder)),
    );
    for (let size = -1; size !== left.size;) {
      size = left.size;
      for (const holder of left) {
        if (!this.#canFinish(holder, left, finished)) continue;
        left.delete(holder);
        finished.add(holder);
      }
    }
    return left;
  }

  #canFinish(holder: string, left: ReadonlySet<string>, finished: ReadonlySet<string>): boolean {
    for (const other of left) if (this.parents.get(other) === holder) return false;
    for (const wait of this.waits) {
      if (wait.holder !== holder) continue;
      if (this.blockingHolds(wait).some((hold) => left.has(hold.holder))) return false;
      for (const quota of this.quotas)
        if (quota.rule.kind !== 'rate' && this.free(quota, finished) < this.wanted(quota, wait)) return false;
    }
    return true;
  }
}

const known = new Map<Token, Map<Token, boolean>>();

/** As `conflicts`, remembered for the tokens of a test. */
function conflict(left: Token, right: Token): boolean {
  let row = known.get(left);
  if (row === undefined) known.set(left, (row = new Map()));
  let answer = row.get(right);
  if (answer === undefined) row.set(right, (answer = conflicts(left, right)));
  return answer;
}
