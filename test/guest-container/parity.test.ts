import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOperations, createToolRunner } from '#host';
import type { CallOutcome, Engine, ToolRunner } from '#wit/interfaces';
import { guestGlobals } from '../../guests/container/agent/guest-globals.ts';
import { enginesUnderTest } from '../conformance/engines-under-test.ts';
import { FakeClock } from '../conformance/fake-clock.ts';
import { makeBundle } from '../conformance/tool-bundle.ts';
import {
  type EngineUnderTest,
  bunProgram,
  containerRunner,
  openEngine,
} from '../quilt-adapter/engine/engine-under-test.ts';

const seed = new Uint8Array(32).map((_, index) => index * 7 + 3);

/** What a tool can tell about where it runs, and what may not differ. */
const bodies: Readonly<Record<string, string>> = {
  'random numbers of every kind': `return [Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(5))],
    [...crypto.getRandomValues(new Uint32Array(3))], Math.random(), [...crypto.getRandomValues(new Uint8Array(200))], crypto.randomUUID()];`,
  'the clock': `const began = Date.now(); const first = [new Date().toISOString(), began, performance.now(), performance.timeOrigin, new Date(2020, 1, 30).toISOString()];
    await sdk.kv('n').get('k'); return [...first, Date.now() - began, new Date().getTimezoneOffset(), String(new Date(0)), typeof Date(), Date.length, Date.name];`,
  'lines of the console':
    "console.log('a %s %d', { b: [1, new Map([['k', 1n]])] }, 2, [undefined, null, () => 1]); console.table([{ a: 1 }]); console.error(new Uint8Array(3)); return 1;",
  'errors of what is absent': `const names = ['process', 'Buffer', 'require_', 'Intl', 'WebAssembly', 'WebSocket', 'setImmediate', 'ReadableStream', '__dirname', 'window', 'localStorage', 'Worker', 'FormData', 'document', 'XMLHttpRequest'];
    return names.map((name) => { try { return (0, eval)(name) === undefined ? 'undefined' : 'there'; } catch (error) { return error.name; } });`,
  'an uncaught error of what is absent': 'return Buffer.from("x");',
  'another one': 'return setImmediate(() => 1);',
  'errors of operations': `const kv = sdk.kv('n'); const words = async (run) => { try { return await run(); } catch (error) { return [error.name, error.code, error.message, error.operation ?? null, error.retryable ?? null]; } };
    return [await words(() => kv.get(7)), await words(() => kv.get('x'.repeat(300))), await words(() => sdk.kv('other').get('k')), await words(() => sdk.net.fetch('https://a.example/')),
      await words(() => kv.list({ limit: 1.5 })), await words(() => kv.list({ limit: 'x' })), await words(() => kv.get('lone \\ud800'))];`,
  'values of operations': `const kv = sdk.kv('n'); await kv.set('a', Uint8Array.of(1, 2, 3)); await kv.set('empty', new Uint8Array()); await kv.set('t\u00e9xt', 'w\u00f6rld'.repeat(900));
    const page = await kv.list({ prefix: '' }); const bytes = await kv.get('a');
    return [page, bytes.constructor === Uint8Array, bytes.buffer.byteLength, (await kv.get('empty')).length, await kv.getText('t\u00e9xt'), await kv.delete('a'), (await kv.get('a')) === undefined];`,
  'cancelling and racing': `const controller = new AbortController(); const timer = setTimeout(() => {}, 10); clearTimeout(timer); controller.abort('why');
    return [typeof timer, controller.signal.reason, await Promise.race([sdk.kv('n').get('k').then(() => 'kv'), new Promise((next) => setTimeout(next, 9999))]), sdk.remainingMs() > 0];`,
  'the order of what runs': `const seen = []; const kv = sdk.kv('n');
    const one = kv.get('a').then(() => { seen.push('a'); queueMicrotask(() => seen.push('a later')); });
    const two = kv.get('b').then(() => seen.push('b')); queueMicrotask(() => seen.push('micro')); await null; seen.push('await'); await Promise.all([one, two]); return seen;`,
  'Web classes': `const url = new URL('https://\u00e4.example/p?q=1#f'); const headers = new Headers({ A: '1' }); headers.append('a', '2');
    return [url.href, [...headers], new TextDecoder('latin1').decode(Uint8Array.of(0x80)), structuredClone(new Map([[1, { a: [1n] }]])).get(1).a[0] === 1n, atob(btoa('x')), await new Blob(['a', 'b']).text(),
      await new Response('r', { status: 201 }).text(), new Event('e').type, [...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('x')))].slice(0, 4)];`,
  'what this is':
    'return [typeof globalThis, self === globalThis, (function () { return this === undefined; })(), typeof require, typeof module, typeof exports];',
  'a microtask that throws': "queueMicrotask(() => { throw new Error('lost'); }); await null; return 1;",
};

describe.skipIf(bunProgram() === undefined)('a tool cannot tell the substrates apart', () => {
  let opened: EngineUnderTest;
  let wasm: Engine;
  beforeAll(async () => {
    const found = enginesUnderTest.at(-1);
    if (!found) throw new Error('there is no engine');
    wasm = found.create();
    opened = await openEngine();
  });
  afterAll(async () => {
    await opened[Symbol.asyncDispose]();
    await wasm[Symbol.asyncDispose]();
  });

  async function onBoth(body: string): Promise<readonly [wasm: CallOutcome, container: CallOutcome]> {
    const sample = { name: 'probe', body, tokens: ['kv:n:rw'] };
    const run = async (runner: ToolRunner): Promise<CallOutcome> => {
      await using open = runner;
      return await open.run({ id: 'call-1', tool: 'probe', input: {}, seed });
    };
    const { manifest, files, components } = await makeBundle([sample]);
    const clock = new FakeClock();
    const inWasm = await createToolRunner({
      manifest,
      files,
      components: Array.from(components, ([tool, component]) => ({ tool, component })),
      engine: wasm,
      operations: createOperations({ clock }),
      random: () => seed,
      clock,
    });
    return [await run(inWasm), await run(await containerRunner(opened.engine, [sample], { clock: new FakeClock() }))];
  }

  test.each(Object.entries(bodies))('by %s', async (_, body) => {
    const [inWasm, inContainer] = await onBoth(body);
    const seen = (outcome: CallOutcome): unknown =>
      outcome.kind === 'done' ? [outcome.output, outcome.logs] : [outcome.error, outcome.logs];
    expect(seen(inContainer)).toEqual(seen(inWasm));
    expect(inContainer.usage).toMatchObject({ turns: inWasm.usage.turns, operations: inWasm.usage.operations });
  });

  test('by the names of its globals, but for "InternalError", and "Bun", which its source does not see', async () => {
    const [inWasm, inContainer] = await onBoth('return Object.getOwnPropertyNames(globalThis).sort();');
    if (inWasm.kind !== 'done' || inContainer.kind !== 'done') throw new Error('it failed');
    const names = inWasm.output as readonly string[];
    expect(guestGlobals.toSorted()).toEqual(names);
    expect(inContainer.output).toEqual(['Bun', ...names.filter((name) => name !== 'InternalError')].toSorted());
    const [, bun] = await onBoth('return typeof Bun;');
    expect(bun).toMatchObject({ output: 'undefined' });
  });
});
