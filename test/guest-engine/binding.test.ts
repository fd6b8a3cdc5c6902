import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHost } from '#host';
import { makeBundle } from '../conformance/tool-bundle.ts';

/** Looks at every call on the stack while the SDK is in the middle of one, and keeps what functions it is shown. */
const stackReader = `
  const seen = [];
  Error.prepareStackTrace = (_, calls) => {
    for (const call of calls) for (const name of ['getFunction', 'getThis']) if (typeof call[name] === 'function') seen.push(typeof call[name]());
    return '';
  };
  const look = () => { void new Error('x').stack; return 'k'; };
  const kv = sdk.kv('n');
  await kv.get({ toString: look, toJSON: look, [Symbol.toPrimitive]: look }).catch(() => undefined);
  [1].map(() => new Error('y').stack);
  return [...new Set(seen)];`;

/** Patches what the SDK could look its binding up with. */
const patcher = `
  const seen = [];
  for (const [type, name] of [[Map, 'get'], [Map, 'has'], [WeakMap, 'get'], [Array, 'indexOf']]) {
    const before = type.prototype[name];
    type.prototype[name] = function (...args) { seen.push(...args.filter((value) => typeof value === 'string' && value.includes('.'))); return before.apply(this, args); };
  }
  await sdk.kv('n').get('k');
  return seen;`;

/** A log line with a stack in it. */
const logger = "console.error(new Error('logged'));\nreturn 1;";

const host = createHost();
let runner: Awaited<ReturnType<typeof host.load>>;

beforeAll(async () => {
  const map = { version: 3, sources: ['src/main.ts'], names: [], mappings: 'AAAA;AACA;AACA;AACA' };
  const { components, ...bundle } = await makeBundle([
    { name: 'reader', body: stackReader, tokens: ['kv:n:r'] },
    { name: 'patcher', body: patcher, tokens: ['kv:n:r'] },
    { name: 'logger', body: logger, sourceMap: map },
  ]);
  runner = await host.load(bundle, { components });
});
afterAll(() => host[Symbol.asyncDispose]());

test('calls on the stack show a tool no functions', async () => {
  expect(await runner.run({ id: 'reader', tool: 'reader', input: {} })).toMatchObject({ output: ['undefined'] });
});

test('a tool that patches built-ins sees no names of host functions', async () => {
  expect(await runner.run({ id: 'patcher', tool: 'patcher', input: {} })).toMatchObject({ kind: 'done', output: [] });
});

test("a stack in a log line has the author's lines, and none of the engine's", async () => {
  const { logs } = await runner.run({ id: 'logger', tool: 'logger', input: {} });
  expect(logs[0]?.message).toMatch(/logged[\s\S]*src\/main\.ts:3/);
  expect(logs[0]?.message).not.toMatch(/template\.js|source\/logger/);
});
