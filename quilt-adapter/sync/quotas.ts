/** Quotas, checked and ready to count. */
import { type Token, covers, printToken } from '#wit/tokens';
import { configInvalid } from './errors.ts';
import { capacityMax, nameCharactersMax, quotasMax, ratePeriodMsMax, rateUnitsMax } from './limits.ts';
import { RateWindow } from './rate-window.ts';
import { RankedQueue } from './ranked-queue.ts';
import type { QuotaState, Share } from './records.ts';
import type { Quota } from './scheduler.ts';
import type { StoredRate } from './store.ts';

/** Every quota, to be found by its name and by the kind of token that it counts. */
export interface QuotaStates {
  readonly byName: ReadonlyMap<string, QuotaState>;
  readonly byKind: ReadonlyMap<Token['kind'], readonly QuotaState[]>;
}

/** Reads quotas. @param write writes down what is set aside of a rate. @throws {CodedError} `CONFIG_INVALID`. */
export function readQuotas(quotas: readonly Quota[], write: (rate: StoredRate) => void): QuotaStates {
  if (quotas.length > quotasMax)
    throw configInvalid(`${quotas.length} quotas`, 'are too many', `Give at most ${quotasMax}`);
  const names = new Set<string>();
  const states = quotas.map((quota) => {
    checkQuota(quota, names);
    return stateOf(quota, write);
  });
  const byName = new Map(states.map((state) => [state.quota.name, state]));
  return { byName, byKind: Map.groupBy(states, ({ quota }) => quota.covers.kind) };
}

function checkQuota({ name, rule }: Quota, names: Set<string>): void {
  const what = `the quota ${JSON.stringify(name.slice(0, nameCharactersMax))}`;
  if (name.length === 0 || name.length > nameCharactersMax)
    throw configInvalid(what, 'has no usable name', `Name it with 1 to ${nameCharactersMax} characters`);
  if (names.has(name)) throw configInvalid(what, 'stands there twice', 'Give each quota a name of its own');
  names.add(name);
  const most = rule.kind === 'rate' ? rateUnitsMax : capacityMax;
  if (!Number.isInteger(rule.max) || rule.max < 1 || rule.max > most)
    throw configInvalid(what, `has the maximum ${rule.max}`, `Give a whole number from 1 to ${most}`);
  if (rule.kind === 'rate' && !(rule.perMs >= 1 && rule.perMs <= ratePeriodMsMax))
    throw configInvalid(what, `has the period ${rule.perMs} ms`, `Give 1 to ${ratePeriodMsMax} ms`);
}

function stateOf(quota: Quota, write: (rate: StoredRate) => void): QuotaState {
  const { name, rule } = quota;
  const window = rule.kind === 'rate' ? new RateWindow({ name, max: rule.max, perMs: rule.perMs }, write) : undefined;
  const state: QuotaState = {
    quota,
    covers: printToken(quota.covers),
    max: rule.max,
    window,
    used: 0,
    holders: new Map(),
    queue: new RankedQueue(),
    specials: new Set(),
    alarm: undefined,
  };
  if (window !== undefined) state.alarm = { kind: 'refill', state, dueMs: 0, order: 0, place: -1 };
  return state;
}

const noShares: readonly Share[] = [];

/** What tokens take of quotas. A quota counts a request once, however many of its tokens it covers. */
export function sharesOf(tokens: readonly Token[], amount: number, { byKind }: QuotaStates): readonly Share[] {
  let shares: Share[] | undefined;
  for (const token of tokens) {
    for (const state of byKind.get(token.kind) ?? []) {
      if (!covers(state.quota.covers, token) || shares?.some((share) => share.state === state) === true) continue;
      (shares ??= []).push({ state, amount: state.quota.rule.kind === 'capacity' ? amount : 1 });
    }
  }
  return shares ?? noShares;
}
