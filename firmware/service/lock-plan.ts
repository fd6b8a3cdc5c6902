/**
 * The proof against deadlocks: whether calls of active tools could come to wait for each other, and which tools therefore take more at their start.
 * All that is active is proven together, when it has changed; bundles without exclusive tokens and without counted ones cost a look.
 */
import { type DeadlockCheck, type Quota, checkDeadlocks } from '#quilt-adapter/sync';
import type { Manifest } from '#wit/manifest';
import { type Token, covers, parseToken } from '#wit/tokens';
import { deadlockPossible } from './errors.ts';
import type { ActiveBundle } from './ports.ts';

/** What the proof is about. */
export interface LockPlanSetting {
  /** Another map after each change. */
  readonly active: () => ReadonlyMap<string, ActiveBundle>;
  readonly quotas: readonly Quota[];
  /** Hears which cycles are ruled out by taking more at the start; never throws. */
  readonly serialised: (check: DeadlockCheck) => void;
  /** Hears that calls of what is active may end with `DEADLOCK`, as after a change of the quotas; never throws. */
  readonly unproven: (check: DeadlockCheck) => void;
}

/** See above. */
export class LockPlan {
  readonly #setting: LockPlanSetting;
  #seen: ReadonlyMap<string, ActiveBundle> | undefined;
  #plan: ReadonlyMap<string, readonly Token[]> = new Map();
  #told = '';

  constructor(setting: LockPlanSetting) {
    this.#setting = setting;
  }

  /** Whether a version may become active beside the others. @throws {CodedError} `DEADLOCK_POSSIBLE`, with the cycle. */
  check(candidate: Manifest): void {
    const others = this.#manifests().filter(({ name }) => name !== candidate.name);
    const after = this.#prove([...others, candidate]);
    if (isProven(after)) return;
    // What was not proven before is no fault of the candidate's: it only must not take part in it.
    const worse = isProven(this.#prove(others)) ? after : nothingHeld;
    const { deadlocks, tooLarge } =
      worse.tooLarge === undefined ? checkDeadlocks(others, candidate, { quotas: this.#setting.quotas }) : worse;
    const [deadlock] = [...deadlocks, ...worse.deadlocks];
    if (deadlock !== undefined || tooLarge !== undefined)
      throw deadlockPossible(candidate.name, tooLarge, deadlock?.cycle);
  }

  /** Proves what is active, where that has changed; else the next call does. */
  refresh(): void {
    const active = this.#setting.active();
    if (active === this.#seen) return;
    this.#seen = active;
    const check = this.#prove(this.#manifests());
    const plan = isProven(check) ? [...check.serialised] : [];
    this.#plan = new Map(plan.map(([key, tokens]) => [key, tokens.map(parseToken)]));
    this.#tell(check);
  }

  /** What a tool takes at its start beside its own; nothing for most. */
  takenBy(bundle: string, tool: string): readonly Token[] {
    this.refresh();
    return this.#plan.size === 0 ? [] : (this.#plan.get(`${bundle}/${tool}`) ?? []);
  }

  #manifests(): readonly Manifest[] {
    return [...this.#setting.active().values()].map(({ manifest }) => manifest);
  }

  #prove(manifests: readonly Manifest[]): DeadlockCheck {
    const { quotas } = this.#setting;
    return manifests.some((manifest) => holds(manifest, quotas))
      ? checkDeadlocks(manifests, undefined, { quotas })
      : nothingHeld;
  }

  /** Once, and not again for each bundle that comes or goes beside it. */
  #tell(check: DeadlockCheck): void {
    const text = JSON.stringify([check.deadlocks, [...check.serialised], check.tooLarge]);
    if (text === this.#told) return;
    this.#told = text;
    if (!isProven(check)) this.#setting.unproven(check);
    else if (check.deadlocks.length > 0) this.#setting.serialised(check);
  }
}

const nothingHeld: DeadlockCheck = { deadlocks: [], serialised: new Map(), tooLarge: undefined };

/** Whether nobody can come to wait for each other, by the plan where it needs one. */
function isProven({ deadlocks, tooLarge }: DeadlockCheck): boolean {
  return tooLarge === undefined && deadlocks.every(({ canSerialise }) => canSerialise);
}

/** Whether calls of a bundle hold anything for their whole time. */
function holds({ tools }: Manifest, quotas: readonly Quota[]): boolean {
  return tools.some(({ tokens }) => tokens.some((text) => isHeld(text, quotas)));
}

function isHeld(text: string, quotas: readonly Quota[]): boolean {
  if (text.endsWith(':x')) return true;
  if (quotas.length === 0) return false;
  const token = parseToken(text);
  return quotas.some((quota) => covers(quota.covers, token) || covers(token, quota.covers));
}
