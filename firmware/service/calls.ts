/** Calls of tools: admission, the run, and what is told about it. */
import { type NestedCalls, type OperationLocks, narrowed, withinOf } from '#host';
import type { Grant } from '#quilt-adapter/sync';
import type { CallExplanation, CallOptions, CallRequest, CallResult } from '#wit/api';
import { CodedError, type WireError, toWireError } from '#wit/errors';
import type {
  CallObserver,
  CallOutcome,
  Caller,
  CallerOnPath,
  FinishedOperation,
  LogLine,
  ToolCall,
} from '#wit/interfaces';
import type { ManifestTool } from '#wit/manifest';
import { type Token, parseToken } from '#wit/tokens';
import { parseJson } from '#wit/values';
import type { ApiLimits } from '../config/host-config.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { toolSpan } from '../telemetry/traces.ts';
import { Admission, callOfHolder } from './admission.ts';
import { type CallRecord, CallRecords } from './call-records.ts';
import { callTooDeep, overloaded } from './errors.ts';
import type { EventLog, Placement, Programs, Registry, ResolvedTool, Scheduler } from './ports.ts';

/** What calls run on. */
export interface CallsSetting {
  readonly epoch: string;
  readonly registry: Registry;
  /** Asked for with each call: they are made after the calls that their tools make. */
  readonly programs: () => Programs;
  readonly scheduler: Scheduler;
  /** What the quotas of the host count. */
  readonly counted: readonly Token[];
  /** See `Admission`. */
  readonly alsoTaken: (bundle: string, tool: string) => readonly Token[];
  readonly placementOf: (target: ResolvedTool) => Placement;
  readonly events: EventLog;
  readonly telemetry: Telemetry;
  readonly limits: Pick<ApiLimits, 'callsInFlightMax'>;
  readonly nowMs: () => number;
  /** Of a clock that nobody sets. */
  readonly elapsedMs: () => number;
}

/** Calls within calls: 16 agents and tools deep is more than anybody reads, and each level holds what it holds. */
const depthMax = 16;

/** Whose calls they are. */
type Client = NonNullable<ToolCall['client']>;

/** What of a call's usage is counted. */
type Measured = Pick<CallOutcome['usage'], 'computeMs' | 'memoryBytesPeak'>;

/** A call that is about to begin. */
interface Beginning {
  readonly target: ResolvedTool;
  readonly call: Omit<ToolCall, 'id' | 'tool' | 'observer'>;
  readonly path: readonly CallerOnPath[];
  readonly options: CallOptions;
}

/** The calls of a host. */
export class Calls implements NestedCalls {
  readonly #setting: CallsSetting;
  readonly #records: CallRecords;
  readonly #admission: Admission;
  #begun = 0;
  #inFlight = 0;
  /** Of those in flight, the ones that tools make. */
  #nested = 0;
  #finished = 0;
  #failed = 0;
  #idle: (() => void)[] = [];

  constructor(setting: CallsSetting) {
    this.#setting = setting;
    this.#records = new CallRecords(setting.nowMs);
    this.#admission = new Admission({
      scheduler: setting.scheduler,
      counted: setting.counted,
      alsoTaken: setting.alsoTaken,
      end: (callId, error) => this.#records.running(callId)?.controller.abort(error),
    });
  }

  get counts(): { readonly inFlight: number; readonly finished: number; readonly failed: number } {
    return { inFlight: this.#inFlight, finished: this.#finished, failed: this.#failed };
  }

  /** Locks of the operations of calls. */
  get locks(): OperationLocks {
    return this.#admission;
  }

  /** Runs a call to its result. `client`: whose sessions it may share. @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`, `OVERLOADED`, `BUNDLE_QUARANTINED`. */
  async perform(request: CallRequest, options: CallOptions, client: Client): Promise<CallResult> {
    const { registry, limits } = this.#setting;
    const target = registry.resolveTool(request.tool);
    if (this.#inFlight - this.#nested >= limits.callsInFlightMax) throw overloaded(limits.callsInFlightMax);
    const call = {
      input: request.input,
      ...timeoutOf(request, options),
      ...(request.seed && { seed: request.seed }),
      ...(request.session !== undefined && { session: `${client.name} ${request.session}` }),
      client,
    };
    return this.#counted({ target, call, path: [], options });
  }

  /**
   * A call of a tool by a tool. It counts as a call of its own, but takes no place of a client's: its caller has one, and waits for it. There may be as many of them
   * as clients may have: tools that call themselves many times over would have all memory.
   */
  async run(
    caller: Caller,
    { name, input }: { readonly name: string; readonly input: unknown },
    signal: AbortSignal,
  ): Promise<CallOutcome> {
    const { callId, bundle, tool, path = [], tokens } = caller;
    const own = bundle.slice(0, bundle.lastIndexOf('@'));
    const target = this.#setting.registry.resolveTool(name, name.includes('/') ? undefined : own);
    const callers = [...path, { callId, bundle, tool }];
    if (callers.length >= depthMax)
      throw callTooDeep(
        [...callers.map((one) => `${one.bundle}/${one.tool}`), `${target.bundle}@${target.version}/${target.name}`],
        depthMax,
      );
    const { callsInFlightMax } = this.#setting.limits;
    if (this.#nested >= callsInFlightMax) throw overloaded(callsInFlightMax);
    const { session, client, traceparent } = this.#records.running(callId) ?? {};
    const parent = traceparent?.();
    this.#nested += 1;
    try {
      return await this.#counted({
        target,
        call: {
          ...{ input, within: withinOf(tokens, bundle), path: callers },
          ...(session !== undefined && { session }),
          ...(client && { client: { ...client, admin: false } }),
        },
        path: callers,
        options: { signal, ...(parent !== undefined && { traceparent: parent }) },
      });
    } finally {
      this.#nested -= 1;
    }
  }

  /** Holds what a call of a tool holds, for a run that is none of these calls. @throws {CodedError} as `Admission.admit`. */
  async hold(callId: string, target: ResolvedTool, signal: AbortSignal | undefined): Promise<Disposable> {
    const { tool, bundle, version, name } = target;
    const tokens = tokensOf({ target, call: { input: undefined } });
    const applicant = { callId, bundle: `${bundle}@${version}`, tool: name, tokens, path: [] };
    const waits = {
      waiting: () => undefined,
      signal: signal ?? new AbortController().signal,
      timeoutMs: tool.timeoutMs,
    };
    const grant = await this.#admission.admit(applicant, waits);
    return { [Symbol.dispose]: () => this.#admission.leave(grant) };
  }

  /** Where a call is. @throws {CodedError} `NOT_FOUND`. */
  why(callId: string): CallExplanation {
    return this.#records.explain(callOfHolder(callId), (call) => this.#admission.reasons(call));
  }

  /** Resolves when no call runs. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #counted(beginning: Beginning): Promise<CallResult> {
    this.#inFlight += 1;
    this.#begun += 1;
    let done = false;
    try {
      const result = await this.#told(`${this.#setting.epoch}-${this.#begun}`, beginning);
      done = result.kind === 'done';
      return result;
    } finally {
      // Also one that could not be run: it is told of as finished, too.
      this.#finished += 1;
      if (!done) this.#failed += 1;
      this.#inFlight -= 1;
      if (this.#inFlight === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** The call, with what is told about it. */
  async #told(callId: string, beginning: Beginning): Promise<CallResult> {
    const { events, telemetry, elapsedMs } = this.#setting;
    const { target, options } = beginning;
    const bundle = `${target.bundle}@${target.version}`;
    const labels = { bundle: target.bundle, tool: target.name };
    const named = toolSpan(target.name, callId);
    const { traceparent } = options;
    const span = telemetry.traces.start(named.name, {
      attributes: named.attributes,
      ...(traceparent !== undefined && { traceparent }),
    });
    const startedMs = elapsedMs();
    telemetry.metrics.callStarted(labels);
    const record = this.#record(callId, bundle, { beginning, traceparent: () => span.traceparent });
    const ended = (error: WireError | undefined, { computeMs, memoryBytesPeak }: Measured): void => {
      const durationMs = elapsedMs() - startedMs;
      const name = error?.code ?? 'done';
      this.#records.end(record, name);
      telemetry.metrics.callFinished({ ...labels, outcome: name, durationMs, computeMs, memoryBytesPeak });
      events.publish('call.finished', { callId, tool: target.name, bundle, outcome: name, durationMs });
      span.end(error && { code: error.code, message: error.message });
    };
    let outcome: CallOutcome;
    try {
      outcome = await this.#admitted(record, beginning);
    } catch (thrown) {
      // A bug, of the caller's or of ours: the call has ended all the same, for whoever counts those that run.
      ended(toWireError(thrown), { computeMs: 0, memoryBytesPeak: 0 });
      throw thrown;
    }
    ended(outcome.kind === 'done' ? undefined : outcome.error, outcome.usage);
    return { ...outcome, callId, bundle };
  }

  #record(
    callId: string,
    bundle: string,
    {
      beginning: { target, path, call },
      traceparent,
    }: { readonly beginning: Beginning; readonly traceparent: () => string },
  ): CallRecord {
    const record: CallRecord = {
      ...{ callId, tool: target.name, bundle, path, session: call.session, client: call.client },
      traceparent,
      placement: () => this.#setting.placementOf(target),
      startedAtMs: this.#setting.nowMs(),
      controller: new AbortController(),
      state: 'running',
      waitedMs: 0,
      outcome: undefined,
    };
    this.#records.begin(record);
    return record;
  }

  /** Holds what the call has to hold while it runs. */
  async #admitted(record: CallRecord, beginning: Beginning): Promise<CallOutcome> {
    const { target, options } = beginning;
    const { elapsedMs } = this.#setting;
    const { callId, bundle, controller } = record;
    const { signal } = controller;
    const given = options.signal;
    const abort = (): void => controller.abort(given?.reason);
    if (given?.aborted) abort();
    given?.addEventListener('abort', abort);
    const applicant = { callId, bundle, tool: target.name, tokens: tokensOf(beginning), path: beginning.path };
    let grant: Grant | undefined;
    const beganMs = elapsedMs();
    try {
      const waiting = (): void => this.#waiting(record);
      grant = await this.#admission.admit(applicant, { waiting, signal, ...timeLeft(beginning) });
      if (record.state === 'waiting') record.waitedMs = Math.round(elapsedMs() - beganMs);
      return await this.#running(record, beginning, signal);
    } catch (thrown) {
      if (!(thrown instanceof CodedError) || thrown.code === 'INTERNAL' || record.state !== 'waiting') throw thrown;
      record.waitedMs = Math.round(elapsedMs() - beganMs);
      return refused(thrown, record.waitedMs);
    } finally {
      given?.removeEventListener('abort', abort);
      this.#admission.leave(grant);
    }
  }

  #waiting(record: CallRecord): void {
    const { events } = this.#setting;
    const { callId, tool, bundle } = record;
    record.state = 'waiting';
    // The reasons are there when the request has been queued.
    queueMicrotask(() =>
      events.publish('call.waiting', { callId, tool, bundle, reasons: this.#admission.reasons(callId) }),
    );
  }

  async #running(record: CallRecord, beginning: Beginning, signal: AbortSignal): Promise<CallOutcome> {
    const { programs, events } = this.#setting;
    const { target, options } = beginning;
    const { callId, bundle } = record;
    // The wait is a part of the time that the call may take, the tool's own time included.
    const left = record.state === 'waiting' ? timeLeft(beginning).timeoutMs : beginning.call.timeoutMs;
    record.state = 'running';
    events.publish('call.started', { callId, tool: target.name, bundle });
    options.progress?.({ kind: 'started', callId, bundle });
    const call: ToolCall = {
      ...beginning.call,
      id: callId,
      tool: target.name,
      observer: this.#observer(callId, beginning),
      ...(left !== undefined && { timeoutMs: Math.max(1, left - record.waitedMs) }),
    };
    const { substrate } = record.placement();
    return programs().run({ hash: target.hash, tool: target.name, substrate }, call, signal);
  }

  #observer(callId: string, { target, options }: Beginning): CallObserver {
    const { telemetry, nowMs } = this.#setting;
    const { progress, requestId } = options;
    const source = `${target.bundle}/${target.name}`;
    return {
      operation: (finished: FinishedOperation): void => {
        progress?.({ kind: 'operation', ...finished });
        telemetry.metrics.operationFinished(finished);
      },
      log: ({ level, message, fields }: LogLine): void => {
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
      },
    };
  }
}

/** Tokens of a tool, read once. */
const readTokens = new WeakMap<ManifestTool, readonly Token[]>();

/** What a call may touch: what its tool declares, of which a nested one has what its caller has as well. */
function tokensOf({ target, call: { within } }: Pick<Beginning, 'target' | 'call'>): readonly Token[] {
  const { tool, bundle, version } = target;
  const known = readTokens.get(tool);
  const own = known ?? tool.tokens.map(parseToken);
  if (!known) readTokens.set(tool, own);
  return within ? narrowed(own, within, `${bundle}@${version}`) : own;
}

/** The longest that a call waits for its tokens: as long as it may take. */
function timeLeft({ call, target }: Beginning): { readonly timeoutMs: number } {
  return { timeoutMs: Math.min(call.timeoutMs ?? target.tool.timeoutMs, target.tool.timeoutMs) };
}

function refused({ wire: error }: CodedError, wallMs: number): CallOutcome {
  const usage = { wallMs, computeMs: 0, memoryBytesPeak: 0, turns: 0, operations: 0 };
  return { kind: 'failed', error, stack: undefined, logs: [], logBytesDropped: 0, usage };
}

function timeoutOf(request: CallRequest, options: CallOptions): { timeoutMs?: number } {
  const given = [request.timeoutMs, options.timeoutMs].filter((ms) => ms !== undefined);
  return given.length === 0 ? {} : { timeoutMs: Math.max(1, Math.min(...given)) };
}

function fieldsOf(fields: string | undefined): Readonly<Record<string, unknown>> {
  if (fields === undefined) return {};
  try {
    const value: unknown = parseJson(fields);
    return typeof value === 'object' && value !== null ? { ...value } : { value };
  } catch {
    return { text: fields };
  }
}
