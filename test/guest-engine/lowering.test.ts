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

const records: OperationRecord[] = [];
const host = createHost({ audit: (record) => records.push(record) });
let runner: Awaited<ReturnType<typeof host.load>>;

beforeAll(async () => {
  const tokens = ['kv:n:rw', 'vector:c:rw'];
  const { components, ...bundle } = await makeBundle([
    { name: 'nested', body: nested, tokens },
    { name: 'throwing', body: throwing, tokens },
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
