/** Checks a request and looks up what it wants. */
import { overloaded, requestInvalid, tooDeep } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { type SyncLimits, capacityMax, nameCharactersMax, pathLabelsMax, roomFor } from './limits.ts';
import { type QuotaStates, sharesOf } from './quotas.ts';
import type { Demand, Holder, Lock } from './records.ts';
import type { AcquireRequest } from './scheduler.ts';
import type { ScopeTree } from './scope-tree.ts';

const priorityDefault = 5;
const priorityMax = 9;

/** What requests are read against. */
export interface Books {
  readonly ledger: Ledger;
  readonly tree: ScopeTree;
  readonly quotas: QuotaStates;
  readonly limits: SyncLimits;
}

/** A request as the scheduler works with it. Nothing of it is in the books yet. @throws {CodedError} `REQUEST_INVALID`, `OVERLOADED`, `CALL_DEPTH_EXCEEDED`. */
export function readRequest(request: AcquireRequest, books: Books, nowMs: number): Demand {
  checkFields(request, books.limits);
  books.tree.tidy();
  const { amount = 1, priority = priorityDefault, leaseMs, tokens } = request;
  const locks: Lock[] = [];
  for (const token of tokens) {
    const lock = books.tree.lockOf(token);
    if (lock !== undefined) locks.push(lock);
  }
  const shares = sharesOf(tokens, amount, books.quotas);
  for (const { state, amount: wanted } of shares) {
    if (wanted <= state.max) continue;
    const held = `it wants ${wanted} of the quota "${state.quota.name}", which has ${state.max} in all`;
    throw requestInvalid(request, held, `Ask for at most ${state.max}`);
  }
  const holder = holderOf(request, books);
  return {
    ...{ holder, tokens, locks, shares, amount, leaseMs },
    seq: books.ledger.nextSeq(),
    priority,
    level: priority,
    sinceMs: nowMs,
    waiting: undefined,
    passes: undefined,
    special: false,
  };
}

function checkFields(request: AcquireRequest, limits: SyncLimits): void {
  const { holder, label, path, tokens, amount, priority, leaseMs, timeoutMs } = request;
  const refuse = (state: string, remedy: string): never => {
    const cut = (text: string): string => text.slice(0, nameCharactersMax);
    throw requestInvalid({ holder: cut(holder), label: cut(label) }, state, remedy);
  };
  if (!isName(holder)) refuse(`its holder has ${holder.length} characters`, `Name it with 1 to ${nameCharactersMax}`);
  if (!isName(label)) refuse(`its label has ${label.length} characters`, `Give it 1 to ${nameCharactersMax}`);
  if (path !== undefined && (path.length > pathLabelsMax || !path.every(isName)))
    refuse('its path is too long', `Give at most ${pathLabelsMax} labels of 1 to ${nameCharactersMax} characters`);
  if (tokens.length > limits.tokens)
    refuse(`it asks for ${tokens.length} tokens`, `Ask for at most ${limits.tokens} at once`);
  if (amount !== undefined && !isWhole(amount, 1, capacityMax))
    refuse(`its amount is ${amount}`, `Give a whole number from 1 to ${capacityMax}`);
  if (priority !== undefined && !isWhole(priority, 0, priorityMax))
    refuse(`its priority is ${priority}`, `Give a whole number from 0 (last) to ${priorityMax} (first)`);
  if (leaseMs !== undefined && !(leaseMs > 0 && leaseMs <= limits.leaseMs))
    refuse(`its lease is ${leaseMs} ms`, `Give more than 0 ms, and at most ${limits.leaseMs} ms`);
  if (timeoutMs !== undefined && !(timeoutMs >= 0 && timeoutMs <= limits.leaseMs))
    refuse(`its timeout is ${timeoutMs} ms`, `Give 0 to ${limits.leaseMs} ms`);
}

function isName(text: string): boolean {
  return text.length > 0 && text.length <= nameCharactersMax;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function holderOf(request: AcquireRequest, { ledger, limits }: Books): Holder {
  const known = ledger.holder(request.holder);
  if (known !== undefined) {
    if (request.parent !== undefined && request.parent !== known.parent?.id)
      throw requestInvalid(request, `it has another parent than "${request.parent}"`, 'Name the same parent each time');
    return known;
  }
  const parent = request.parent === undefined ? undefined : parentOf(request, request.parent, ledger);
  const holdersMax = roomFor(request, limits.holders);
  if (ledger.holderCount >= holdersMax) throw overloaded(request, 'holders', holdersMax);
  const holder = ledger.newHolder(request, parent);
  if (holder.depth >= limits.depth) throw tooDeep(request, limits.depth, holder.path);
  return holder;
}

/** A caller that is unknown could hold what its nested call waits for, and nobody would see that they wait for each other. */
function parentOf(request: AcquireRequest, parent: string, ledger: Ledger): Holder {
  const known = ledger.holder(parent);
  if (known !== undefined) return known;
  const state = `its parent "${parent}" neither holds nor waits`;
  throw requestInvalid(request, state, 'Acquire for the parent first, with no tokens where it needs none');
}
