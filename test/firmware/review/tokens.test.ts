/** Calls and their tokens under attack: what must not leak, wait for ever, reach beyond its caller, or crowd others out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore, createOperations } from '#host';
import { createTokenScheduler } from '#quilt-adapter/sync';
import type { CallProgress, CallResult } from '#wit/api';
import { parseToken } from '#wit/tokens';
import { LockPlan } from '../../../firmware/service/lock-plan.ts';
import type { ActiveBundle } from '../../../firmware/service/ports.ts';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { type HostUnderTest, startHost } from '../host/host-under-test.ts';

const untilOpen =
  "while (!(await sdk.kv('gate').get(input.gate ?? 'open'))) await new Promise((next) => setTimeout(next, 5));";

const tools: readonly ToolSample[] = [
  { name: 'open', tokens: ['kv:gate:rw'], body: "await sdk.kv('gate').set(input.gate, 'yes'); return null;" },
  { name: 'alone', tokens: ['kv:a:x', 'kv:gate:r'], body: `${untilOpen} return 'alone';` },
  { name: 'throws', tokens: ['kv:a:x'], body: "throw new Error('no');" },
  { name: 'short', tokens: ['kv:a:x', 'kv:gate:r'], body: `${untilOpen} return 'short';`, timeoutMs: 600 },
  { name: 'part', tokens: ['kv:orders:rw'], body: "await sdk.kv('orders.new').set('k', 'v'); return 'written';" },
  {
    name: 'lends',
    tokens: ['kv:orders.new:rw', 'tool:part:call'],
    body: "return await sdk.tools.call('part', {}).catch((error) => error.code + ' ' + error.message);",
  },
  { name: 'leaf', body: "return 'leaf of desk';" },
  {
    name: 'namesake',
    tokens: ['tool:kit/step:call', 'tool:leaf:call'],
    body: "return await sdk.tools.call('kit/step', {});",
  },
  {
    name: 'named',
    tokens: ['tool:kit/step:call', 'tool:kit/leaf:call'],
    body: "return await sdk.tools.call('kit/step', {});",
  },
  {
    name: 'every',
    tokens: ['tool:*:call'],
    body: "return await sdk.tools.call('kit/step', {});",
  },
  {
    name: 'outer',
    tokens: ['kv:o:x', 'kv:a:x', 'kv:gate:r', 'tool:alone:call'],
    body: "return await sdk.tools.call('alone', input);",
  },
  {
    name: 'waitsBelow',
    tokens: ['kv:a:rw', 'kv:gate:r', 'tool:holdsBelow:call'],
    body: "return await sdk.tools.call('holdsBelow', input);",
  },
  { name: 'holdsBelow', tokens: ['kv:a:rw', 'kv:gate:r'], body: "await sdk.kv('a').set('k', 'v'); return 'below';" },
  {
    name: 'many',
    tokens: ['kv:gate:r', 'tool:gated:call'],
    body: `const codeOf = () => sdk.tools.call('gated', input).catch((error) => error.code);
      return await Promise.all([codeOf(), codeOf(), codeOf(), codeOf()]);`,
  },
  { name: 'gated', tokens: ['kv:gate:r'], body: `${untilOpen} return 'gated';` },
];

const kit: readonly ToolSample[] = [
  {
    name: 'step',
    tokens: ['tool:leaf:call'],
    body: "return await sdk.tools.call('leaf', {}).catch((error) => error.code);",
  },
  { name: 'leaf', body: "return 'leaf of kit';" },
];

describe('calls and their tokens, attacked', () => {
  let host: HostUnderTest;
  beforeAll(async () => {
    host = await startHost({ settings: { 'limits.calls_in_flight_max': '3', 'host.drain': '50 ms' } });
    await host.install({ name: 'desk', tools });
    await host.install({ name: 'kit', tools: kit, sequence: 50 });
  });
  afterAll(() => host[Symbol.asyncDispose]());

  function begin(
    tool: string,
    input: object = {},
    signal?: AbortSignal,
  ): { id: Promise<string>; result: Promise<CallResult> } {
    const id = Promise.withResolvers<string>();
    const progress = (step: CallProgress): void => {
      if (step.kind === 'started') id.resolve(step.callId);
    };
    return { id: id.promise, result: host.owner.callTool({ tool, input }, { progress, ...(signal && { signal }) }) };
  }
  const outputOf = async (result: Promise<CallResult>): Promise<unknown> => {
    const settled = await result;
    return settled.kind === 'done' ? settled.output : settled.error.code;
  };
  const call = (tool: string, input: object = {}): Promise<unknown> => outputOf(host.owner.callTool({ tool, input }));
  async function waiting(count: number): Promise<void> {
    await expect.poll(async () => (await host.owner.tokens()).waits.length, { interval: 2 }).toBe(count);
  }
  async function nothingLeft(): Promise<void> {
    await expect.poll(() => host.owner.tokens(), { interval: 2 }).toMatchObject({ holds: [], waits: [] });
    expect((await host.owner.status()).calls.inFlight).toBe(0);
  }

  test('a nested call whose token its caller has in part works within that part', async () => {
    expect(await call('lends')).toBe('written');
  });
  test('the name of a tool of the own bundle means nothing in the bundle of a nested call', async () => {
    expect(await call('namesake')).toBe('CAPABILITY_DENIED');
    expect(await call('named')).toBe('leaf of kit');
    expect(await call('every')).toBe('leaf of kit');
  });
  test('the wait for tokens is a part of the time that a tool has', async () => {
    const holder = begin('alone', { gate: 'one' });
    await holder.id;
    const late = begin('short', { gate: 'never' });
    await waiting(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await call('open', { gate: 'one' });
    expect(await outputOf(holder.result)).toBe('alone');
    const result = await late.result;
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'DEADLINE_EXCEEDED' } });
    const { waitedMs } = await host.owner.why(result.callId);
    expect(waitedMs).toBeGreaterThan(190);
    const given = Number(/(\d+) ms/.exec(result.kind === 'failed' ? result.error.message : '')?.[1]);
    expect(given).toBeLessThanOrEqual(600 - 190);
    await nothingLeft();
  });
  test('a tool that throws, is cancelled, or is cancelled while it waits holds nothing afterwards', async () => {
    expect(await call('throws')).toBe('TOOL_FAILED');
    const stop = new AbortController();
    const holder = begin('alone', { gate: 'never' }, stop.signal);
    await holder.id;
    const waiter = begin('alone', { gate: 'never' }, stop.signal);
    await waiting(1);
    stop.abort();
    expect(await Promise.all([outputOf(holder.result), outputOf(waiter.result)])).toEqual(['CANCELLED', 'CANCELLED']);
    await nothingLeft();
  });
  test('a caller that is cancelled takes its nested call with it, one that runs and one that waits', async () => {
    const stop = new AbortController();
    const outer = begin('outer', { gate: 'never' }, stop.signal);
    await outer.id;
    await expect.poll(async () => (await host.owner.status()).calls.inFlight, { interval: 2 }).toBe(2);
    const other = begin('waitsBelow', {}, stop.signal);
    await waiting(1);
    stop.abort();
    expect(await Promise.all([outputOf(outer.result), outputOf(other.result)])).toEqual(['CANCELLED', 'CANCELLED']);
    await nothingLeft();
  });
  test('nested calls take no place of a client, and are bounded themselves', async () => {
    const many = begin('many', { gate: 'two' });
    await many.id;
    await expect.poll(async () => (await host.owner.status()).calls.inFlight, { interval: 2 }).toBe(4);
    await call('open', { gate: 'two' });
    const codes = (await outputOf(many.result)) as string[];
    expect(codes.toSorted()).toEqual(['OVERLOADED', 'gated', 'gated', 'gated']);
  });
  test('what calls came to is counted, those included that could not be run', async () => {
    const before = (await host.owner.status()).calls;
    await call('throws');
    await call('leaf').catch(() => undefined);
    await call('kit/leaf');
    const { finished, failed } = (await host.owner.status()).calls;
    expect(finished - before.finished).toBeGreaterThanOrEqual(2);
    expect(failed - before.failed).toBe(1);
  });
  test('a call that waits while its bundle is replaced runs on the version that it was made of', async () => {
    await host.install({ name: 'swap', tools: [{ name: 'was', tokens: ['kv:a:x'], body: 'return 1;' }], sequence: 60 });
    const holder = begin('alone', { gate: 'three' });
    await holder.id;
    const waiter = host.owner.callTool({ tool: 'was', input: {} });
    await waiting(1);
    const later = [{ name: 'was', tokens: ['kv:a:x'], body: 'return 2;' }];
    await host.install({ name: 'swap', version: '1.1.0', tools: later, sequence: 61 });
    await call('open', { gate: 'three' });
    await holder.result;
    expect(await waiter).toMatchObject({ kind: 'done', output: 1, bundle: 'swap@1.0.0' });
    expect(await call('was')).toBe(2);
  });
  test('a bundle whose calls nobody can prove to end is refused, and nothing has changed', async () => {
    const names = Array.from({ length: 14 }, (_, at) => `t${at}`);
    const mesh = names.map((name) => ({ name, tokens: [`kv:${name}:x`, 'tool:*:call'], body: 'return 1;' }));
    const before = await host.owner.status();
    await expect(host.install({ name: 'mesh', tools: mesh, sequence: 70 })).rejects.toMatchObject({
      code: 'DEADLOCK_POSSIBLE',
    });
    const after = await host.owner.status();
    expect(after.bundles).toEqual(before.bundles);
    expect(after.components).toEqual(before.components);
    await expect(host.owner.callTool({ tool: 'mesh/t0', input: {} })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await call('kit/leaf')).toBe('leaf of kit');
  });
  test('a host that stops ends calls that wait and calls that run, and none begins meanwhile', async () => {
    const holder = begin('alone', { gate: 'never' });
    await holder.id;
    const waiter = begin('alone', { gate: 'never' });
    await waiting(1);
    const ends = Promise.all([outputOf(holder.result), outputOf(waiter.result)]);
    await host.restart();
    const [held, waited] = await ends;
    expect(held).toBe('CANCELLED');
    expect(['CANCELLED', 'UNAVAILABLE']).toContain(waited);
    await nothingLeft();
    expect(await call('kit/leaf')).toBe('leaf of kit');
  });
});

test('other processes take at most half of the places, and the host has the rest', async () => {
  using scheduler = createTokenScheduler({ limits: { grants: 4, holders: 16, waiters: 4, waitersPerScope: 4 } });
  const tokens = [parseToken('kv:a:x')];
  const lease = { label: 'a job', tokens: [], leaseMs: 1_000 };
  scheduler.tryAcquire({ ...lease, holder: 'one', tokens });
  scheduler.tryAcquire({ ...lease, holder: 'two' });
  expect(() => scheduler.tryAcquire({ ...lease, holder: 'three' })).toThrow(/2 grants/);
  expect(scheduler.tryAcquire({ holder: 'call', label: 'a call', tokens: [] })).toBeDefined();
  const waits = ['four', 'five'].map((holder) => scheduler.acquire({ ...lease, holder, tokens }).catch(() => 'ended'));
  await expect(scheduler.acquire({ ...lease, holder: 'six', tokens })).rejects.toMatchObject({ code: 'OVERLOADED' });
  const own = scheduler.acquire({ holder: 'seven', label: 'a call', tokens }).catch(() => 'ended');
  expect(scheduler.view().totals.waits).toBe(3);
  scheduler[Symbol.dispose]();
  expect(await Promise.all([...waits, own])).toEqual(['ended', 'ended', 'ended']);
});

test('an operation that is given up in the moment in which its lock comes does not run, and gives the lock back', async () => {
  const lock = Promise.withResolvers<Disposable>();
  let given = 0;
  const kv = createMemoryStore();
  const operations = createOperations({ kv, locks: { take: () => lock.promise } });
  const caller = { callId: 'c', bundle: 'b@1.0.0', tool: 't', tokens: [parseToken('kv:a:rw')] };
  const stop = new AbortController();
  const args = ['a', 'k', 0];
  const completion = operations.run(caller, 'kv.set', args, [new Uint8Array([1])], stop.signal);
  lock.resolve({ [Symbol.dispose]: () => (given += 1) });
  stop.abort();
  await completion;
  await new Promise((resolve) => setImmediate(resolve));
  expect(given).toBe(1);
  expect(await kv.get('a', 'k')).toBeUndefined();
});

describe('the proof against deadlocks', () => {
  type Tools = Readonly<Record<string, readonly string[]>>;
  function activeOf(name: string, of: Tools): ActiveBundle {
    const list = Object.entries(of).map(([tool, tokens]) => ({ name: tool, tokens }));
    return { hash: name, manifest: { name, version: '1.0.0', tools: list } } as unknown as ActiveBundle;
  }
  function planOf(bundles: readonly ActiveBundle[], quotas: ConstructorParameters<typeof LockPlan>[0]['quotas'] = []) {
    const told: string[] = [];
    const plan = new LockPlan({
      active: () => new Map(bundles.map((bundle) => [bundle.manifest.name, bundle])),
      quotas,
      serialised: () => told.push('serialised'),
      unproven: () => told.push('unproven'),
    });
    return { plan, told };
  }

  test('a thousand bundles with exclusive tokens of their own are proven', () => {
    const tool = (at: number, n: number): readonly string[] => [
      ...(n === 0 ? [`kv:b${at}.own:x`] : []),
      `kv:b${at}:rw`,
      `tool:t${(n + 1) % 4}:call`,
    ];
    const bundles = Array.from({ length: 1_000 }, (_, at) =>
      activeOf(`b${at}`, { t0: tool(at, 0), t1: tool(at, 1), t2: tool(at, 2), t3: tool(at, 3) }),
    );
    const { plan, told } = planOf(bundles);
    expect(plan.takenBy('b0', 't0')).toEqual([]);
    expect(() => plan.check(activeOf('b1000', { t: ['kv:b1000:x', 'kv:b1.own:rw'] }).manifest)).not.toThrow();
    expect(told).toEqual([]);
  });
  test('what nobody can tell of is told of as such, and never passes for proven', () => {
    const names = Array.from({ length: 14 }, (_, at) => `t${at}`);
    const mesh = activeOf('mesh', Object.fromEntries(names.map((name) => [name, [`kv:${name}:x`, 'tool:*:call']])));
    const { plan, told } = planOf([mesh]);
    expect(plan.takenBy('mesh', 't0')).toEqual([]);
    expect(plan.takenBy('mesh', 't0')).toEqual([]);
    expect(told).toEqual(['unproven']);
    expect(() => planOf([]).plan.check(mesh.manifest)).toThrow(/nobody can tell/);
  });
  test('plans of all bundles together rule out what each of them alone does not show', () => {
    const left = activeOf('left', { go: ['kv:a:x', 'kv:b:rw'] });
    const right = activeOf('right', { go: ['kv:b:x', 'kv:a:rw'] });
    const { plan, told } = planOf([left, right]);
    const taken = ['left', 'right'].map((name) => plan.takenBy(name, 'go').length);
    expect(Math.max(...taken)).toBe(2);
    expect(told).toEqual(['serialised']);
  });
});
