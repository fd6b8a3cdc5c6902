/**
 * A small service behind the gateways of wire-level tests: it answers from a script and remembers what it was asked.
 * Tools: `echo` gives its input back; `fail` fails with the error of its input; `refuse` refuses the call with the error of its input; `slow` ends with its
 * signal; `progress` tells of `input.count` log lines first; `large` gives `input.bytes` bytes.
 */
import type {
  AriaApi,
  BundleVersion,
  CallExplanation,
  CallOptions,
  CallRequest,
  CallResult,
  ComponentDetails,
  Divergence,
  EventQuery,
  HostEvent,
  HostStatus,
  InstallResult,
  LogEntry,
  LogQuery,
  UploadContent,
  UploadOptions,
} from '#wit/api';
import { CodedError, type ErrorCode, type WireError, wireError } from '#wit/errors';
import type { Access } from '../../firmware/access/access.ts';
import type { Principal } from '../../firmware/access/principal.ts';
import type { AriaService, GatewaySetting } from '../../firmware/api/gateway.ts';
import type { ApiLimits } from '../../firmware/config/host-config.ts';
import type { Span, Telemetry } from '../../firmware/telemetry/telemetry.ts';

/** A request as it arrived: the method, what it was given, who asked. */
export interface SeenRequest {
  readonly method: keyof AriaApi;
  readonly argument: unknown;
  readonly options: Readonly<Record<string, unknown>> | undefined;
  readonly principal: Principal;
}

/** What one method answers instead of the usual: a value, or an error to refuse with. */
type Answers = { [Method in keyof AriaApi]?: unknown };

/** The service, with what tests look at. */
export class ScriptedService implements AriaService {
  readonly seen: SeenRequest[] = [];
  /** Signals of calls of `slow` that have begun; aborted ones were cancelled. */
  readonly slowSignals: (AbortSignal | undefined)[] = [];
  readonly answers: Answers = {};
  /** The bytes that the last upload brought. */
  uploaded = new Uint8Array();
  /** From where the next upload reads. */
  uploadOffset = 0;
  /** How many events somebody took. */
  eventsTaken = 0;
  /** Streams of events and logs that are open. */
  streamsOpen = 0;
  /** How many events there are; then `events` waits for its signal. */
  eventCount = 3;

  api(principal: Principal): AriaApi {
    const answer = async <Result>(
      method: keyof AriaApi,
      argument: unknown,
      options: object | undefined,
      usual: Result,
    ) => {
      this.seen.push({ method, argument, options: { ...options }, principal });
      if (!Object.hasOwn(this.answers, method)) return usual;
      const scripted = this.answers[method];
      if (scripted instanceof Error) throw scripted;
      return scripted as Result;
    };
    return {
      status: (options) => answer('status', undefined, options, sampleStatus),
      listComponents: (query, options) => answer('listComponents', query, options, { components: [sampleDetails] }),
      getComponent: (wanted, options) => answer('getComponent', wanted, options, sampleDetails),
      callTool: async (call, options) => this.#callTool(await answer('callTool', call, options, call), options),
      tokens: (options) =>
        answer('tokens', undefined, options, { totals: { holds: 0, waits: 0 }, holds: [], waits: [], quotas: [] }),
      why: (callId, options) => answer('why', callId, options, sampleExplanation),
      diverge: (call, options) => answer('diverge', call, options, sampleDivergence),
      listBundles: (options) => answer('listBundles', undefined, options, [sampleVersion]),
      upload: async (content, options) => {
        await answer('upload', { ...content, read: undefined }, options, undefined);
        return this.#upload(content, options);
      },
      rollback: (wanted, options) => answer('rollback', wanted, options, { name: wanted.name, version: '1.0.0' }),
      removeVersion: (wanted, options) => answer('removeVersion', wanted, options, undefined),
      listUpgrades: (options) => answer('listUpgrades', undefined, options, []),
      approve: (id, options) => answer('approve', id, options, { name: 'sample', version: '2.0.0' }),
      reject: (id, options) => answer('reject', id, options, undefined),
      events: (query) => this.#events(query, principal),
      logs: (query) => this.#logs(query, principal),
    };
  }

  async #callTool({ tool, input }: CallRequest, options: CallOptions = {}): Promise<CallResult> {
    const script = (input ?? {}) as Readonly<Record<string, unknown>>;
    options.progress?.({ kind: 'started', callId: 'call-1', bundle: 'sample@1.2.3' });
    switch (tool) {
      case 'echo':
        return done(input);
      case 'large':
        return done(new Uint8Array(Number(script['bytes'])).fill(7));
      case 'fail':
        return { ...facts, kind: 'failed', error: script as unknown as WireError, stack: 'at sample.ts:1:2' };
      case 'refuse':
        throw refusal(script);
      case 'progress':
        for (let index = 0; index < Number(script['count']); index += 1) {
          options.progress?.({
            kind: 'log',
            level: 'info',
            message: `line ${index} ${script['padding'] ?? ''}`,
            fields: undefined,
          });
        }
        options.progress?.({ kind: 'operation', operation: 'kv.get', outcome: 'done', durationMs: 0.25 });
        return done(null);
      case 'slow':
        this.slowSignals.push(options.signal);
        await aborted(options.signal);
        return {
          ...facts,
          kind: 'failed',
          error: wireError('CANCELLED', { message: 'Cannot go on: cancelled' }),
          stack: undefined,
        };
      default:
        throw new CodedError('NOT_FOUND', { message: `Cannot call "${tool}": there is no such tool` });
    }
  }

  async #upload(content: UploadContent, options: UploadOptions = {}): Promise<InstallResult> {
    const kept = [this.uploaded.slice(0, this.uploadOffset)];
    try {
      for await (const piece of content.read(this.uploadOffset)) {
        kept.push(Uint8Array.from(piece));
        this.uploadOffset += piece.length;
        options.progress?.(this.uploadOffset);
      }
    } finally {
      this.uploaded = Uint8Array.from(Buffer.concat(kept));
    }
    if (this.uploadOffset < content.size) throw shortUpload(this.uploadOffset);
    return { name: 'sample', version: '1.2.3', hash: content.hash, state: 'active', unchanged: false };
  }

  async *#events(query: EventQuery = {}, principal: Principal): AsyncGenerator<HostEvent> {
    this.seen.push({ method: 'events', argument: query, options: { ...query }, principal });
    if (this.answers.events instanceof Error) throw this.answers.events;
    const scripted = this.answers.events as readonly HostEvent[] | undefined;
    this.streamsOpen += 1;
    try {
      if (scripted !== undefined) return yield* scripted;
      const first = query.after?.sequence ?? 0;
      for (let sequence = first + 1; sequence <= first + this.eventCount; sequence += 1) {
        this.eventsTaken += 1;
        yield { ...sampleEvent, sequence };
      }
      await aborted(query.signal);
    } finally {
      this.streamsOpen -= 1;
    }
  }

  async *#logs(query: LogQuery = {}, principal: Principal): AsyncGenerator<LogEntry> {
    this.seen.push({ method: 'logs', argument: query, options: { ...query }, principal });
    if (this.answers.logs instanceof Error) throw this.answers.logs;
    this.streamsOpen += 1;
    try {
      yield* (this.answers.logs as readonly LogEntry[] | undefined) ?? [sampleLog];
      if (query.follow === true) await aborted(query.signal);
    } finally {
      this.streamsOpen -= 1;
    }
  }
}

/** An error made of JSON: `{code, message, …}`. */
function refusal(script: Readonly<Record<string, unknown>>): CodedError {
  const { code, ...rest } = script;
  return new CodedError(code as ErrorCode, { message: 'Cannot call: refused', ...rest });
}

function shortUpload(offset: number): CodedError {
  return new CodedError('UPLOAD_INVALID', {
    message: `Cannot take the upload: it ends at byte ${offset}`,
    details: { offset },
  });
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

const facts = {
  callId: 'call-1',
  bundle: 'sample@1.2.3',
  logs: [
    { level: 'info', message: 'looked', fields: '{"n":1}' },
    { level: 'warn', message: '', fields: undefined },
  ],
  logBytesDropped: 5,
  usage: { wallMs: 1.5, computeMs: 0.25, memoryBytesPeak: 131_072, turns: 2, operations: 1 },
} as const;

function done(output: unknown): CallResult {
  return { ...facts, kind: 'done', output };
}

const provenance = {
  hash: 'ab'.repeat(32),
  manifestHash: 'cd'.repeat(32),
  key: { id: '0123456789ABCDEF', name: 'release' },
  sequence: 1_900_000_000,
  installedAtMs: 1_767_225_600_000,
} as const;

/** What the methods answer when nothing else is scripted. */
export const sampleDetails: ComponentDetails = {
  kind: 'tool',
  name: 'echo',
  qualifiedName: 'sample/echo',
  description: 'Gives its input back ✓',
  bundle: 'sample',
  version: '1.2.3',
  clashes: ['other'],
  tokens: ['kv:sample:rw'],
  inputSchema: { type: 'object', additionalProperties: false },
  outputSchema: null,
  manifest: { name: 'echo', nested: { list: [1, 'two', null] } },
  provenance,
};

export const sampleVersion: BundleVersion = {
  name: 'sample',
  version: '1.2.3',
  state: 'active',
  provenance,
  archiveBytes: 12_345,
  tools: 6,
};

export const sampleExplanation: CallExplanation = {
  callId: 'call-1',
  tool: 'echo',
  bundle: 'sample@1.2.3',
  state: 'waiting',
  path: ['sample@1.2.3/outer (call call-0)'],
  substrate: 'wasm',
  placement: ['nothing asks for a container'],
  reasons: ['it waits for kv:orders:x'],
  startedAtMs: 1_700_000_000_000.5,
  waitedMs: 12.25,
  outcome: undefined,
};

export const sampleDivergence: Divergence = {
  tool: 'echo',
  bundle: 'sample@1.2.3',
  same: false,
  differences: [{ what: 'output', at: '/a', wasm: '1', container: undefined }],
  operations: ['kv.get'],
  effectsOn: 'wasm',
  outcome: { wasm: 'done', container: 'done' },
  wallMs: { wasm: 1.5, container: 20 },
};

export const sampleStatus: HostStatus = {
  version: '0.1.0',
  state: 'ready',
  epoch: 'epoch-1',
  startedAtMs: 1_767_225_600_000,
  uptimeMs: 1234.5,
  pid: 42,
  boot: [
    { phase: 'machine', state: 'done', startedMs: 0, durationMs: 1.25, detail: '2 cores' },
    { phase: 'stores', state: 'failed', remedy: 'Free space' },
    { phase: 'apis', state: 'waiting' },
  ],
  addresses: { grpc: '127.0.0.1:7600', api: '/run/aria/api.sock' },
  engine: 'wasmtime',
  allowUnsigned: false,
  bundles: { active: 1, installed: 2, quarantined: 0 },
  components: { tools: 6, agents: 0, teams: 0, pipelines: 0 },
  calls: { inFlight: 0, finished: 9_007_199_254_740_991, failed: 1 },
  upgradesWaiting: 0,
  store: { bytes: 1024, bytesMax: 10_737_418_240 },
  memory: { rssBytes: 123_456_789 },
};

export const sampleEvent: HostEvent = {
  epoch: 'epoch-1',
  sequence: 1,
  atMs: 1_767_225_600_000.5,
  kind: 'bundle.activated',
  data: { name: 'sample', version: '1.2.3' },
};

export const sampleLog: LogEntry = {
  sequence: 7,
  atMs: 1_767_225_600_000,
  level: 'warn',
  source: 'sample/echo',
  message: 'took long',
  callId: 'call-1',
  fields: { ms: 12 },
};

/** Tokens of the tests: `viewer`, `operator` and `admin`, each a bearer token of that name and role. On a Unix socket everybody is its owner. */
export const scriptedAccess: Access = {
  authenticate({ authorization, via, certificateName }) {
    if (via === 'unix' && authorization === undefined) return { name: 'owner', role: 'admin' };
    if (certificateName === 'operator') return { name: 'certificate:operator', role: 'operator' };
    const name = authorization?.replace(/^Bearer /, '');
    if (name === 'viewer' || name === 'operator' || name === 'admin') return { name, role: name };
    throw new CodedError('UNAUTHENTICATED', { message: 'Cannot take the request: it shows no valid token' });
  },
  admit() {},
  mint: ({ name, ttlMs }) => ({ token: `minted-${name}`, expiresAtMs: ttlMs }),
  async revokeMinted() {},
};

/** Maxima that are far away. */
export const scriptedLimits: ApiLimits = {
  connectionsMax: 64,
  messageBytesMax: 8 * 1024 * 1024,
  callsInFlightMax: 256,
  requestsPerSecond: 100_000,
  requestsBurst: 100_000,
  eventBacklog: 100,
  logBacklog: 100,
};

/** What `requestFinished` and the connections counted. */
export interface ScriptedTelemetry extends Telemetry {
  readonly requests: { readonly gateway: string; readonly method: string; readonly code: string }[];
  /** Connections that are open. */
  readonly connections: { open: number };
}

/** Telemetry that keeps what gateways tell it. */
export function scriptedTelemetry(): ScriptedTelemetry {
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const span: Span = { traceparent: '', set() {}, end() {} };
  const requests: ScriptedTelemetry['requests'] = [];
  const connections = { open: 0 };
  return {
    log,
    requests,
    connections,
    metrics: {
      callStarted() {},
      callFinished() {},
      operationFinished() {},
      requestFinished: (labels) => requests.push(labels),
      connectionOpened: () => (connections.open += 1),
      connectionClosed: () => (connections.open -= 1),
      bundleChanged() {},
      bootPhase() {},
      observe() {},
    },
    traces: { start: () => span },
    record() {},
    async [Symbol.asyncDispose]() {},
  };
}

/** A gateway's setting over a service. */
export function scriptedSetting(
  service: AriaService,
  changes: Partial<GatewaySetting> = {},
): GatewaySetting & { readonly telemetry: ScriptedTelemetry } {
  const telemetry = scriptedTelemetry();
  return {
    service,
    access: scriptedAccess,
    limits: scriptedLimits,
    ready: () => true,
    ...changes,
    telemetry,
  };
}
