import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OperationRecord, createHost } from '#host';
import { makeBundle } from '../conformance/tool-bundle.ts';

/** Arguments whose getters start other operations while they are being lowered, more of them than the engine has room for at first. */
const nested = `
  const kv = sdk.kv('n');
  await kv.set('k', 'x'.repeat(1000));
  const inner = [];
  const vector = Array.from({ length: 50 }, (_, index) => index / 2);
  const items = Array.from({ length: 40 }, (_, index) => ({
    get id() { inner.push(kv.getText('k')); return 'id' + index; },
    get vector() { inner.push(kv.getText('none')); return vector; },
  }));
  const refused = await sdk.vectors('c').upsert(items).then(() => 'stored', (error) => error.code);
  const values = await Promise.all(inner);
  return { refused, found: values.filter((value) => value === 'x'.repeat(1000)).length, missing: values.filter((value) => value === undefined).length };`;

/** A getter that throws in the middle leaves nothing behind: the next operations work. */
const throwing = `
  const kv = sdk.kv('n');
  const said = await sdk.vectors('c').upsert([{ id: 'a', vector: [1] }, { id: 'b', get vector() { throw new Error('no vector'); } }]).catch((error) => error.message);
  await kv.set('k', 'after');
  return [said, await kv.getText('k')];`;

/** A view that tracks its buffer is as long as that is now, wherever the engine reads or writes its bytes. */
const resized = `
  const kv = sdk.kv('n');
  const buffer = new ArrayBuffer(60000, { maxByteLength: 60000 });
  const view = new Uint8Array(buffer);
  buffer.resize(8);
  crypto.getRandomValues(view);
  await kv.set('shrunk', view);
  const growing = new ArrayBuffer(8, { maxByteLength: 64 });
  const grown = new Uint8Array(growing);
  growing.resize(64);
  grown.fill(7);
  await kv.set('grown', grown);
  const [shrunk, other] = await Promise.all([kv.get('shrunk'), kv.get('grown')]);
  return [shrunk.length, other.length, other.every((byte) => byte === 7), new TextDecoder().decode(grown.fill(65)).length];`;

/** Values that the host brings are collected although the engine's own allocator never saw them. */
const collected = `
  const kv = sdk.kv('n');
  await kv.set('large', new Uint8Array(1000000));
  let held;
  for (let turn = 0; turn < 120; turn += 1) { held = { value: await kv.get('large') }; held.self = held; }
  return held.value.length;`;

const records: OperationRecord[] = [];
const host = createHost({ audit: (record) => records.push(record) });
let runner: Awaited<ReturnType<typeof host.load>>;

beforeAll(async () => {
  const tokens = ['kv:n:rw', 'vector:c:rw'];
  const { components, ...bundle } = await makeBundle([
    { name: 'nested', body: nested, tokens },
    { name: 'throwing', body: throwing, tokens },
    { name: 'resized', body: resized, tokens },
    { name: 'collected', body: collected, tokens, memoryBytes: 24 * 1024 * 1024 },
  ]);
  runner = await host.load(bundle, { components });
});
afterAll(() => host[Symbol.asyncDispose]());

test('getters of arguments may start operations of their own: all of them leave whole', async () => {
  const outcome = await runner.run({ id: 'nested', tool: 'nested', input: {} });
  expect(outcome).toMatchObject({ kind: 'done', output: { refused: 'UNAVAILABLE' } });
  const { found, missing } = (outcome as { output: { found: number; missing: number } }).output;
  expect(found).toBe(missing);
  expect(found).toBeGreaterThanOrEqual(40);
  expect(records.filter(({ operation }) => operation === 'vectors.upsert')).toHaveLength(1);
});

test('a getter that throws refuses its operation and harms no other', async () => {
  const outcome = await runner.run({ id: 'throwing', tool: 'throwing', input: {} });
  expect(outcome).toMatchObject({ kind: 'done', output: ['no vector', 'after'] });
});

test('a view of a resizable buffer is read and written at its present length', async () => {
  const outcome = await runner.run({ id: 'resized', tool: 'resized', input: {} });
  expect(outcome).toMatchObject({ kind: 'done', output: [8, 64, true, 64] });
});

test('bytes that the host brought and nothing holds any more make room, cycles included', async () => {
  const outcome = await runner.run({ id: 'collected', tool: 'collected', input: {} });
  expect(outcome).toMatchObject({ kind: 'done', output: 1_000_000 });
});
