/** Sends metrics and spans over OTLP/HTTP in JSON. Loaded only where an endpoint is configured; an endpoint that does not answer disturbs nobody. */
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Resource } from '@opentelemetry/resources';
import { type ProducerOptions, createMetricProducer, hrTime, scope } from './metric-producer.ts';
import { type ResourceFacts, createResource } from './otel-resource.ts';
import type { FinishedSpan } from './traces.ts';

/** What the exporter is made of. */
export interface OtlpOptions extends Omit<ProducerOptions, 'naming' | 'resource'> {
  /** Base of the URLs: `/v1/metrics` and `/v1/traces` are below it. */
  readonly endpoint: string;
  readonly resource: ResourceFacts;
  readonly metricsEveryMs: number;
  readonly spansEveryMs: number;
  /** Hears of batches that did not arrive. */
  readonly failed: (signal: 'metrics' | 'traces', error: unknown) => void;
}

/** An exporter that runs. */
export interface Otlp {
  span(span: FinishedSpan): void;
  /** Sends what waits and ends. Resolves also where that fails. */
  shutdown(): Promise<void>;
}

/** Longest that one batch may take, attempts included. */
const exportMsMax = 5000;
/** Spans that wait; more are dropped. */
const spansMax = 4096;
const spansOfBatchMax = 512;
/** Points of metrics in a batch: turning one into JSON must not hold up the host. */
const pointsOfBatchMax = 500;
/** Batches under way at the same time. */
const exportsMax = 4;

/** Begins to export. */
export function createOtlp(options: OtlpOptions): Otlp {
  const { endpoint, failed, nowMs, startMs, families } = options;
  const resource = createResource(options.resource);
  const base = endpoint.replace(/\/+$/, '');
  const common = { timeoutMillis: exportMsMax, concurrencyLimit: exportsMax };
  const reader = new PeriodicExportingMetricReader({
    exporter: observed(new OTLPMetricExporter({ ...common, url: `${base}/v1/metrics` }), (error) =>
      failed('metrics', error),
    ),
    exportIntervalMillis: options.metricsEveryMs,
    exportTimeoutMillis: Math.min(exportMsMax + 1000, options.metricsEveryMs),
    maxExportBatchSize: pointsOfBatchMax,
    metricProducers: [createMetricProducer({ families, naming: 'otlp', resource, startMs, nowMs })],
  });
  const meters = new MeterProvider({ resource, readers: [reader] });
  const exporter: SpanExporter = observed(new OTLPTraceExporter({ ...common, url: `${base}/v1/traces` }), (error) =>
    failed('traces', error),
  );
  const spans = new BatchSpanProcessor(exporter, {
    maxQueueSize: spansMax,
    maxExportBatchSize: spansOfBatchMax,
    scheduledDelayMillis: options.spansEveryMs,
    exportTimeoutMillis: exportMsMax + 1000,
  });
  return {
    span: (span) => spans.onEnd(toReadable(span, resource)),
    shutdown: async () => void (await Promise.allSettled([meters.shutdown(), spans.shutdown()])),
  };
}

/** What an exporter says about a batch; its code is 0 where the batch arrived. */
type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];

interface Exporter {
  export(batch: never, done: (result: ExportResult) => void): void;
}

/** The same exporter; failures are heard of. */
function observed<Kind extends Exporter>(exporter: Kind, failed: (error: unknown) => void): Kind {
  const send = exporter.export.bind(exporter);
  exporter.export = (batch: never, done: (result: ExportResult) => void) =>
    send(batch, (result) => {
      if (result.code !== 0) failed(result.error);
      done(result);
    });
  return exporter;
}

function toReadable(span: FinishedSpan, resource: Resource): ReadableSpan {
  const { traceId, spanId } = span.context;
  const context = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  return {
    name: span.name,
    kind: SpanKind.INTERNAL,
    spanContext: () => context,
    ...(span.parentSpanId === undefined
      ? {}
      : { parentSpanContext: { traceId, spanId: span.parentSpanId, traceFlags: TraceFlags.SAMPLED, isRemote: true } }),
    startTime: hrTime(span.startMs),
    endTime: hrTime(span.startMs + span.durationMs),
    duration: hrTime(span.durationMs),
    status:
      span.error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: span.error },
    attributes: { ...span.attributes },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
