import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '#host';
import { formatTraceparent, parseTraceparent } from '../../../firmware/telemetry/traceparent.ts';
import { toolSpan } from '../../../firmware/telemetry/traces.ts';
import { Random, fuzz, fuzzSeed } from '../../fuzz.ts';
import { formsOf, knownSecrets, leaks, shapedSecrets } from './planted.ts';
import { telemetryHere } from './telemetry-here.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

interface Received {
  readonly path: string;
  readonly type: string | undefined;
  readonly text: string;
}

/** A server that takes OTLP over HTTP, or refuses it. */
async function collector(status = 200): Promise<{ readonly endpoint: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      received.push({ path: request.url ?? '', type: request.headers['content-type'], text });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`, received };
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code: number; readonly message?: string };
}

function spansOf(received: readonly Received[]): OtlpSpan[] {
  return received
    .filter(({ path }) => path.endsWith('/v1/traces'))
    .flatMap(({ text }) => JSON.parse(text).resourceSpans as { scopeSpans: { spans: OtlpSpan[] }[] }[])
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function attributesOf(span: OtlpSpan | undefined): Record<string, unknown> {
  return Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));
}

describe('traceparent', () => {
  test('is read and written as W3C has it', () => {
    expect(parseTraceparent(traceparent)).toEqual({ traceId, spanId, sampled: true });
    expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ traceId, spanId, sampled: false });
    expect(parseTraceparent(`00-${traceId}-${spanId}-ff`)?.sampled).toBe(true);
    expect(formatTraceparent({ traceId, spanId, sampled: true })).toBe(traceparent);
  });

  test('of a later version is read as far as it is known', () => {
    expect(parseTraceparent(`cc-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, sampled: true });
    expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-the-future-brings`)).toEqual({
      traceId,
      spanId,
      sampled: true,
    });
  });

  test.each([
    '',
    ' ',
    `${traceparent} `,
    ` ${traceparent}`,
    `${traceparent}\n`,
    `${traceparent}-00`,
    `ff-${traceId}-${spanId}-01`,
    `cc-${traceId}-${spanId}-01.x`,
    `cc-${traceId}-${spanId}-01-${'x'.repeat(300)}`,
    `0-${traceId}-${spanId}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}x-${spanId}-01`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId}-${spanId}-0g`,
    `00_${traceId}_${spanId}_01`,
    '00-٠af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ])('"%s" is none', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  test('that is read is written so that it is read the same', async () => {
    await fuzz((random) => {
      const characters = [...traceparent];
      for (let count = random.below(3); count > 0; count -= 1)
        characters[random.below(characters.length)] = random.pick([...'0123456789abcdefABCDEFg- \n']);
      const context = parseTraceparent(characters.join(''));
      if (context === undefined) return;
      expect(context.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(context.spanId).toMatch(/^[0-9a-f]{16}$/);
      expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
    });
  });
});

describe('A span that nobody collects', () => {
  test('hands its parent on', () => {
    const { traces } = telemetryHere();
    expect(traces.start('x', { traceparent }).traceparent).toBe(traceparent);
    expect(traces.start('x', { traceparent: `00-${traceId}-${spanId}-00` }).traceparent).toBe(
      `00-${traceId}-${spanId}-00`,
    );
  });

  test('without a parent has one context, which says that it is not recorded', () => {
    const span = telemetryHere().traces.start('x', { traceparent: 'hostile\n' });
    expect(parseTraceparent(span.traceparent)?.sampled).toBe(false);
    expect(span.traceparent).toBe(span.traceparent);
    span.set({ a: 1 });
    span.end();
    span.end();
  });

  test('never has an identifier of zeros', () => {
    const draws = [
      new Uint8Array(24),
      new Uint8Array(24).fill(1, 0, 16),
      new Uint8Array(24).fill(1, 16),
      new Uint8Array(24).fill(7),
    ];
    const { traces } = telemetryHere({ randomBytes: () => draws.shift() ?? new Uint8Array(24).fill(9) });
    expect(traces.start('x').traceparent).toBe(`00-${'07'.repeat(16)}-${'07'.repeat(8)}-00`);
  });

  test('loads nothing of OpenTelemetry, and neither do the log and the instruments', () => {
    const script = `
      const { registerHooks } = await import('node:module');
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const { createTelemetry } = await import('./firmware/telemetry/create-telemetry.ts');
      const { systemClock } = await import('./host/clock.ts');
      const telemetry = createTelemetry({ config: { level: 'info' }, clock: systemClock, logBacklog: 5, host: { version: '1', instance: 'i' }, sink: { write() {} } });
      telemetry.log.info('x');
      telemetry.metrics.callStarted({ bundle: 'b', tool: 't' });
      telemetry.traces.start('x').end();
      await telemetry[Symbol.asyncDispose]();
      console.log(loaded.filter((url) => url.includes('opentelemetry') || url.includes('otlp.ts')).length, loaded.length > 20);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toBe('0 true\n');
  });
});

describe('Over OTLP', () => {
  test('a span arrives with the names of GenAI, its parent, its time and its error', async () => {
    const { endpoint, received } = await collector();
    let at = 1000;
    const telemetry = telemetryHere({
      otlpEndpoint: endpoint,
      clock: { ...systemClock, nowMs: () => 1_700_000_000_123 },
      monotonicMs: () => (at += 0.25),
    });
    const tool = toolSpan('orders/list', 'call-1');
    const span = telemetry.traces.start(tool.name, { traceparent, attributes: tool.attributes });
    const inner = telemetry.traces.start('kv.get', { traceparent: span.traceparent });
    inner.set({ 'aria.keys': 3, 'aria.cached': false });
    inner.end({ code: 'CAPABILITY_DENIED', message: 'Cannot use it' });
    span.end();
    span.end({ code: 'INTERNAL', message: 'ended already' });
    span.set({ late: true });
    await telemetry[Symbol.asyncDispose]();
    const [child, parent, ...others] = spansOf(received);
    expect(others).toEqual([]);
    expect(parent).toMatchObject({
      traceId,
      parentSpanId: spanId,
      name: 'execute_tool orders/list',
      status: { code: 0 },
    });
    expect(attributesOf(parent)).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'orders/list',
      'gen_ai.tool.call.id': 'call-1',
      'gen_ai.tool.type': 'function',
    });
    expect(child).toMatchObject({
      traceId,
      parentSpanId: parent?.spanId,
      status: { code: 2, message: 'Cannot use it' },
    });
    expect(attributesOf(child)).toEqual({ 'aria.keys': 3, 'aria.cached': false, 'error.type': 'CAPABILITY_DENIED' });
    expect(child?.startTimeUnixNano).toBe('1700000000123000000');
    expect(child?.endTimeUnixNano).toBe('1700000000123250000');
    const [traces] = received.filter(({ path }) => path === '/base/v1/traces');
    expect(traces?.type).toBe('application/json');
    expect(traces?.text).toContain('"service.instance.id"');
  });

  test('a trace that the caller does not record gets no span', async () => {
    const { endpoint, received } = await collector();
    const telemetry = telemetryHere({ otlpEndpoint: endpoint });
    telemetry.traces.start('x', { traceparent: `00-${traceId}-${spanId}-00` }).end();
    await telemetry[Symbol.asyncDispose]();
    expect(spansOf(received)).toEqual([]);
  });

  test('the same instruments arrive, tool executions also under the name of GenAI', async () => {
    const { endpoint, received } = await collector();
    const telemetry = telemetryHere({ otlpEndpoint: endpoint });
    telemetry.metrics.callStarted({ bundle: 'orders', tool: 'list' });
    telemetry.metrics.callFinished({
      ...{ bundle: 'orders', tool: 'list', outcome: 'MY_OWN_CODE', durationMs: 30, computeMs: 1, memoryBytesPeak: 1 },
    });
    telemetry.metrics.observe('components', () => 3);
    await telemetry[Symbol.asyncDispose]();
    const [sent] = received.filter(({ path }) => path === '/base/v1/metrics');
    const [{ scopeMetrics }] = JSON.parse(sent?.text ?? '').resourceMetrics;
    type Metric = { name: string; unit: string; [kind: string]: unknown };
    const metrics = new Map(
      (scopeMetrics as { metrics: Metric[] }[])
        .flatMap((scope) => scope.metrics)
        .map((metric) => [metric.name, metric]),
    );
    expect(metrics.get('aria.calls.started')).toMatchObject({
      unit: '{call}',
      sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ asDouble: 1 }] },
    });
    expect(metrics.get('aria.call.duration')).toMatchObject({
      unit: 's',
      histogram: { dataPoints: [{ count: 1, sum: 0.03 }] },
    });
    expect(metrics.get('aria.components')).toMatchObject({ gauge: { dataPoints: [{ asDouble: 3 }] } });
    const execution = metrics.get('gen_ai.execute_tool.duration') as unknown as {
      histogram: { dataPoints: { attributes: OtlpSpan['attributes'] }[] };
    };
    expect(attributesOf(execution.histogram.dataPoints[0] as unknown as OtlpSpan)).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'list',
      'error.type': 'TOOL_FAILED',
    });
  });

  test('nothing secret arrives, and nothing that a tool was given or gave', async () => {
    const { endpoint, received } = await collector();
    const random = new Random(fuzzSeed());
    const known = knownSecrets(random);
    const planted = [...known.flatMap((secret) => formsOf(secret)), ...shapedSecrets(random)];
    const telemetry = telemetryHere({ otlpEndpoint: endpoint, secrets: known });
    for (const { text } of planted) {
      const span = telemetry.traces.start(`execute_tool ${text}`, {
        attributes: { text, [text]: 1, nested: `a=${text}` },
      });
      span.set({ password: 'correct-horse', 'gen_ai.tool.call.arguments': 'given', 'gen_ai.output.messages': 'gave' });
      span.end({ code: text, message: `Cannot: ${text}` });
      telemetry.metrics.callFinished({
        ...{ bundle: text, tool: text, outcome: text, durationMs: 1, computeMs: 1, memoryBytesPeak: 1 },
      });
      telemetry.metrics.requestFinished({ gateway: 'http', method: text, code: text, durationMs: 1 });
    }
    await telemetry[Symbol.asyncDispose]();
    const sent = received.map(({ text }) => text).join('');
    expect(spansOf(received)).toHaveLength(planted.length);
    const out = sent + (await telemetry.metricsText());
    expect(leaks(out, planted)).toEqual([]);
    for (const word of ['correct-horse', 'given', '"gave"']) expect(out).not.toContain(word);
  });

  /** Two seconds of waiting for an end are over at once. */
  const hasty = { ...systemClock, sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 200)) };

  test('a host with an endpoint that refuses, or that is not there, goes on, says so once and ends', async () => {
    const { endpoint } = await collector(400);
    for (const otlpEndpoint of [endpoint, 'http://127.0.0.1:9']) {
      const telemetry = telemetryHere({
        ...{ otlpEndpoint, otlp: { metricsEveryMs: 20, spansEveryMs: 10 } },
        clock: hasty,
      });
      for (let count = 0; count < 5000; count += 1) telemetry.traces.start('x').end();
      telemetry.log.info('goes on');
      await telemetry[Symbol.asyncDispose]();
      await telemetry[Symbol.asyncDispose]();
      const messages = telemetry.lines.map((line) => JSON.parse(line).message as string);
      expect(messages).toContain('goes on');
      if (otlpEndpoint === endpoint)
        expect(messages.filter((message) => message.startsWith('Cannot export over OTLP'))).toHaveLength(1);
    }
  });

  test.each(['', 'collector:4318', 'ftp://a', 'http://'])('"%s" is no endpoint', (otlpEndpoint) => {
    expect(() => telemetryHere({ otlpEndpoint })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  test('a password in the endpoint is in no line', () => {
    const telemetry = telemetryHere({ otlpEndpoint: 'http://me:s%2Fw-fish@127.0.0.1:9', clock: hasty });
    telemetry.log.info('s/w-fish and s%2Fw-fish');
    expect(telemetry.lines.join('')).not.toContain('w-fish');
    open.push(telemetry);
  });
});
