import { request } from 'node:http';
import { type Socket, connect } from 'node:net';
import { once } from 'node:events';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  AggregationTemporality,
} from '@opentelemetry/sdk-metrics';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { afterEach, describe, expect, test } from 'vitest';
import { Histogram, durationBounds } from '../../../firmware/telemetry/aggregates.ts';
import { HostMetrics } from '../../../firmware/telemetry/host-metrics.ts';
import { metricsOf } from '../../../firmware/telemetry/metric-producer.ts';
import { createMetricsText } from '../../../firmware/telemetry/metrics-text.ts';
import { createResource } from '../../../firmware/telemetry/otel-resource.ts';
import { LabelSets } from '../../../firmware/telemetry/label-sets.ts';
import { type MetricsServerOptions, serveMetrics } from '../../../firmware/telemetry/metrics-server.ts';
import { Random, fuzzSeed } from '../../fuzz.ts';
import { telemetryHere } from './telemetry-here.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

function finished(tool: string, outcome = 'done', durationMs = 2) {
  return { bundle: 'orders', tool, outcome, durationMs, computeMs: 1, memoryBytesPeak: 3 * 1024 * 1024 };
}

/** Lines of a sample by name and labels, less the comments. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('The instruments', () => {
  test('come out as Prometheus reads them', async () => {
    const telemetry = telemetryHere();
    const { metrics } = telemetry;
    metrics.callStarted({ bundle: 'orders', tool: 'list' });
    metrics.callStarted({ bundle: 'orders', tool: 'list' });
    metrics.callFinished(finished('list'));
    metrics.callStarted({ bundle: 'orders', tool: 'add' });
    metrics.callFinished(finished('add', 'TOOL_FAILED', 70_000));
    metrics.operationFinished({ operation: 'kv.get', outcome: 'done', durationMs: 0.05 });
    metrics.requestFinished({ gateway: 'grpc', method: 'CallTool', code: 'OK', durationMs: 1 });
    metrics.connectionOpened('websocket');
    metrics.connectionOpened('websocket');
    metrics.connectionClosed('websocket');
    metrics.bundleChanged({ change: 'activated' });
    metrics.bootPhase({ phase: 'engines', durationMs: 250 });
    metrics.observe('components', () => 12);
    metrics.observe('store_bytes', () => Number.NaN);
    metrics.observe('calls_in_flight', () => {
      throw new Error('closed');
    });
    const text = await telemetry.metricsText();
    const values = samples(text);
    expect(Object.fromEntries(values)).toMatchObject({
      'target_info{service_name="aria",service_version="1.2.3",service_instance_id="epoch-1"}': 1,
      'aria_calls_started_total{bundle="orders",tool="list"}': 2,
      'aria_calls_active{bundle="orders",tool="list"}': 1,
      'aria_calls_active{bundle="orders",tool="add"}': 0,
      'aria_calls_finished_total{bundle="orders",tool="add",outcome="TOOL_FAILED"}': 1,
      'aria_call_duration_seconds_count{bundle="orders",tool="list"}': 1,
      'aria_call_duration_seconds_sum{bundle="orders",tool="list"}': 0.002,
      'aria_call_duration_seconds_bucket{bundle="orders",tool="list",le="0.001"}': 0,
      'aria_call_duration_seconds_bucket{bundle="orders",tool="list",le="0.0025"}': 1,
      'aria_call_duration_seconds_bucket{bundle="orders",tool="add",le="60"}': 0,
      'aria_call_duration_seconds_bucket{bundle="orders",tool="add",le="+Inf"}': 1,
      'aria_call_memory_peak_bytes_bucket{bundle="orders",tool="list",le="4194304"}': 1,
      'aria_operation_duration_seconds_count{operation="kv.get",outcome="done"}': 1,
      'aria_request_duration_seconds_count{gateway="grpc",method="CallTool",code="OK"}': 1,
      'aria_connections_active{gateway="websocket"}': 1,
      'aria_connections_opened_total{gateway="websocket"}': 2,
      'aria_bundle_changes_total{change="activated"}': 1,
      'aria_boot_phase_duration_seconds{phase="engines"}': 0.25,
      aria_components: 12,
    });
    for (const absent of ['aria_store_size_bytes', 'aria_calls_in_flight']) expect(values.has(absent)).toBe(false);
    for (const present of [
      'process_memory_usage_bytes',
      'v8js_memory_heap_used_bytes',
      'nodejs_eventloop_delay_p99_seconds',
    ])
      expect([...values.keys()]).toContain(present);
    expect(text).not.toContain('gen_ai');
    expect(new Set(values.keys()).size).toBe(
      text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
    );
  });

  test('count into the same buckets as the SDK of OpenTelemetry', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
    const theirs = provider
      .getMeter('x')
      .createHistogram('x', { advice: { explicitBucketBoundaries: [...durationBounds] } });
    const ours = new Histogram(durationBounds);
    const random = new Random(fuzzSeed());
    const values = [
      ...durationBounds,
      0,
      61,
      ...Array.from({ length: 2000 }, () => 10 ** (random.below(1000) / 150 - 5)),
    ];
    for (const value of values) {
      theirs.record(value);
      ours.record(value);
    }
    await provider.forceFlush();
    const [metrics] = exporter.getMetrics();
    const point = metrics?.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value;
    expect(point).toMatchObject({
      buckets: { boundaries: ours.bounds, counts: ours.counts },
      count: ours.count,
      min: ours.min,
      max: ours.max,
    });
    await provider.shutdown();
  });

  test('take a duration that is none, or below zero, as zero', () => {
    const histogram = new Histogram([1]);
    for (const value of [-5, Number.NaN, Infinity]) histogram.record(value);
    expect(histogram).toMatchObject({ count: 3, sum: 0, counts: [3, 0] });
  });

  test('have so many series and not one more, whatever labels come', async () => {
    const telemetry = telemetryHere();
    for (let index = 0; index < 6000; index += 1) {
      telemetry.metrics.callStarted({ bundle: 'b', tool: `tool-${index}` });
      telemetry.metrics.callFinished(finished('t', `CODE_${index}`));
      telemetry.metrics.requestFinished({ gateway: 'http', method: `/path/${index}`, code: 'OK', durationMs: 1 });
    }
    const text = await telemetry.metricsText();
    const count = (name: string): number => text.split(`\n${name}{`).length - 1;
    expect(count('aria_calls_started_total')).toBe(2048);
    expect(count('aria_calls_finished_total')).toBe(4096);
    expect(count('aria_request_duration_seconds_count')).toBe(256);
    // One of the places is that of the others, one that of the tool "t".
    expect(text).toContain('\naria_calls_started_total{bundle="other",tool="other"} 3954\n');
    expect(text).toContain('\naria_calls_finished_total{bundle="other",tool="other",outcome="other"} 1905\n');
  });

  test('are written piece by piece as the serializer of OpenTelemetry writes them at once', async () => {
    const metrics = new HostMetrics((label) => label);
    for (let index = 0; index < 100; index += 1) metrics.callStarted({ bundle: 'b', tool: `tool "${index}"\\` });
    const options = { families: () => metrics.families(), startMs: 0, nowMs: () => 5 };
    const facts = { version: '1', instance: 'i' };
    const atOnce = new PrometheusSerializer(undefined, false, undefined, false, true).serialize({
      resource: createResource(facts),
      scopeMetrics: [{ scope: { name: 'aria' }, metrics: [...metricsOf({ ...options, naming: 'prometheus' })] }],
    });
    expect(await createMetricsText({ ...options, resource: facts })()).toBe(atOnce);
  });

  test('keep labels apart that look alike, and put those together that are the same without their secrets', () => {
    const sets = new LabelSets<{ hits: number }>({
      names: ['a', 'b'],
      seriesMax: 10,
      create: () => ({ hits: 0 }),
      clean: (label) => label.replace(/secret-\d/, '[redacted]'),
    });
    for (const [first, second] of [
      ['x', 'yz'],
      ['xy', 'z'],
      ['__proto__', 'constructor'],
      ['secret-1', ''],
      ['secret-2', ''],
    ] as const)
      sets.get(first, second).hits += 1;
    expect([...sets.entries()].map(([labels, { hits }]) => [...Object.values(labels), hits])).toEqual([
      ['x', 'yz', 1],
      ['xy', 'z', 1],
      ['__proto__', 'constructor', 1],
      ['[redacted]', '', 2],
    ]);
    sets.get('long'.repeat(100)).hits += 1;
    expect([...sets.entries()].at(-1)?.[0]).toEqual({ a: 'other', b: 'other' });
  });

  test('cannot be made to forge a line or to say a secret', async () => {
    const telemetry = telemetryHere({ secrets: ['swordfish-7'] });
    telemetry.metrics.callStarted({ bundle: 'a"} 1\nforged_total 5\n', tool: 'swordfish-7' });
    const text = await telemetry.metricsText();
    expect(text).not.toMatch(/^forged_total/m);
    expect(text).not.toContain('swordfish-7');
  });
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type: string | undefined;
}

describe('The server of metrics', () => {
  async function serve(options: Partial<MetricsServerOptions> = {}) {
    const server = await serveMetrics({ host: '127.0.0.1', port: 0, text: () => Promise.resolve('x 1\n'), ...options });
    open.push(server);
    return { server, port: Number(server.address.split(':').at(-1)) };
  }

  function ask(port: number, { path = '/metrics', method = 'GET', headers = {} } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, type: response.headers['content-type'] }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  test('answers GET /metrics with the text of Prometheus', async () => {
    const telemetry = telemetryHere();
    const server = await telemetry.serveMetrics({ host: '127.0.0.1', port: 0 });
    open.push(server);
    const answer = await ask(Number(server.address.split(':')[1]));
    expect(answer).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
    expect(answer.text).toContain('aria_log_lines_total{level="info"} 0');
  });

  test.each([
    { path: '/', status: 404 },
    { path: '/metrics/', status: 404 },
    { path: '/../metrics', status: 404 },
    { path: '//metrics', status: 404 },
    { method: 'POST', status: 405 },
    { method: 'HEAD', status: 405 },
    { method: 'OPTIONS', status: 405 },
    { path: '/metrics?a=1', status: 200 },
    { headers: { host: 'evil.example' }, status: 403 },
    { headers: { host: 'evil.example:9090' }, status: 403 },
    { headers: { host: '127.0.0.1.evil.example' }, status: 403 },
    { headers: { host: 'localhost:9090' }, status: 200 },
    { headers: { host: '[::1]:9090' }, status: 200 },
    { headers: { host: 'metrics.example' }, status: 200 },
    { headers: { origin: 'http://localhost:9090' }, status: 403 },
    { headers: { 'sec-fetch-site': 'cross-site' }, status: 403 },
  ])('answers %j', async ({ status, ...asked }) => {
    const { port } = await serve({ hosts: ['metrics.example'] });
    const answer = await ask(port, asked);
    expect(answer.status).toBe(status);
    expect(answer.text.includes('x 1')).toBe(status === 200);
  });

  test('says nothing about a failure but that it failed', async () => {
    const { port } = await serve({ text: () => Promise.reject(new Error('swordfish')) });
    const answer = await ask(port);
    expect(answer).toMatchObject({ status: 500, text: 'Cannot collect the metrics\n' });
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', 'example.com', '127.evil.example', ''])(
    'refuses to listen on "%s" without TLS',
    async (host) => {
      await expect(serve({ host })).rejects.toMatchObject({ code: 'LISTEN_REFUSED' });
      await expect(serve({ host, authenticate: () => {} })).rejects.toMatchObject({ code: 'LISTEN_REFUSED' });
    },
  );

  test('says where the address is taken', async () => {
    const { port } = await serve();
    await expect(serve({ port })).rejects.toMatchObject({
      code: 'LISTEN_REFUSED',
      message: expect.stringContaining(String(port)),
    });
  });

  test('outlives frames that are no requests, headers that are too large, and clients that never read or never end', async () => {
    let asked = 0;
    const { port } = await serve({
      text: () => {
        asked += 1;
        return Promise.resolve('x'.repeat(8_000_000));
      },
    });
    const random = new Random(fuzzSeed());
    const send = async (bytes: string | Uint8Array): Promise<void> => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    };
    for (let count = 0; count < 100; count += 1) await send(random.bytes(1 + random.below(200)));
    await send(`GET /metrics HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(9000)}\r\n\r\n`);
    await send('GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    await send('CONNECT a:1 HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(asked).toBe(0);
    const sockets: Socket[] = [];
    for (let count = 0; count < 40; count += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(count % 2));
      sockets.push(socket.pause());
    }
    // Sixteen have a place at most; the others were closed.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toBeLessThanOrEqual(16);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ask(port)).status).toBe(200);
  });

  test('closes at once and twice, also with connections that are open', async () => {
    const { server, port } = await serve();
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    await Promise.all([server[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
    await expect(ask(port)).rejects.toThrow();
    socket.destroy();
  });
});
