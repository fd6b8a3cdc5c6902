/** Calls of tools: admission, the run, and what is told about it. */
import type { CallOptions, CallRequest, CallResult } from '#wit/api';
import { type WireError, toWireError } from '#wit/errors';
import type { CallOutcome, FinishedOperation, LogLine, ToolCall } from '#wit/interfaces';
import type { ApiLimits } from '../config/host-config.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { toolSpan } from '../telemetry/traces.ts';
import { overloaded } from './errors.ts';
import type { EventLog, Programs, Registry, ResolvedComponent } from './ports.ts';

/** What calls run on. */
export interface CallsSetting {
  readonly epoch: string;
  readonly registry: Registry;
  readonly programs: Programs;
  readonly events: EventLog;
  readonly telemetry: Telemetry;
  readonly limits: Pick<ApiLimits, 'callsInFlightMax'>;
  readonly nowMs: () => number;
  /** Of a clock that nobody sets. */
  readonly elapsedMs: () => number;
}

/** What of a call's usage is counted. */
type Measured = Pick<CallOutcome['usage'], 'computeMs' | 'memoryBytesPeak'>;

/** The calls of a host. */
export class Calls {
  readonly #setting: CallsSetting;
  #begun = 0;
  #inFlight = 0;
  #finished = 0;
  #failed = 0;
  #idle: (() => void)[] = [];

  constructor(setting: CallsSetting) {
    this.#setting = setting;
  }

  get counts(): { readonly inFlight: number; readonly finished: number; readonly failed: number } {
    return { inFlight: this.#inFlight, finished: this.#finished, failed: this.#failed };
  }

  /** Runs a call to its result. @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`, `OVERLOADED`, `BUNDLE_QUARANTINED`. */
  async run(request: CallRequest, options: CallOptions): Promise<CallResult> {
    const { registry, limits, epoch } = this.#setting;
    const target = registry.resolve(request.tool, 'tool');
    if (this.#inFlight >= limits.callsInFlightMax) throw overloaded(limits.callsInFlightMax);
    this.#inFlight += 1;
    this.#begun += 1;
    const callId = `${epoch}-${this.#begun}`;
    try {
      const result = await this.#perform(callId, target, request, options);
      this.#finished += 1;
      if (result.kind === 'failed') this.#failed += 1;
      return result;
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Resolves when no call runs. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #perform(
    callId: string,
    target: ResolvedComponent,
    request: CallRequest,
    options: CallOptions,
  ): Promise<CallResult> {
    const { programs, events, telemetry, nowMs, elapsedMs } = this.#setting;
    const bundle = `${target.bundle}@${target.version}`;
    const about = { callId, tool: target.name, bundle };
    const labels = { bundle: target.bundle, tool: target.name };
    const named = toolSpan(target.name, callId);
    const { traceparent } = options;
    const span = telemetry.traces.start(named.name, {
      attributes: named.attributes,
      ...(traceparent !== undefined && { traceparent }),
    });
    const startedMs = elapsedMs();
    telemetry.metrics.callStarted(labels);
    events.publish('call.started', about);
    const { progress, requestId } = options;
    const ended = (error: WireError | undefined, { computeMs, memoryBytesPeak }: Measured): void => {
      const durationMs = elapsedMs() - startedMs;
      const name = error?.code ?? 'done';
      telemetry.metrics.callFinished({ ...labels, outcome: name, durationMs, computeMs, memoryBytesPeak });
      events.publish('call.finished', { ...about, outcome: name, durationMs });
      span.end(error && { code: error.code, message: error.message });
    };
    const source = `${target.bundle}/${target.name}`;
    const operation = (finished: FinishedOperation): void => {
      progress?.({ kind: 'operation', ...finished });
      telemetry.metrics.operationFinished(finished);
    };
    const log = ({ level, message, fields }: LogLine): void => {
      progress?.({ kind: 'log', level, message, fields });
      telemetry.record({
        atMs: nowMs(),
        level,
        source,
        message,
        callId,
        fields: fieldsOf(fields),
        ...(requestId !== undefined && { requestId }),
      });
    };
    const call: ToolCall = {
      id: callId,
      tool: target.name,
      input: request.input,
      observer: { log, operation },
      ...timeoutOf(request, options),
      ...(request.seed && { seed: request.seed }),
    };
    let outcome: CallOutcome;
    try {
      progress?.({ kind: 'started', callId, bundle });
      outcome = await programs.run({ hash: target.hash, tool: target.name }, call, options.signal);
    } catch (thrown) {
      // A bug, of the caller's or of ours: the call has ended all the same, for whoever counts those that run.
      ended(toWireError(thrown), { computeMs: 0, memoryBytesPeak: 0 });
      throw thrown;
    }
    ended(outcome.kind === 'done' ? undefined : outcome.error, outcome.usage);
    return { ...outcome, callId, bundle };
  }
}

function timeoutOf(request: CallRequest, options: CallOptions): { timeoutMs?: number } {
  const given = [request.timeoutMs, options.timeoutMs].filter((ms) => ms !== undefined);
  return given.length === 0 ? {} : { timeoutMs: Math.max(1, Math.min(...given)) };
}

function fieldsOf(fields: string | undefined): Readonly<Record<string, unknown>> {
  if (fields === undefined) return {};
  try {
    const value: unknown = JSON.parse(fields);
    return typeof value === 'object' && value !== null ? { ...value } : { value };
  } catch {
    return { text: fields };
  }
}
