/** What the parts of the web gateway share. */
import { CodedError } from '#wit/errors';
import type { RequestOptions } from '#wit/api';
import type { Credentials } from '../../access/access.ts';
import type { Principal } from '../../access/principal.ts';
import type { GatewaySetting } from '../gateway.ts';
import type { BrowserPolicy } from './browser-policy.ts';
import type { ByteLedger } from '../byte-ledger.ts';
import type { Connections } from './connections.ts';
import { cancelled, deadlineExceeded, internal, stopping } from './errors.ts';
import type { WebLimits } from './limits.ts';
import type { Ticker } from './ticker.ts';

/** What every part needs. */
export interface WebContext {
  readonly setting: GatewaySetting;
  readonly limits: WebLimits;
  readonly ticker: Ticker;
  readonly connections: Connections;
  readonly incoming: ByteLedger;
  readonly outgoing: ByteLedger;
  /** Known when it listens. */
  readonly policy: () => BrowserPolicy;
  readonly phase: () => string;
  readonly drawRequestId: () => string;
  /** Aborted when the gateway stops: what streams ends then. */
  readonly stopped: AbortSignal;
  readonly work: Work;
}

/** Counts requests that run, so that a stop can wait for them. */
export class Work {
  #running = 0;
  #closed = false;
  #idle: (() => void)[] = [];

  get running(): number {
    return this.#running;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws {CodedError} `UNAVAILABLE` once it is closed. */
  begin(): Disposable {
    if (this.#closed) throw stopping();
    this.#running += 1;
    let ended = false;
    return {
      [Symbol.dispose]: () => {
        if (ended) return;
        ended = true;
        this.#running -= 1;
        if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
      },
    };
  }

  /** Takes no more; resolves when nothing runs or the signal is aborted. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true;
    if (this.#running === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

/** Who asks, counted. @throws {CodedError} `UNAUTHENTICATED`, `RATE_LIMITED`. */
export function admitted(context: WebContext, credentials: Credentials): Principal {
  const { access } = context.setting;
  const principal = access.authenticate(credentials);
  access.admit(principal);
  return principal;
}

/**
 * Asks the service, and waits no longer than the client does. What was asked is cancelled then, and its answer is dropped.
 * `graceMs`: for a service that keeps the deadline itself and tells what became of it.
 * @throws {CodedError} `DEADLINE_EXCEEDED`, `CANCELLED`, and what the service throws.
 */
export async function within<Answer, Options extends RequestOptions>(
  context: WebContext,
  options: Options & { readonly signal: AbortSignal },
  ask: (options: Options & { readonly signal: AbortSignal }) => Promise<Answer>,
  graceMs = 0,
): Promise<Answer> {
  const { timeoutMs, signal } = options;
  if (signal.aborted) throw cancelled();
  const over = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (error: CodedError): void => {
    reject(error);
    over.abort(error);
  };
  const onAbort = (): void => end(cancelled());
  signal.addEventListener('abort', onAbort, { once: true });
  using _deadline =
    timeoutMs === undefined
      ? undefined
      : context.ticker.after(timeoutMs + graceMs, () => end(deadlineExceeded(timeoutMs)));
  try {
    return await Promise.race([(async () => ask({ ...options, signal: over.signal }))(), promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What a client is told: a coded error as it is, and of a fault of ours only that there is one, which the log has in full. */
export function tellable(context: WebContext, thrown: unknown, requestId: string): CodedError {
  if (thrown instanceof CodedError) return thrown;
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  context.setting.telemetry.log.error('A request met a fault of the host', { requestId, error: text });
  return internal(requestId);
}
