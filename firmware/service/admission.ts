/**
 * Which tokens a call holds while it runs, and the locks of its operations. A call holds its quotas (`llm`, `gpu`, `net`, …) and what it needs alone (mode `x`);
 * everything else is locked for one operation, by a holder of its own whose parent is the call.
 */
import type { AcquireRequest, Grant } from '#quilt-adapter/sync';
import type { OperationLocks } from '#host';
import { CodedError } from '#wit/errors';
import type { Caller, CallerOnPath } from '#wit/interfaces';
import { type Token, covers } from '#wit/tokens';
import type { Scheduler } from './ports.ts';

/** A call that wants to begin. */
export interface Applicant {
  readonly callId: string;
  readonly bundle: string;
  readonly tool: string;
  readonly tokens: readonly Token[];
  readonly path: readonly CallerOnPath[];
}

/** What calls are admitted by. */
export interface AdmissionSetting {
  readonly scheduler: Scheduler;
  /** What the quotas of the host count; a token beyond them is held by nobody. */
  readonly counted: readonly Token[];
  /** What a tool takes at its start beside its own, so that nobody comes to wait for each other. */
  readonly alsoTaken: (bundle: string, tool: string) => readonly Token[];
  /** Ends a call that runs with an error. */
  readonly end: (callId: string, error: CodedError) => void;
}

const countedKinds: ReadonlySet<Token['kind']> = new Set(['llm', 'gpu', 'net', 'tool', 'agent', 'spawn']);
/** Between a call's id and the number of its operation, in the name of a lock's holder. */
const operationMark = '/';

/** Admits calls, and locks for their operations. */
export class Admission implements OperationLocks {
  readonly #setting: AdmissionSetting;
  /** Locks that calls wait for, by call. */
  readonly #waiting = new Map<string, Set<string>>();
  #operations = 0;

  constructor(setting: AdmissionSetting) {
    this.#setting = setting;
  }

  /**
   * Waits until a call may hold what it needs; one without tokens needs nothing and is not known to the scheduler. Whoever gets a grant gives it back by `leave`.
   * @throws {CodedError} `DEADLOCK`, `CANCELLED`, `OVERLOADED`, `DEADLINE_EXCEEDED`.
   */
  async admit(
    applicant: Applicant,
    { waiting, signal, timeoutMs }: { waiting: () => void; signal: AbortSignal; timeoutMs: number },
  ): Promise<Grant | undefined> {
    if (applicant.tokens.length === 0) return undefined;
    const { scheduler } = this.#setting;
    // Also one that holds nothing: its operations and the calls that it makes are below it.
    const request = { ...requestOf(applicant, this.#held(applicant)), timeoutMs };
    const granted = scheduler.tryAcquire(request);
    if (granted) return granted;
    waiting();
    return scheduler.acquire(request, signal);
  }

  /** A call has ended: whatever it holds or waits for is free. */
  leave(grant: Grant | undefined): void {
    if (grant) this.#setting.scheduler.release(grant.id);
  }

  /** Why a call does not go on, in words: for its tokens, or for the locks of its operations. */
  reasons(callId: string): readonly string[] {
    const { scheduler } = this.#setting;
    const locks = [...(this.#waiting.get(callId) ?? [])].flatMap((holder) => scheduler.reasons(holder));
    return [...scheduler.reasons(callId), ...locks];
  }

  take(caller: Caller, token: Token, signal: AbortSignal): Disposable | Promise<Disposable> {
    const { scheduler } = this.#setting;
    const { callId, bundle, tool, path = [] } = caller;
    this.#operations += 1;
    const holder = `${callId}${operationMark}${this.#operations}`;
    const label = `${bundle}/${tool}`;
    const request: AcquireRequest = {
      holder,
      parent: callId,
      label,
      tokens: [token],
      ...(path.length > 0 && { path: [...labelsOf(path), label] }),
    };
    const granted = scheduler.tryAcquire(request);
    return granted ? this.#lock(granted) : this.#waitForLock(callId, request, signal);
  }

  async #waitForLock(callId: string, request: AcquireRequest, signal: AbortSignal): Promise<Disposable> {
    const waiting = this.#waiting.get(callId) ?? new Set();
    this.#waiting.set(callId, waiting.add(request.holder));
    try {
      return this.#lock(await this.#setting.scheduler.acquire(request, signal));
    } catch (thrown) {
      // The victim of a cycle: its operation alone cannot make way, since the call holds on to what it has.
      if (thrown instanceof CodedError && thrown.code === 'DEADLOCK') this.#setting.end(callId, thrown);
      throw thrown;
    } finally {
      waiting.delete(request.holder);
      if (waiting.size === 0) this.#waiting.delete(callId);
    }
  }

  #lock(grant: Grant): Disposable {
    return { [Symbol.dispose]: () => this.#setting.scheduler.release(grant.id) };
  }

  /** What a call holds of its tool's tokens, and beside them. */
  #held({ bundle, tool, tokens }: Applicant): readonly Token[] {
    const { counted, alsoTaken } = this.#setting;
    const own = tokens.filter((token) =>
      'mode' in token && token.mode === 'x'
        ? true
        : countedKinds.has(token.kind) && counted.some((quota) => covers(quota, token) || covers(token, quota)),
    );
    const more = alsoTaken(bundle.slice(0, bundle.lastIndexOf('@')), tool);
    const beside = more.filter((token) => !own.some((held) => covers(held, token)));
    return beside.length === 0 ? own : [...own, ...beside];
  }
}

/** The call that a holder is of: an operation's lock has a name of its own. */
export function callOfHolder(holder: string): string {
  const mark = holder.indexOf(operationMark);
  return mark < 0 ? holder : holder.slice(0, mark);
}

function labelsOf(path: readonly CallerOnPath[]): readonly string[] {
  return path.map(({ bundle, tool }) => `${bundle}/${tool}`);
}

function requestOf({ callId, bundle, tool, path }: Applicant, tokens: readonly Token[]): AcquireRequest {
  const parent = path.at(-1);
  const label = `${bundle}/${tool}`;
  return {
    holder: callId,
    label,
    tokens,
    ...(parent && { parent: parent.callId, path: [...labelsOf(path), label] }),
  };
}
