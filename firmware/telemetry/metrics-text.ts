/**
 * The metrics as Prometheus reads them, written by OpenTelemetry's serializer. Loaded with the first request: the SDK behind it is large.
 *
 * A host with thousands of tools has a hundred thousand samples. They are written some points at a time, so that no call waits for all of them.
 */
import { setImmediate } from 'node:timers/promises';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { type ProducerOptions, metricsOf, scope } from './metric-producer.ts';
import { type ResourceFacts, createResource } from './otel-resource.ts';

/** Points of a histogram take some 40 µs each. */
const pointsAtOnce = 32;

/** Writes the text of a scrape. */
export function createMetricsText(
  options: Omit<ProducerOptions, 'naming' | 'resource'> & { readonly resource: ResourceFacts },
): () => Promise<string> {
  const resource = createResource(options.resource);
  // Without prefix, times, constant labels and labels of the scope; `target_info` only at the beginning.
  const [first, others] = [false, true].map(
    (withoutTarget) => new PrometheusSerializer(undefined, false, undefined, withoutTarget, true),
  ) as [PrometheusSerializer, PrometheusSerializer];
  const write = (serializer: PrometheusSerializer, metric: MetricData): string =>
    serializer.serialize({ resource, scopeMetrics: [{ scope, metrics: [metric] }] });
  return async () => {
    const parts: string[] = [];
    for (const metric of metricsOf({ ...options, naming: 'prometheus' })) {
      for (let start = 0; start < metric.dataPoints.length; start += pointsAtOnce) {
        const part = write(parts.length === 0 ? first : others, pointsOf(metric, start));
        parts.push(start === 0 ? part : withoutHead(part));
        await setImmediate();
      }
    }
    return parts.join('');
  };
}

function pointsOf(metric: MetricData, start: number): MetricData {
  // Each kind of metric keeps the points of its kind.
  return { ...metric, dataPoints: metric.dataPoints.slice(start, start + pointsAtOnce) } as MetricData;
}

/** Help and type stand once. */
function withoutHead(part: string): string {
  return part.replace(/^(?:#[^\n]*\n)+/, '');
}
