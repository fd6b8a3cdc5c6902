/** The calls that run or wait, and those that ended lately: what `why` tells of. */
import type { CallExplanation } from '#wit/api';
import type { CallerOnPath, ToolCall } from '#wit/interfaces';
import { noSuchCall } from './errors.ts';
import type { Placement } from './ports.ts';

/** Ended calls that are remembered: some minutes of a busy host, and less than a megabyte. */
const endedMax = 1_000;

/** A call on its way. */
export interface CallRecord {
  readonly callId: string;
  readonly tool: string;
  readonly bundle: string;
  readonly path: readonly CallerOnPath[];
  readonly session: string | undefined;
  readonly client: ToolCall['client'];
  readonly placement: () => Placement;
  readonly startedAtMs: number;
  /** Ends it with an error. */
  readonly controller: AbortController;
  state: CallExplanation['state'];
  waitedMs: number;
  /** Of its span, for the calls that it makes. */
  readonly traceparent: () => string;
  outcome: string | undefined;
}

/** See above. */
export class CallRecords {
  readonly #nowMs: () => number;
  readonly #running = new Map<string, CallRecord>();
  readonly #ended = new Map<string, CallRecord>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  begin(record: CallRecord): void {
    this.#running.set(record.callId, record);
  }

  running(callId: string): CallRecord | undefined {
    return this.#running.get(callId);
  }

  end(record: CallRecord, outcome: string): void {
    record.state = 'finished';
    record.outcome = outcome;
    this.#running.delete(record.callId);
    this.#ended.set(record.callId, record);
    if (this.#ended.size <= endedMax) return;
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined) this.#ended.delete(oldest);
  }

  /** @throws {CodedError} `NOT_FOUND`. */
  explain(callId: string, waitsForTokens: (callId: string) => readonly string[]): CallExplanation {
    const record = this.#running.get(callId) ?? this.#ended.get(callId);
    if (record === undefined) throw noSuchCall(callId, endedMax);
    const { tool, bundle, path, startedAtMs, outcome } = record;
    const { substrate, reasons: placement } = record.placement();
    const reasons = record.state === 'finished' ? [] : waitsForTokens(callId);
    // A call that runs may wait as well: for the lock of an operation.
    const state = record.state === 'running' && reasons.length > 0 ? 'waiting' : record.state;
    return {
      ...{ callId, tool, bundle, state, substrate, placement, reasons, startedAtMs, outcome },
      path: path.map((one) => `${one.bundle}/${one.tool} (call ${one.callId})`),
      waitedMs: record.state === 'waiting' ? Math.max(0, this.#nowMs() - startedAtMs) : record.waitedMs,
    };
  }
}
