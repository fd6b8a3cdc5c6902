/** Calls and the tokens that they hold: exclusive ones, quotas, locks of operations, calls within calls, and what `tokens` and `why` tell of them. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectSync } from '#quilt-adapter/sync/grpc';
import type { CodedError } from '#wit/errors';
import type { AriaApi, CallResult, CallProgress } from '#wit/api';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { type HostUnderTest, startHost } from './host-under-test.ts';

/** Waits in a loop of short timers until a key is set, by an operation that takes no lock which others hold. */
const untilOpen =
  "while (!(await sdk.kv('gate').get(input.gate ?? 'open'))) await new Promise((next) => setTimeout(next, 5));";

const tools: readonly ToolSample[] = [
  { name: 'exclusive', tokens: ['kv:orders:x', 'kv:gate:r'], body: `${untilOpen} return 'ended';` },
  { name: 'exclusiveBelow', tokens: ['kv:orders.pending:x'], body: "return 'ended';" },
  { name: 'writer', tokens: ['kv:orders:rw'], body: "await sdk.kv('orders.new').set('k', 'v'); return 'written';" },
  { name: 'other', tokens: ['kv:invoices:x'], body: "return 'free';" },
  { name: 'open', tokens: ['kv:gate:rw'], body: "await sdk.kv('gate').set(input.gate ?? 'open', 'yes'); return null;" },
  { name: 'counted', tokens: ['gpu:any:compute', 'kv:gate:r'], body: `${untilOpen} return 'counted';` },
  {
    name: 'first',
    tokens: ['kv:a:x', 'kv:b:rw', 'kv:gate:r'],
    body: `${untilOpen} await sdk.kv('b').set('k', '1'); return 'first';`,
  },
  {
    name: 'second',
    tokens: ['kv:b:x', 'kv:a:rw', 'kv:gate:r'],
    body: `${untilOpen} await sdk.kv('a').set('k', '2'); return 'second';`,
  },
  {
    name: 'lone',
    tokens: ['kv:lone:x', 'kv:b:rw', 'kv:gate:r'],
    body: `${untilOpen} await sdk.kv('b').set('k', '3'); return 'lone';`,
  },
  {
    name: 'outer',
    tokens: ['kv:orders:x', 'tool:inner:call'],
    body: "return ['outer', await sdk.tools.call('inner', { n: 1 })];",
  },
  {
    name: 'inner',
    tokens: ['kv:orders:rw', 'kv:secret:r'],
    body: `await sdk.kv('orders').set('n', String(input.n));
      return [await sdk.kv('orders').getText('n'), await sdk.kv('secret').get('k').then(() => 'ok', (error) => error.code)];`,
  },
  { name: 'spiral', tokens: ['tool:spiral:call'], body: "return await sdk.tools.call('spiral', {});" },
  { name: 'ping', tokens: ['tool:ping:call', 'tool:pong:call'], body: "return await sdk.tools.call('pong', {});" },
  { name: 'pong', tokens: ['tool:ping:call', 'tool:pong:call'], body: "return await sdk.tools.call('ping', {});" },
  {
    name: 'reach',
    tokens: ['tool:kit/hidden:call', 'tool:hidden:call'],
    body: `const codeOf = (name) => sdk.tools.call(name, {}).catch((error) => error.code);
      return [await codeOf('kit/hidden'), await codeOf('hidden')];`,
  },
];

const toml = '[quota.gpu]\ntoken = "gpu:any:compute"\nconcurrency = 1\n';

describe('calls hold their tokens', () => {
  let host: HostUnderTest;
  let api: AriaApi;
  beforeAll(async () => {
    host = await startHost({ toml });
    api = host.owner;
    await host.install({ name: 'desk', tools });
    await host.install({ name: 'kit', tools: [{ name: 'hidden', body: "return 'found';" }], sequence: 50 });
  });
  afterAll(() => host[Symbol.asyncDispose]());

  /** Starts a call; gives its id as soon as it runs, and its result. */
  function begin(tool: string, input: object = {}): { id: Promise<string>; result: Promise<CallResult> } {
    const id = Promise.withResolvers<string>();
    const progress = (step: CallProgress): void => {
      if (step.kind === 'started') id.resolve(step.callId);
    };
    return { id: id.promise, result: api.callTool({ tool, input }, { progress }) };
  }
  const outputOf = async (result: Promise<CallResult>): Promise<unknown> => {
    const settled = await result;
    return settled.kind === 'done' ? settled.output : settled.error.code;
  };
  const call = (tool: string, input: object = {}): Promise<unknown> => outputOf(api.callTool({ tool, input }));
  /** Waits until so many calls wait for tokens. */
  async function waiting(count: number): Promise<readonly { holder: string; reasons: readonly string[] }[]> {
    for (;;) {
      const { waits } = await api.tokens();
      if (waits.length >= count) return waits;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  test('a token of mode x is held for the whole call, alone, with what lies below it', async () => {
    const holder = begin('exclusive', { gate: 'one' });
    const id = await holder.id;
    const { holds } = await api.tokens();
    expect(holds).toMatchObject([{ holder: id, label: 'desk@1.0.0/exclusive', tokens: ['kv:orders:x'] }]);
    const below = call('exclusiveBelow');
    const write = call('writer');
    const [one] = await waiting(2);
    expect(one?.reasons.join(' ')).toContain(id);
    expect(await call('other')).toBe('free');
    await call('open', { gate: 'one' });
    expect(await outputOf(holder.result)).toBe('ended');
    expect(await Promise.all([below, write])).toEqual(['ended', 'written']);
    expect(await api.tokens()).toMatchObject({ holds: [], waits: [] });
  });
  test('why tells what a call waits for, where it runs, and how it ended', async () => {
    const holder = begin('exclusive', { gate: 'two' });
    const id = await holder.id;
    const waiter = api.callTool({ tool: 'exclusiveBelow', input: {} });
    const [wait] = await waiting(1);
    const told = await api.why(wait?.holder ?? '');
    expect(told).toMatchObject({ state: 'waiting', tool: 'exclusiveBelow', bundle: 'desk@1.0.0', substrate: 'wasm' });
    expect(told.reasons.join(' ')).toContain('desk@1.0.0/exclusive');
    expect(told.placement).toEqual(['nothing asks for a container']);
    await call('open', { gate: 'two' });
    await holder.result;
    const { callId } = await waiter;
    expect(await api.why(callId)).toMatchObject({ state: 'finished', outcome: 'done', reasons: [] });
    expect((await api.why(callId)).waitedMs).toBeGreaterThan(0);
    expect(await api.why(id)).toMatchObject({ state: 'finished', outcome: 'done' });
    await expect(api.why('no-such-call')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
  test('a quota lets as many run as it says', async () => {
    const first = begin('counted', { gate: 'three' });
    await first.id;
    const second = api.callTool({ tool: 'counted', input: { gate: 'three' } });
    await waiting(1);
    const { quotas } = await api.tokens();
    expect(quotas).toMatchObject([
      { name: 'gpu', covers: 'gpu:any:compute', kind: 'concurrency', used: 1, max: 1, waiting: 1 },
    ]);
    await call('open', { gate: 'three' });
    expect(await Promise.all([outputOf(first.result), outputOf(second)])).toEqual(['counted', 'counted']);
  });
  test('tools that could come to wait for each other take their tokens at once, and both end well', async () => {
    const [first, second] = [
      begin('first', { gate: 'four' }),
      api.callTool({ tool: 'second', input: { gate: 'four' } }),
    ];
    const id = await first.id;
    await waiting(1);
    const { holds } = await api.tokens();
    expect(holds).toMatchObject([{ holder: id, label: 'desk@1.0.0/first' }]);
    expect([...(holds[0]?.tokens ?? [])].toSorted()).toEqual(['kv:a:x', 'kv:b:rw']);
    await call('open', { gate: 'four' });
    expect(await Promise.all([outputOf(first.result), outputOf(second)])).toEqual(['first', 'second']);
  });
  test('a call and another process that wait for each other: one of them ends with DEADLOCK and its cycle, the other goes on', async () => {
    using process = connectSync(join(host.home, 'run', 'quilt', 'api.sock'));
    const own = await process.acquire({ holder: 'batch', label: 'a batch job', tokens: ['kv:b:x'] });
    // It has its own exclusive token, and its operation waits for the process.
    const held = begin('lone', { gate: 'ten' });
    const id = await held.id;
    await call('open', { gate: 'ten' });
    await waiting(1);
    const wanted = process.acquire({ holder: 'batch', label: 'a batch job', tokens: ['kv:lone:x'] }).then(
      () => 'granted',
      (error: CodedError) => error.wire,
    );
    const [result, other] = await Promise.all([
      held.result.then(async (settled) => {
        if (settled.kind === 'failed') return settled.error;
        return 'done';
      }),
      wanted.then(async (settled) => {
        await process.release(own.id);
        return settled;
      }),
    ]);
    const [ended] = [result, other].filter((one) => typeof one !== 'string');
    expect(ended).toMatchObject({ code: 'DEADLOCK', retryable: true });
    expect([result, other].filter((one) => typeof one === 'string')).toHaveLength(1);
    for (const part of ['desk@1.0.0/lone', 'a batch job', id]) expect(JSON.stringify(ended)).toContain(part);
    await process.releaseHolder('batch');
    await expect.poll(() => api.tokens()).toMatchObject({ holds: [], waits: [] });
  });
  test('a call that is cancelled while it waits leaves nothing behind', async () => {
    const holder = begin('exclusive', { gate: 'five' });
    await holder.id;
    const controller = new AbortController();
    const waiter = api.callTool({ tool: 'exclusiveBelow', input: {} }, { signal: controller.signal });
    await waiting(1);
    controller.abort();
    expect(await outputOf(waiter)).toBe('CANCELLED');
    expect((await api.tokens()).waits).toEqual([]);
    await call('open', { gate: 'five' });
    await holder.result;
  });
  test('a call that waits longer than it may take is DEADLINE_EXCEEDED, and says for what', async () => {
    const holder = begin('exclusive', { gate: 'six' });
    await holder.id;
    const late = await api.callTool({ tool: 'exclusiveBelow', input: {}, timeoutMs: 30 });
    expect(late).toMatchObject({ kind: 'failed', error: { code: 'DEADLINE_EXCEEDED' }, usage: { turns: 0 } });
    await call('open', { gate: 'six' });
    await holder.result;
  });
  test('a nested call has the holds of its caller, and nothing that its caller has not', async () => {
    expect(await call('outer')).toEqual(['outer', ['1', 'CAPABILITY_DENIED']]);
  });
  test('tools that call themselves or each other for ever end with CALL_DEPTH_EXCEEDED, which names the circle', async () => {
    const spiral = await api.callTool({ tool: 'spiral', input: {} });
    expect(spiral).toMatchObject({ kind: 'failed', error: { code: 'CALL_DEPTH_EXCEEDED' } });
    const ping = await api.callTool({ tool: 'ping', input: {} });
    expect(ping).toMatchObject({ kind: 'failed', error: { code: 'CALL_DEPTH_EXCEEDED' } });
    expect(ping.kind === 'failed' && ping.error.message).toMatch(/ping → desk@1\.0\.0\/pong|pong → desk@1\.0\.0\/ping/);
  });
  test('a bare name is a tool of the own bundle, bundle/name one of another', async () => {
    expect(await call('reach')).toEqual(['found', 'NOT_FOUND']);
  });
  test('calls that wait are told of as events, and every event of a call comes in order', async () => {
    const kinds: string[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const { kind, data } of api.events({ signal: stop.signal })) {
        kinds.push(`${kind} ${String(data['tool'])}`);
        if (kind === 'call.finished' && data['tool'] === 'exclusiveBelow') return;
      }
    })();
    const holder = begin('exclusive', { gate: 'seven' });
    await holder.id;
    const waiter = call('exclusiveBelow');
    await waiting(1);
    await call('open', { gate: 'seven' });
    await Promise.all([holder.result, waiter, reading]);
    stop.abort();
    expect(kinds.filter((kind) => kind.endsWith('exclusiveBelow'))).toEqual([
      'call.waiting exclusiveBelow',
      'call.started exclusiveBelow',
      'call.finished exclusiveBelow',
    ]);
  });
});
