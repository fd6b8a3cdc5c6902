/** Named cases of the proof at install. */
import { expect, test } from 'vitest';
import { parseToken } from '#wit/tokens';
import { checkDeadlocks, deadlockWords } from '../../../../quilt-adapter/sync/proof/check-deadlocks.ts';
import type { CalledManifest } from '../../../../quilt-adapter/sync/proof/call-tree.ts';
import type { Quota } from '../../../../quilt-adapter/sync/scheduler.ts';

function bundle(name: string, tools: Readonly<Record<string, readonly string[]>>): CalledManifest {
  return { name, tools: Object.entries(tools).map(([tool, tokens]) => ({ name: tool, tokens: [...tokens] })) };
}
const gpu: Quota = { name: 'gpu', covers: parseToken('gpu:any:compute'), rule: { kind: 'concurrency', max: 1 } };

const orders = bundle('orders', {
  close: ['kv:orders:x', 'tool:billing/bill:call'],
  ship: ['kv:orders:x'],
});
const billing = bundle('billing', { bill: ['kv:bills:x'], audit: ['kv:bills:x', 'tool:orders/ship:call'] });

test('two bundles that take the same tokens in opposite orders are named with their paths', () => {
  const { deadlocks, tooLarge } = checkDeadlocks([orders], billing);
  expect(tooLarge).toBeUndefined();
  expect(deadlocks).toHaveLength(1);
  const [found] = deadlocks;
  expect(found === undefined ? [] : deadlockWords(found).toSorted()).toEqual([
    'billing/audit → orders/ship wants kv:orders:x while billing/audit holds kv:bills:x',
    'orders/close → billing/bill wants kv:bills:x while orders/close holds kv:orders:x',
  ]);
});

test('the plan lets the outermost holders take all at once, and with it nothing is possible', () => {
  const { deadlocks, serialised } = checkDeadlocks([orders], billing);
  expect(deadlocks.every(({ canSerialise }) => canSerialise)).toBe(true);
  expect([...serialised.keys()].toSorted()).toEqual(['billing/audit', 'orders/close']);
  expect(serialised.get('orders/close')).toEqual(['kv:bills:x', 'kv:orders:x']);
  expect(checkDeadlocks([orders], billing, { serialised }).deadlocks).toEqual([]);
});

test('the same order everywhere is no deadlock, and neither is what the line itself holds', () => {
  const same = bundle('same', {
    outer: ['kv:a:x', 'tool:inner:call'],
    other: ['kv:a:x', 'tool:inner:call'],
    inner: ['kv:b:x', 'tool:again:call'],
    again: ['kv:a.part:x', 'kv:b:rw'],
  });
  // `again` begins by itself with kv:a.part and wants kv:b, which is the other order than by way of `outer`.
  expect(checkDeadlocks([], same).deadlocks).toHaveLength(1);
  const nested = bundle('nested', { outer: ['kv:a:x', 'tool:inner:call'], inner: ['kv:a.part:x', 'kv:a:rw'] });
  expect(checkDeadlocks([], nested).deadlocks).toEqual([]);
});

test('an operation that waits while its tool holds counts, since its tool holds for the whole call', () => {
  const pair = bundle('pair', { left: ['kv:a:x', 'kv:b:rw'], right: ['kv:b:x', 'kv:a:r'] });
  expect(checkDeadlocks([], pair).deadlocks).toHaveLength(1);
  const readers = bundle('readers', { left: ['kv:a:rw', 'kv:b:rw'], right: ['kv:b:rw', 'kv:a:rw'] });
  expect(checkDeadlocks([], readers).deadlocks).toEqual([]);
});

test('a wider scope is the same resource as what lies in it', () => {
  const wide = bundle('wide', {
    one: ['kv:orders:x', 'tool:leaf:call'],
    leaf: ['kv:bills:x'],
    two: ['kv:bills.*:x', 'kv:orders.pending:append'],
  });
  expect(checkDeadlocks([], wide).deadlocks).toHaveLength(1);
});

test('an outer token that all lines hold keeps them apart', () => {
  const gated = bundle('gated', {
    one: ['kv:gate:x', 'tool:a:call'],
    two: ['kv:gate:x', 'tool:b:call'],
    a: ['kv:a:x'],
    b: ['kv:b:x'],
  });
  expect(checkDeadlocks([], gated).deadlocks).toEqual([]);
  const held = bundle('held', {
    one: ['kv:gate:x', 'kv:a:x', 'kv:b:rw'],
    two: ['kv:gate:x', 'kv:b:x', 'kv:a:rw'],
  });
  expect(checkDeadlocks([], held).deadlocks).toEqual([]);
});

test('in a ring of four, two that an outer token keeps apart rule it out', () => {
  const ring = (gate: readonly string[]): CalledManifest =>
    bundle('ring', {
      one: ['kv:a:x', 'kv:b:rw', ...gate],
      two: ['kv:b:x', 'kv:c:rw'],
      three: ['kv:c:x', 'kv:d:rw', ...gate],
      four: ['kv:d:x', 'kv:a:rw'],
    });
  expect(checkDeadlocks([], ring([])).deadlocks[0]?.cycle).toHaveLength(4);
  expect(checkDeadlocks([], ring(['kv:gate:x'])).deadlocks).toEqual([]);
});

test('a plan names no token that another one of it covers', () => {
  const readers = bundle('readers', {
    one: ['kv:a:x', 'kv:b:r', 'kv:b.part:r', 'kv:a.part:rw'],
    two: ['kv:b.part:x', 'kv:a:r'],
  });
  expect(checkDeadlocks([], readers).serialised.get('readers/one')).toEqual(['kv:a:x', 'kv:b:r']);
});

test('one unit of a quota keeps calls apart, unless their caller may share its own with both', () => {
  const apart = bundle('apart', {
    one: ['kv:a:x', 'kv:b:rw', 'gpu:any:compute'],
    two: ['kv:b:x', 'kv:a:rw', 'gpu:any:compute'],
  });
  expect(checkDeadlocks([], apart).deadlocks).toHaveLength(1);
  expect(checkDeadlocks([], apart, { quotas: [gpu] }).deadlocks).toEqual([]);
  const shared = bundle('shared', {
    one: ['kv:b:x', 'gpu:any:compute', 'tool:two:call'],
    two: ['kv:a:x', 'gpu:any:compute', 'tool:one:call', 'tool:two:call'],
  });
  expect(checkDeadlocks([], shared, { quotas: [gpu] }).deadlocks.length).toBeGreaterThan(0);
});

test('a quota and a token that are taken in opposite orders are a deadlock; a rate never is', () => {
  const mixed = bundle('mixed', {
    render: ['gpu:any:compute', 'kv:frames:rw'],
    keep: ['kv:frames:x', 'tool:draw:call'],
    draw: ['gpu:any:compute'],
  });
  expect(checkDeadlocks([], mixed, { quotas: [gpu] }).deadlocks).toHaveLength(1);
  const rate: Quota = { ...gpu, rule: { kind: 'rate', max: 1, perMs: 1_000 } };
  expect(checkDeadlocks([], mixed, { quotas: [rate] }).deadlocks).toEqual([]);
});

test('a way through an agent counts, and a pipeline that begins it is named', () => {
  const agents: CalledManifest = {
    ...bundle('desk', { take: ['kv:a:x', 'agent:clerk:call'], file: ['kv:b:x'], back: ['kv:b:x', 'kv:a:rw'] }),
    agents: [{ name: 'clerk', tools: ['file'], llm: { provider: 'openai', model: 'm' } }],
    pipelines: [
      {
        name: 'day',
        steps: [{ id: 's', name: 's', type: 'tool', tool: 'take', dependencies: [], inputs: {} }],
      },
    ],
  };
  const [found] = checkDeadlocks([], agents).deadlocks;
  expect(found?.cycle.map(({ wantedBy }) => wantedBy.join(' → '))).toContain(
    'pipeline desk/day → desk/take → desk/clerk → desk/file',
  );
});

test('a cycle that was possible before is not the candidate that is asked about', () => {
  const harmless = bundle('harmless', { read: ['kv:c:r'] });
  expect(checkDeadlocks([orders, billing], harmless).deadlocks).toEqual([]);
  expect(checkDeadlocks([orders, billing], bundle('billing', {})).deadlocks).toEqual([]);
});

test('bundles that are too large to tell are said to be, and not passed over', () => {
  const names = Array.from({ length: 12 }, (_, at) => `t${at}`);
  const mesh = bundle(
    'mesh',
    Object.fromEntries(names.map((name) => [name, [`kv:${name}:x`, ...names.map((other) => `tool:${other}:call`)]])),
  );
  const { deadlocks, tooLarge } = checkDeadlocks([], mesh);
  expect(tooLarge).toContain('ways to wait');
  expect(deadlocks).toEqual([]);
});
