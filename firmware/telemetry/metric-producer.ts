/** Hands the aggregates to OpenTelemetry: one `MetricProducer` for the Prometheus serializer and for the OTLP exporter. Loaded when somebody asks. */
import { ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Family, Histogram, Point } from './aggregates.ts';

/** How names are written: as OpenTelemetry has them, or with their unit at the end as Prometheus has them. */
type Naming = 'otlp' | 'prometheus';

/** What points are made of. */
export interface ProducerOptions {
  readonly families: () => Iterable<Family>;
  readonly naming: Naming;
  readonly resource: Resource;
  /** When counting began, and now; milliseconds since 1970. */
  readonly startMs: number;
  readonly nowMs: () => number;
}

/** Seconds and nanoseconds. */
type Time = [number, number];

/** Creates a producer that reads the aggregates each time. */
export function createMetricProducer(options: ProducerOptions): MetricProducer {
  return { collect: () => Promise.resolve(collectMetrics(options)) };
}

/** Who the points and the spans are from. */
export const scope = { name: 'aria' } as const;

/** One metric after the other as it stands when it is taken, cumulative since the start. Those without points are left out. */
export function* metricsOf({
  families,
  naming,
  startMs,
  nowMs,
}: Omit<ProducerOptions, 'resource'>): Generator<MetricData> {
  for (const family of families()) {
    if (family.otlpOnly === true && naming !== 'otlp') continue;
    const [startTime, endTime] = [hrTime(startMs), hrTime(Math.max(startMs, nowMs()))];
    const metric = toMetric(family, naming, { startTime, endTime });
    if (metric.dataPoints.length > 0) yield metric;
  }
}

function collectMetrics(options: ProducerOptions): CollectionResult {
  const metrics = [...metricsOf(options)];
  return { resourceMetrics: { resource: options.resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
}

function toMetric(family: Family, naming: Naming, times: { startTime: Time; endTime: Time }): MetricData {
  const { name, description, unit } = family;
  const facts = {
    descriptor: {
      name: naming === 'otlp' ? name : prometheusName(name, unit),
      description,
      // A line with the unit is of another format than the one that is sent.
      unit: naming === 'otlp' ? unit : '',
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  switch (family.kind) {
    case 'histogram': {
      const dataPoints = Array.from(family.points, ({ labels, value }: Point<Histogram>) => ({
        ...times,
        attributes: labels,
        value: histogramValue(value),
      }));
      return { ...facts, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    case 'gauge':
      return { ...facts, dataPointType: DataPointType.GAUGE, dataPoints: numbers(family.points, times) };
    case 'counter':
    case 'level': {
      const isMonotonic = family.kind === 'counter';
      return { ...facts, dataPointType: DataPointType.SUM, isMonotonic, dataPoints: numbers(family.points, times) };
    }
  }
}

function numbers(points: Iterable<Point<number>>, times: { startTime: Time; endTime: Time }) {
  return Array.from(points, ({ labels, value }) => ({ ...times, attributes: labels, value }));
}

function histogramValue({ bounds, counts, count, sum, min, max }: Histogram) {
  return {
    buckets: { boundaries: [...bounds], counts: [...counts] },
    sum,
    count,
    ...(count > 0 ? { min, max } : {}),
  };
}

/** `aria.call.duration` in seconds is `aria_call_duration_seconds`; the serializer adds `_total`. */
function prometheusName(name: string, unit: string): string {
  const ending = { s: '_seconds', By: '_bytes' }[unit] ?? '';
  const base = name.replaceAll('.', '_');
  return base.endsWith(ending) ? base : base + ending;
}

/** Milliseconds, with fractions, as OpenTelemetry has them. */
export function hrTime(ms: number): Time {
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6))];
}
