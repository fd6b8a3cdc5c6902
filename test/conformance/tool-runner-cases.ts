/** The table `ToolRunner`: what a call of a tool is, on whichever substrate. */
import { expect } from 'vitest';
import { type ConformanceCase, fact } from './conformance-case.ts';
import { FakeClock } from './fake-clock.ts';
import { toolRunnerErrorCases } from './tool-runner-error-cases.ts';
import { toolRunnerOperationCases } from './tool-runner-operation-cases.ts';
import { nestedCases } from './tool-runner-nested-cases.ts';
import { type ToolRunnerSubject, callOnce, expectDone, expectFailed } from './tool-runner-subject.ts';

const bytesSchema = {
  type: 'object',
  properties: { data: { $comment: 'bytes', 'aria:blob': true } },
  required: ['data'],
  additionalProperties: false,
};
const personSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: 'integer', minimum: 0 },
    tags: { type: 'array', items: { type: 'string' } },
  },
  required: ['name', 'age'],
  additionalProperties: false,
};

const valueCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('a tool gets its input and gives its output', async (subject) => {
    expectDone(await callOnce(subject, 'return { greeting: `Hello, ${input.name}` };', { input: { name: 'Ada' } }), {
      greeting: 'Hello, Ada',
    });
  }),
  fact('JSON values of every kind come back as they went', async (subject) => {
    const input = {
      text: 'é𝄞\u2028"\\',
      number: -1.5e-7,
      whole: 9_007_199_254_740_991,
      yes: true,
      nothing: null,
      list: [1, [2, []], {}],
      nested: { a: { b: { c: 1 } } },
    };
    expectDone(await callOnce(subject, 'return input;', { input }), input);
  }),
  fact('bytes come back as they went, also empty and repeated', async (subject) => {
    const data = Uint8Array.from({ length: 1_000 }, (_, index) => index);
    const input = { data, again: data, empty: new Uint8Array(), list: [data.subarray(3, 5)] };
    expectDone(await callOnce(subject, 'return input;', { input }), { ...input, list: [Uint8Array.of(3, 4)] });
  }),
  fact('bytes arrive in the tool as Uint8Array', async (subject) => {
    const body = 'return { is: input.data instanceof Uint8Array, sum: input.data.reduce((a, b) => a + b, 0) };';
    expectDone(await callOnce(subject, body, { input: { data: Uint8Array.of(1, 2, 250) }, inputSchema: bytesSchema }), {
      is: true,
      sum: 253,
    });
  }),
  fact('objects with reserved keys come back as they went', async (subject) => {
    const input = { a: { $blob: 0 }, b: { $base64: 'AA==' }, c: { $literal: { $blob: 7 } } };
    expectDone(await callOnce(subject, 'return input;', { input }), input);
  }),
  fact('a key named __proto__ does not change what an object is', async (subject) => {
    const body = 'return [Object.getPrototypeOf(input) === Object.prototype, input.polluted === undefined];';
    const outcome = await callOnce(subject, body, { input: JSON.parse('{"__proto__":{"polluted":true}}') });
    if (outcome.kind === 'done') expect(outcome.output).toEqual([true, true]);
    else expectFailed(outcome, 'INPUT_INVALID');
  }),
  fact('keys come back as they went, whatever keys another call had', async (subject) => {
    await using runner = await subject.createRunner([{ name: 'probe', body: 'return input;' }]);
    for (const key of ['\\', '\n', '"', '\\\\', '\\n']) {
      const input = { 'a key of this fact': 1, [key]: { [key]: 2 } };
      expectDone(await runner.run({ id: `call ${key}`, tool: 'probe', input }), input);
    }
  }),
  fact('a tool without a result gives null', async (subject) => {
    expectDone(await callOnce(subject, ''), null);
  }),
  fact('two calls of one runner share nothing', async (subject) => {
    const body =
      'globalThis.calls = (globalThis.calls ?? 0) + 1; Object.prototype.polluted = true; return globalThis.calls;';
    await using runner = await subject.createRunner([{ name: 'probe', body }]);
    for (const id of ['one', 'two', 'three']) expectDone(await runner.run({ id, tool: 'probe', input: {} }), 1);
  }),
  fact('calls of several tools run side by side', async (subject) => {
    await using runner = await subject.createRunner([
      { name: 'double', body: 'await new Promise((next) => setTimeout(next, 5)); return input.n * 2;' },
      { name: 'negate', body: 'return -input.n;' },
    ]);
    const calls = Array.from({ length: 24 }, async (_, n) => {
      const outcome = await runner.run({ id: `call-${n}`, tool: n % 2 === 0 ? 'double' : 'negate', input: { n } });
      return outcome.kind === 'done' ? outcome.output : outcome.error;
    });
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 24 }, (_, n) => (n % 2 === 0 ? n * 2 : -n)));
  }),
  fact('a call with the same seed and completions gives the same output', async (subject) => {
    const body =
      'return [Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(4))], Date.now()];';
    const [one, two, other] = [new FakeClock(), new FakeClock(), new FakeClock()];
    const call = { seed: new Uint8Array(32).fill(7) };
    const first = await callOnce(subject, body, { clock: one, call });
    expectDone(await callOnce(subject, body, { clock: two, call }), first.kind === 'done' ? first.output : first.error);
    const third = await callOnce(subject, body, { clock: other, call: { seed: new Uint8Array(32).fill(8) } });
    expect(third).not.toMatchObject({ output: first.kind === 'done' ? first.output : undefined });
  }),
  fact('a call without a seed draws other random numbers than the one before', async (subject) => {
    await using runner = await subject.createRunner([{ name: 'probe', body: 'return crypto.randomUUID();' }]);
    const outputs = [];
    for (const id of ['one', 'two']) outputs.push(await runner.run({ id, tool: 'probe', input: {} }));
    expect(new Set(outputs.map((outcome) => (outcome.kind === 'done' ? outcome.output : undefined))).size).toBe(2);
  }),
  fact('log lines and console lines come with the outcome', async (subject) => {
    const outcome = await callOnce(subject, "sdk.log.warn('careful', { n: 1 }); console.log('hello'); return 1;");
    expect(outcome.logs.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'careful'],
      ['info', 'hello'],
    ]);
    expect(JSON.parse(outcome.logs[0]?.fields ?? '')).toEqual({ n: 1 });
  }),
  fact('log lines come also with a call that fails', async (subject) => {
    const outcome = await callOnce(subject, "console.error('about to fail'); throw new Error('no');");
    expect(expectFailed(outcome, 'TOOL_FAILED').logs).toMatchObject([{ level: 'error', message: 'about to fail' }]);
  }),
  fact('a flood of log lines is cut at its maximum and counted', async (subject) => {
    const outcome = await callOnce(
      subject,
      "for (let i = 0; i < 300; i += 1) console.log('x'.repeat(1000)); return 'still here';",
      { limits: { logBytesMax: 50_000 } },
    );
    expectDone(outcome, 'still here');
    expect(outcome.logs.length).toBeLessThanOrEqual(50);
    expect(outcome.logs.reduce((sum, { message }) => sum + message.length, 0) + outcome.logBytesDropped).toBe(300_000);
  }),
  fact('usage counts turns, operations and memory', async (subject) => {
    const { usage } = await callOnce(
      subject,
      "await sdk.kv('n').set('k', 'v'); await sdk.kv('n').get('k'); return 1;",
      { tokens: ['kv:n:rw'] },
    );
    expect(usage).toMatchObject({ turns: 3, operations: 2 });
    expect(usage.memoryBytesPeak).toBeGreaterThan(0);
    expect(usage.computeMs).toBeGreaterThan(0);
  }),
];

const schemaCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('an input that does not fit is INPUT_INVALID with the pointer of every violation', async (subject) => {
    const outcome = await callOnce(subject, 'return 1;', {
      input: { age: -1, tags: ['a', 2], 'e/x~tra': 1 },
      inputSchema: personSchema,
    });
    const { error } = expectFailed(outcome, 'INPUT_INVALID');
    const violations = error.details['violations'] as readonly { pointer: string }[];
    expect(violations.map(({ pointer }) => pointer).toSorted()).toEqual(['/age', '/e~1x~0tra', '/name', '/tags/1']);
    expect(outcome.usage.turns).toBe(0);
  }),
  fact('text where bytes are declared is INPUT_INVALID', async (subject) => {
    const { error } = expectFailed(
      await callOnce(subject, 'return 1;', { input: { data: 'AAAA' }, inputSchema: bytesSchema }),
      'INPUT_INVALID',
    );
    expect(error.details['violations']).toMatchObject([{ pointer: '/data' }]);
  }),
  fact('what JSON cannot hold is INPUT_INVALID', async (subject) => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    for (const input of [Number.NaN, 1n, () => 1, cyclic, new Date(0), [Number.POSITIVE_INFINITY]]) {
      expectFailed(await callOnce(subject, 'return 1;', { input }), 'INPUT_INVALID');
    }
  }),
  fact('an input over 8 MiB is VALUE_TOO_LARGE', async (subject) => {
    expectFailed(await callOnce(subject, 'return 1;', { input: 'x'.repeat(8 * 1024 * 1024 - 1) }), 'VALUE_TOO_LARGE');
  }),
  fact('1,024 byte values pass, one more is VALUE_TOO_LARGE', async (subject) => {
    const blobs = Array.from({ length: 1_024 }, (_, index) => Uint8Array.of(index));
    expectDone(await callOnce(subject, 'return input.length;', { input: blobs }), 1_024);
    expectFailed(
      await callOnce(subject, 'return input.length;', { input: [...blobs, Uint8Array.of(1)] }),
      'VALUE_TOO_LARGE',
    );
  }),
  fact('an output that does not fit is OUTPUT_INVALID with its pointer', async (subject) => {
    const { error } = expectFailed(
      await callOnce(subject, "return { name: '', age: 1 };", { output: personSchema }),
      'OUTPUT_INVALID',
    );
    expect(error.details['violations']).toMatchObject([{ pointer: '/name' }]);
  }),
  fact('a missing output is OUTPUT_INVALID where one is declared', async (subject) => {
    expectFailed(await callOnce(subject, '', { output: personSchema }), 'OUTPUT_INVALID');
  }),
  fact('an output over the maximum is VALUE_TOO_LARGE', async (subject) => {
    expectFailed(
      await callOnce(subject, "return 'x'.repeat(9 * 1024 * 1024);", { computeMs: 20_000 }),
      'VALUE_TOO_LARGE',
    );
  }),
  fact('a schema whose pattern backtracks for ever ends as a violation', async (subject) => {
    const inputSchema = { type: 'string', pattern: '^(a+)+$' };
    expectFailed(await callOnce(subject, 'return 1;', { input: `${'a'.repeat(40)}!`, inputSchema }), 'INPUT_INVALID');
  }),
];

const lifeCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('a tool that the runner does not have is NOT_FOUND', async (subject) => {
    await using runner = await subject.createRunner([{ name: 'probe', body: 'return 1;' }]);
    expectFailed(await runner.run({ id: 'call', tool: 'other', input: {} }), 'NOT_FOUND');
  }),
  fact('a closed runner refuses calls, and closes twice', async (subject) => {
    const runner = await subject.createRunner([{ name: 'probe', body: 'return 1;' }]);
    await runner[Symbol.asyncDispose]();
    await runner[Symbol.asyncDispose]();
    expectFailed(await runner.run({ id: 'call', tool: 'probe', input: {} }), 'UNAVAILABLE');
  }),
  fact('closing a runner cancels the calls that run', async (subject) => {
    const clock = new FakeClock();
    const runner = await subject.createRunner(
      [{ name: 'probe', body: 'await new Promise((next) => setTimeout(next, 1000)); return 1;' }],
      { clock },
    );
    const running = runner.run({ id: 'call', tool: 'probe', input: {} });
    await clock.untilSleeping(2);
    await runner[Symbol.asyncDispose]();
    expectFailed(await running, 'CANCELLED');
    expect(clock.sleepers).toBe(0);
  }),
];

export const toolRunnerCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  ...valueCases,
  ...schemaCases,
  ...lifeCases,
  ...toolRunnerOperationCases,
  ...toolRunnerErrorCases,
  ...nestedCases,
];
