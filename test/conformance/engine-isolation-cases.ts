/** Cases of the table `Engine`: calls beside each other, dropping, repeating. */
import { expect } from 'vitest';
import type { EngineCall, Turn } from '#wit/interfaces';
import { type ConformanceCase, fact } from './conformance-case.ts';
import {
  type EngineSubject,
  beginRaw,
  expectEnded,
  expectUnharmed,
  limits,
  loadJavascript,
  loadRaw,
  nowMs,
  ok,
  runToEnd,
  seed,
  start,
} from './engine-subject.ts';

/** A tool of several turns whose output depends on all that it is told. */
const curious = `
  const store = sdk.kv('n');
  const seen = [Math.random(), Date.now()];
  for (let turn = 0; turn < input.turns; turn += 1) {
    const values = await Promise.all([store.getText('a' + turn), store.getText('b')]);
    seen.push(values, Math.random(), Date.now());
  }
  return seen;`;

function answerOf(name: string, args: readonly unknown[]): unknown {
  return name === 'kv.get' ? new TextEncoder().encode(`value of ${String(args[1])}`) : undefined;
}

function traceOf(turns: readonly Turn[]): unknown {
  return turns.map(({ outcome, operations, blobs, logs }) => ({ outcome, operations, blobs, logs }));
}

export const engineIsolationCases: readonly ConformanceCase<EngineSubject>[] = [
  fact('the same call with the same completions gives the same turns', async (subject) => {
    using component = await loadJavascript(subject, curious);
    const run = async (): Promise<unknown> => {
      using call = component.open(limits);
      return traceOf(await runToEnd(call, await call.begin(start('{"turns":4}')), answerOf));
    };
    expect(await run()).toEqual(await run());
  }),
  fact('an instance sees nothing of the memory of those before it, however they ended', async (subject) => {
    using component = await loadRaw(subject);
    const begin = async (program: string): Promise<Turn> => {
      using call = component.open(limits);
      return await call.begin(start(program));
    };
    // Written and done, failed, trapped, grown, dropped while waiting; several of each, as memories may be kept for a few.
    for (const program of ['Sd', 'Se', 'St', 'GSd', 'Sw', 'Sd', 'Sd', 'Sd', 'Sw', 'St']) {
      await begin(program);
      expect((await begin('O')).outcome).toEqual({ kind: 'done', output: '\0'.repeat(65_536) });
    }
  }),
  fact('another seed gives other random numbers', async (subject) => {
    using component = await loadJavascript(subject, 'return Math.random();');
    const outputs = [seed, new Uint8Array(32)].map(async (given) => {
      using call = component.open(limits);
      return (await call.begin({ ...start('{}'), seed: given })).outcome;
    });
    const [one, other] = await Promise.all(outputs);
    expect(one).not.toEqual(other);
  }),
  fact('the clock shows what begin and resume bring', async (subject) => {
    using component = await loadJavascript(
      subject,
      "const a = Date.now(); await sdk.kv('n').get('k'); return [a, Date.now(), new Date().toISOString()];",
    );
    using call = component.open(limits);
    const first = await call.begin({ ...start('{}'), nowMs: 1_700_000_000_001 });
    const [operation] = first.operations;
    const last = await call.resume([ok(operation?.id ?? 0)], 1_700_000_090_002);
    expect(last.outcome).toEqual({ kind: 'done', output: '[1700000000001,1700000090002,"2023-11-14T22:14:50.002Z"]' });
  }),
  fact('nothing of a call is left for the next one', async (subject) => {
    using component = await loadJavascript(
      subject,
      'globalThis.count = (globalThis.count ?? 0) + 1; Array.prototype.evil = 1; return globalThis.count;',
    );
    for (let index = 0; index < 5; index += 1) {
      using call = component.open(limits);
      expect((await call.begin(start('{}'))).outcome).toEqual({ kind: 'done', output: '1' });
    }
  }),
  fact('what a call wrote into its memory is not in the memory of the next one', async (subject) => {
    using component = await loadRaw(subject);
    for (let index = 0; index < 12; index += 1) {
      using call = component.open(limits);
      expect((await call.begin(start('Od'))).outcome).toEqual({ kind: 'done', output: '\0'.repeat(65_536) });
      using writer = component.open(limits);
      const written = await writer.begin(start(index % 2 === 0 ? 'SO' : 'St'));
      expect(written.outcome).toMatchObject(
        index % 2 === 0 ? { kind: 'done', output: 'A'.repeat(65_536) } : { code: 'TOOL_TRAPPED' },
      );
    }
  }),
  fact('calls of one component run beside each other without mixing', async (subject) => {
    using component = await loadJavascript(
      subject,
      "const text = await sdk.kv('n').getText(input.key); return text + input.key;",
    );
    const calls = Array.from({ length: 40 }, async (_, index) => {
      using call = component.open(limits);
      const turns = await runToEnd(call, await call.begin(start(JSON.stringify({ key: `k${index}` }))), answerOf);
      return turns.at(-1)?.outcome;
    });
    expect(await Promise.all(calls)).toEqual(
      Array.from({ length: 40 }, (_, index) => ({ kind: 'done', output: `"value of k${index}k${index}"` })),
    );
  }),
  fact('100 suspended calls go on unharmed beside a spinner that is stopped', async (subject) => {
    using component = await loadJavascript(subject, `if (input.spin) for (;;); ${curious}`);
    const calls: { readonly call: EngineCall; readonly first: Turn }[] = [];
    for (let index = 0; index < 100; index += 1) {
      const call = component.open(limits);
      calls.push({ call, first: await call.begin(start('{"turns":2}')) });
    }
    using spinner = component.open({ ...limits, computeMsMax: 400 });
    const spun = spinner.begin(start('{"spin":true}'));
    const traces = await Promise.all(
      calls.map(async ({ call, first }) => JSON.stringify(traceOf(await runToEnd(call, first, answerOf)))),
    );
    expect(new Set(traces).size).toBe(1);
    expect(traces[0]).toContain('"kind":"done"');
    expectEnded(await spun, 'DEADLINE_EXCEEDED');
  }),
  fact('calls that were suspended before a spinner was stopped go on after it', async (subject) => {
    using component = await loadJavascript(subject, `if (input.spin) for (;;); ${curious}`);
    const open = Array.from({ length: 12 }, () => component.open(limits));
    const firsts = await Promise.all(open.map((call) => call.begin(start('{"turns":3}'))));
    const spinners = Array.from({ length: 3 }, () => component.open({ ...limits, computeMsMax: 120 }));
    for (const turn of await Promise.all(spinners.map((call) => call.begin(start('{"spin":true}')))))
      expectEnded(turn, 'DEADLINE_EXCEEDED');
    const traces = await Promise.all(
      open.map(async (call, index) => JSON.stringify(traceOf(await runToEnd(call, firsts[index] as Turn, answerOf)))),
    );
    expect(new Set(traces).size).toBe(1);
    expect(traces[0]).toContain('"kind":"done"');
  }),
  fact('a call that is dropped while it waits leaves no trace', async (subject) => {
    using component = await loadRaw(subject);
    const call = component.open(limits);
    await call.begin(start('swd'));
    call[Symbol.dispose]();
    call[Symbol.dispose]();
    await expect(async () => call.resume([ok(1)], nowMs)).rejects.toMatchObject({ code: 'INTERNAL' });
    await expectUnharmed(subject);
  }),
  fact('a call that is dropped while its turn runs ends as CANCELLED', async (subject) => {
    using component = await loadRaw(subject);
    const call = component.open(limits);
    const turn = call.begin(start('sq'));
    setTimeout(() => call[Symbol.dispose](), 30);
    expectEnded(await turn, 'CANCELLED');
    await expectUnharmed(subject);
  }),
  fact('dropping a call in its turn does not harm those that were suspended', async (subject) => {
    using component = await loadRaw(subject);
    const open = Array.from({ length: 10 }, () => component.open(limits));
    await Promise.all(open.map((call) => call.begin(start('swxKd'))));
    const spinner = component.open(limits);
    const turn = spinner.begin(start('q'));
    setTimeout(() => spinner[Symbol.dispose](), 20);
    expectEnded(await turn, 'CANCELLED');
    const outcomes = await Promise.all(open.map(async (call) => (await call.resume([ok(1)], nowMs)).outcome.kind));
    expect(new Set(outcomes)).toEqual(new Set(['done']));
  }),
  fact('a call that was never begun can be dropped', async (subject) => {
    using component = await loadRaw(subject);
    component.open(limits)[Symbol.dispose]();
    await expectUnharmed(subject);
  }),
  fact('bytes of begin and of completions reach the guest and come back', async (subject) => {
    using component = await loadJavascript(
      subject,
      "const value = await sdk.kv('n').get('k'); return { given: input.bytes, value };",
    );
    using call = component.open(limits);
    const given = Uint8Array.from({ length: 300 }, (_, index) => index);
    const first = await call.begin(start('{"bytes":{"$blob":0}}', [given]));
    const pool = Buffer.from('a value in a pool');
    const last = await call.resume([ok(first.operations[0]?.id ?? 0, pool)], nowMs);
    expect(last.outcome).toEqual({ kind: 'done', output: '{"given":{"$blob":0},"value":{"$blob":1}}' });
    expect(last.blobs.map((blob) => [...blob])).toEqual([[...given], [...pool]]);
  }),
  fact('deep recursion in JavaScript is an error that the tool can catch', async (subject) => {
    using component = await loadJavascript(
      subject,
      'const down = (n) => down(n + 1) + 1; try { return down(0); } catch (error) { return error.name; }',
    );
    using call = component.open(limits);
    expect((await call.begin(start('{}'))).outcome).toEqual({ kind: 'done', output: '"RangeError"' });
  }),
  fact('memory that runs out in JavaScript does not harm the engine', async (subject) => {
    using component = await loadJavascript(
      subject,
      'const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1));',
    );
    using call = component.open(limits);
    const { outcome, memoryBytes } = await call.begin(start('{}'));
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'MEMORY_EXCEEDED' } });
    expect(memoryBytes).toBeLessThanOrEqual(limits.memoryBytesMax);
    await expectUnharmed(subject);
  }),
  fact('a call keeps its turns when another of the same component traps', async (subject) => {
    using component = await loadRaw(subject);
    using call = component.open(limits);
    await call.begin(start('swxKd'));
    expectEnded(await beginRaw(subject, 't'), 'TOOL_TRAPPED');
    expect((await call.resume([ok(1)], nowMs)).outcome.kind).toBe('done');
  }),
];
