/** Puts telemetry together: the log and its tail, the instruments, the spans, and the redactor before all of them. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#host';
import { logLevels } from '#wit/api';
import type { LogTail } from '../service/ports.ts';
import type { Family } from './aggregates.ts';
import { Counter } from './aggregates.ts';
import { endpointInvalid } from './errors.ts';
import { HostMetrics } from './host-metrics.ts';
import { LineSink } from './line-sink.ts';
import { type LogLevel, type RawEntry, createLog, createRecord } from './log.ts';
import { createLogTail } from './log-tail.ts';
import type { createMetricsText } from './metrics-text.ts';
import { type MetricsServer, type MetricsServerOptions, serveMetrics } from './metrics-server.ts';
import type { ResourceFacts } from './otel-resource.ts';
import { OtlpLink } from './otlp-link.ts';
import { ProcessMetrics } from './process-metrics.ts';
import { Redactor } from './redactor.ts';
import type { Telemetry } from './telemetry.ts';
import { createTraces } from './traces.ts';

/** What telemetry is made of. */
export interface TelemetryOptions {
  readonly config: {
    readonly level: LogLevel;
    /** A file, made 0600; standard error where absent. */
    readonly file?: string | undefined;
  };
  readonly clock: Clock;
  /** Lines that the tail keeps. */
  readonly logBacklog: number;
  /** Version of the host, and the epoch of this run. */
  readonly host: ResourceFacts;
  /** OTLP over HTTP; absent: none, and nothing of it is loaded. */
  readonly otlpEndpoint?: string | undefined;
  readonly otlp?: { readonly metricsEveryMs?: number; readonly spansEveryMs?: number };
  /** Secrets that the host knows from the start. */
  readonly secrets?: readonly string[];
  /** Milliseconds that are never set back; the process's own where absent. */
  readonly monotonicMs?: () => number;
  /** The process's own where absent. */
  readonly randomBytes?: (count: number) => Uint8Array;
  /** Where lines go in tests; the file or standard error where absent. */
  readonly sink?: { write(line: string): void };
}

/** Telemetry, and what only the composition needs of it. */
export interface HostTelemetry extends Telemetry {
  readonly tail: LogTail;
  /** From now on the text is in no line, no label and no span. @throws {CodedError} `CONFIG_INVALID` where it has less than four characters. */
  addSecret(secret: string): void;
  /** Takes secrets out of anything else that leaves the host: the data of events. */
  redact(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Serves the metrics. The caller owns the server. @throws {CodedError} `LISTEN_REFUSED`. */
  serveMetrics(address: Omit<MetricsServerOptions, 'text'>): Promise<MetricsServer>;
  /** Text of the metrics as Prometheus reads them. */
  metricsText(): Promise<string>;
  /** Writes waiting lines before a process that fails ends. */
  flushSync(): void;
}

const metricsEveryMsDefault = 30_000;
const spansEveryMsDefault = 2000;

/** Creates telemetry; it is ready at once. @throws {CodedError} `IO_FAILED` where the log cannot be opened, `CONFIG_INVALID`. */
export function createTelemetry(options: TelemetryOptions): HostTelemetry {
  const { config, clock, host } = options;
  const redactor = new Redactor();
  for (const secret of options.secrets ?? []) redactor.addSecret(secret);
  const endpoint = options.otlpEndpoint === undefined ? undefined : openEndpoint(options.otlpEndpoint, redactor);
  const startMs = clock.nowMs();
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  const sink =
    options.sink === undefined
      ? new LineSink({ ...(config.file === undefined ? {} : { file: config.file }), clock })
      : undefined;
  const tail = createLogTail({ backlog: options.logBacklog });
  const lines = new Map(logLevels.map((level) => [level, new Counter()]));
  const write = createRecord({ redactor, tail, clock, level: config.level, sink: options.sink ?? sink ?? noSink });
  const record = (entry: RawEntry): void => {
    lines.get(entry.level)?.add(1);
    write(entry);
  };
  const log = createLog(record, clock);
  const metrics = new HostMetrics((label) => redactor.name(label));
  const process = new ProcessMetrics();
  const failures = new Map(['metrics', 'traces'].map((signal) => [signal, new Counter()]));
  const families = function* (): Generator<Family> {
    yield* metrics.families();
    yield* process.families();
    yield* ownFamilies({ lines, failures, dropped: () => sink?.dropped ?? 0 });
  };
  const source = { families, startMs, nowMs: () => clock.nowMs(), resource: host };
  const link =
    endpoint === undefined
      ? undefined
      : new OtlpLink({
          ...{ ...source, endpoint, clock, log, failures },
          metricsEveryMs: options.otlp?.metricsEveryMs ?? metricsEveryMsDefault,
          spansEveryMs: options.otlp?.spansEveryMs ?? spansEveryMsDefault,
        });
  const text = lazyText(source);
  return {
    log,
    metrics,
    tail,
    traces: createTraces({
      ...{ redactor, monotonicMs, nowMs: () => clock.nowMs() },
      randomBytes: options.randomBytes ?? ((count) => randomBytes(count)),
      ...(link === undefined ? {} : { collect: (span) => link.span(span) }),
    }),
    record,
    addSecret: (secret) => redactor.addSecret(secret),
    redact: (fields) => redactor.fields(fields),
    metricsText: text,
    serveMetrics: (address) => serveMetrics({ ...address, text }),
    flushSync: () => sink?.flushSync(),
    [Symbol.asyncDispose]: once(async () => {
      await link?.[Symbol.asyncDispose]();
      process[Symbol.dispose]();
      await sink?.[Symbol.asyncDispose]();
    }),
  };
}

type MetricsSource = Parameters<typeof createMetricsText>[0];

const noSink = { write: (): void => {} };

/** A password in the URL is a secret from now on. @throws {CodedError} `CONFIG_INVALID`. */
function openEndpoint(endpoint: string, redactor: Redactor): string {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) throw endpointInvalid();
  for (const secret of [url.password, decodeURIComponent(url.password)])
    if (secret.length >= 4) redactor.addSecret(secret);
  return endpoint;
}

/** Loads the SDK with the first request. Those who ask at the same time get the same text. */
function lazyText(source: MetricsSource): () => Promise<string> {
  let loading: Promise<() => Promise<string>> | undefined;
  let pending: Promise<string> | undefined;
  const load = async (): Promise<() => Promise<string>> => {
    const text = await import('./metrics-text.ts');
    return text.createMetricsText(source);
  };
  const collect = async (): Promise<string> => {
    try {
      return await (
        await (loading ??= load())
      )();
    } finally {
      pending = undefined;
    }
  };
  return () => (pending ??= collect());
}

/** What telemetry tells about itself. */
function* ownFamilies({
  lines,
  failures,
  dropped,
}: {
  readonly lines: ReadonlyMap<string, Counter>;
  readonly failures: ReadonlyMap<string, Counter>;
  readonly dropped: () => number;
}): Generator<Family> {
  const points = (counters: ReadonlyMap<string, Counter>, name: string) =>
    Array.from(counters, ([label, { value }]) => ({ labels: { [name]: label }, value }));
  yield {
    ...{ name: 'aria.log.lines', description: 'Lines of the log, by level', unit: '{line}' },
    ...{ kind: 'counter', points: points(lines, 'level') },
  };
  yield {
    ...{ name: 'aria.log.lines.dropped', description: 'Lines that could not be written', unit: '{line}' },
    ...{ kind: 'counter', points: [{ labels: {}, value: dropped() }] },
  };
  yield {
    ...{ name: 'aria.otlp.failures', description: 'Batches that did not arrive over OTLP', unit: '{batch}' },
    ...{ kind: 'counter', points: points(failures, 'signal') },
  };
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= run());
}
