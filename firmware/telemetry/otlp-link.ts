/** The way to an OTLP endpoint: loads the exporter beside the boot, holds the spans that end before it is there, and ends in bounded time. */
import type { Clock } from '#host';
import type { Counter } from './aggregates.ts';
import type { Otlp, OtlpOptions } from './otlp.ts';
import type { Log } from './telemetry.ts';
import type { FinishedSpan } from './traces.ts';

/** What the link is made of. */
export interface OtlpLinkOptions extends Omit<OtlpOptions, 'failed'> {
  readonly clock: Clock;
  readonly log: Log;
  /** By signal. */
  readonly failures: ReadonlyMap<string, Counter>;
}

/** Spans that wait until the exporter is loaded; more are dropped. */
const waitingMax = 4096;
/** Longest that an end waits for an endpoint that does not answer. */
const shutdownMsMax = 2000;
/** Between two lines about failures. */
const warnEveryMs = 60_000;

/** A link that loads its exporter by itself. */
export class OtlpLink implements AsyncDisposable {
  readonly #options: OtlpLinkOptions;
  readonly #loading: Promise<Otlp | undefined>;
  #waiting: FinishedSpan[] = [];
  #otlp: Otlp | undefined;
  #warnedMs: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: OtlpLinkOptions) {
    this.#options = options;
    this.#loading = this.#load();
  }

  span(span: FinishedSpan): void {
    if (this.#closed !== undefined) return;
    if (this.#otlp !== undefined) this.#otlp.span(span);
    else if (this.#waiting.length < waitingMax) this.#waiting.push(span);
  }

  /** Sends what waits, as far as the endpoint takes it within two seconds. */
  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #load(): Promise<Otlp | undefined> {
    try {
      const { createOtlp } = await import('./otlp.ts');
      this.#otlp = createOtlp({ ...this.#options, failed: (signal, error) => this.#failed(signal, error) });
      for (const span of this.#waiting) this.#otlp.span(span);
      return this.#otlp;
    } catch (error) {
      this.#options.log.error('Cannot export over OTLP: the exporter does not load', { error });
      return undefined;
    } finally {
      this.#waiting = [];
    }
  }

  async #close(): Promise<void> {
    const done = new AbortController();
    const shutdown = async (): Promise<void> => {
      await (await this.#loading)?.shutdown();
      done.abort();
    };
    await Promise.race([shutdown(), this.#options.clock.sleep(shutdownMsMax, done.signal)]);
    done.abort();
  }

  #failed(signal: 'metrics' | 'traces', error: unknown): void {
    this.#options.failures.get(signal)?.add(1);
    const nowMs = this.#options.clock.nowMs();
    // A clock that was set back must not silence the warning.
    if (this.#warnedMs !== undefined && Math.abs(nowMs - this.#warnedMs) < warnEveryMs) return;
    this.#warnedMs = nowMs;
    this.#options.log.warn('Cannot export over OTLP: the endpoint does not take it', { signal, error });
  }
}
