/** Cases of the table `ToolRunner`: errors, deadlines, cancellation, hostile tools. */
import { expect } from 'vitest';
import { type OperationRecord, createMemoryStore } from '#host';
import { type ConformanceCase, fact } from './conformance-case.ts';
import { FakeClock } from './fake-clock.ts';
import { type SingleCall, type ToolRunnerSubject, callOnce, expectDone, expectFailed } from './tool-runner-subject.ts';

const errorCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('what a tool throws is TOOL_FAILED with its message and stack', async (subject) => {
    const outcome = await callOnce(
      subject,
      "const fail = () => { throw new TypeError('no such thing'); };\nreturn fail();",
    );
    const { error, stack } = expectFailed(outcome, 'TOOL_FAILED');
    expect(error).toMatchObject({
      category: 'Tool',
      message: expect.stringContaining('no such thing'),
      retryable: false,
    });
    expect(stack).toMatch(/fail .*source\/probe\.js:3:/);
  }),
  fact("a ToolError keeps the author's code, message, details and retryable", async (subject) => {
    const outcome = await callOnce(
      subject,
      "throw new sdk.ToolError('ORDER_CLOSED', 'The order is closed', { retryable: true, details: { order: 7 } });",
    );
    expect(expectFailed(outcome, 'ORDER_CLOSED').error).toMatchObject({
      category: 'Tool',
      message: 'The order is closed',
      retryable: true,
      details: { order: 7 },
    });
  }),
  fact('a code that only a host may raise becomes TOOL_FAILED', async (subject) => {
    for (const code of ['INTERNAL', 'CANCELLED', 'BUNDLE_CORRUPT', 'SIGNATURE_MISSING']) {
      const outcome = await callOnce(
        subject,
        `throw Object.assign(new sdk.ToolError('X', 'no'), { code: '${code}' });`,
      );
      expectFailed(outcome, 'TOOL_FAILED');
    }
  }),
  fact('values that are no errors can be thrown', async (subject) => {
    for (const thrown of [
      "'text'",
      '42',
      'null',
      'undefined',
      '{ a: 1 }',
      'Symbol("s")',
      '() => 1',
      'Object.create(null)',
      '{ get message() { throw 1; } }',
      'new Proxy({}, { get() { throw 2; } })',
    ]) {
      expectFailed(await callOnce(subject, `throw ${thrown};`), 'TOOL_FAILED');
    }
  }),
  fact('an operation that is refused and not caught fails the call with its code', async (subject) => {
    const outcome = await callOnce(subject, "await sdk.kv('other').get('k');", { tokens: ['kv:n:r'] });
    expect(expectFailed(outcome, 'CAPABILITY_DENIED').error.category).toBe('Security');
  }),
  fact('a stack is mapped to the lines of the author', async (subject) => {
    // Line 3 of the source, its first columns, comes from line 40 of the author's file.
    const sourceMap = { version: 3, sources: ['src/tool.ts'], names: [], mappings: ';;AAuCA' };
    const { stack } = expectFailed(await callOnce(subject, "throw new Error('no');", { sourceMap }), 'TOOL_FAILED');
    expect(stack).toContain('src/tool.ts:40:');
  }),
  fact('stacks and lines show the frames of the author only, whatever the tool is called', async (subject) => {
    const body =
      "const fail = () => { throw new Error('no'); };\ntry { JSON.parse({ toString: fail }); } catch (error) { console.error(error); console.log(error.stack); }\nawait new Promise((next) => setTimeout(next, 1));\n[1].forEach(fail);";
    for (const name of ['template', 'agent']) {
      await using runner = await subject.createRunner([{ name, body }]);
      const { stack, logs } = expectFailed(await runner.run({ id: 'call-1', tool: name, input: {} }), 'TOOL_FAILED');
      const shown = [stack, ...logs.map(({ message }) => message)];
      expect(shown).toHaveLength(3);
      for (const text of shown) {
        expect(text).toContain(`source/${name}.js:3:`);
        expect(text).not.toMatch(/(?<!source\/)(?:template|agent)\.js/);
      }
    }
  }),
  fact('of a deadline and a timer that are due at the same time the deadline is the first', async (subject) => {
    const clock = new FakeClock();
    const call = callOnce(subject, 'await new Promise((next) => setTimeout(next, 1000));', { clock, timeoutMs: 1_000 });
    await clock.untilSleeping(2);
    clock.advance(1_000);
    expectFailed(await call, 'DEADLINE_EXCEEDED');
    expect(clock.sleepers).toBe(0);
  }),
  fact('a promise that nothing settles is TOOL_STALLED', async (subject) => {
    expectFailed(await callOnce(subject, 'await new Promise(() => {});'), 'TOOL_STALLED');
  }),
  fact('a promise that nothing settles after an operation is TOOL_STALLED', async (subject) => {
    expectFailed(
      await callOnce(subject, "await sdk.kv('n').get('k'); await new Promise(() => {});", { tokens: ['kv:n:r'] }),
      'TOOL_STALLED',
    );
  }),
  fact('10,000 operations at once are OPERATIONS_EXCEEDED, and none leaves', async (subject) => {
    const kv = createMemoryStore();
    const body = "await Promise.all(Array.from({ length: 10000 }, (_, n) => sdk.kv('n').set('k' + n, 'v')));";
    expectFailed(await callOnce(subject, body, { kv, tokens: ['kv:n:rw'] }), 'OPERATIONS_EXCEEDED');
    expect(kv.keys('n', { prefix: '', after: undefined, limit: 10 })).toEqual([]);
  }),
];

const deadlineCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('a call that waits longer than its timeout is DEADLINE_EXCEEDED', async (subject) => {
    const clock = new FakeClock();
    const outcome = callOnce(subject, 'await new Promise((next) => setTimeout(next, 60000));', {
      clock,
      timeoutMs: 1_000,
    });
    await clock.untilSleeping(2);
    clock.advance(999);
    expect(clock.sleepers).toBe(2);
    clock.advance(1);
    expect(expectFailed(await outcome, 'DEADLINE_EXCEEDED').error.details).toEqual({ cause: 'wall' });
    expect(clock.sleepers).toBe(0);
  }),
  fact("a call may shorten the tool's timeout, and not lengthen it", async (subject) => {
    for (const [timeoutMs, expectedMs] of [
      [100, 100],
      [90_000, 1_000],
    ] as const) {
      const clock = new FakeClock();
      const outcome = callOnce(subject, 'await new Promise((next) => setTimeout(next, 60000));', {
        clock,
        timeoutMs: 1_000,
        call: { timeoutMs },
      });
      await clock.untilSleeping(2);
      clock.advance(expectedMs);
      expectFailed(await outcome, 'DEADLINE_EXCEEDED');
    }
  }),
  fact('a call that is shorter than its timeout leaves no timer', async (subject) => {
    const clock = new FakeClock();
    expectDone(await callOnce(subject, 'return 1;', { clock }), 1);
    expect(clock.sleepers).toBe(0);
  }),
  fact('an endless loop is DEADLINE_EXCEEDED', async (subject) => {
    const outcome = await callOnce(subject, 'for (;;);', { computeMs: 100 });
    expect(expectFailed(outcome, 'DEADLINE_EXCEEDED').error.details).toEqual({ cause: 'compute' });
  }),
  fact('an endless chain of promises is DEADLINE_EXCEEDED', async (subject) => {
    expectFailed(await callOnce(subject, 'for (;;) await null;', { computeMs: 100 }), 'DEADLINE_EXCEEDED');
  }),
  fact('an endless loop of operations ends by its compute deadline', async (subject) => {
    expectFailed(
      await callOnce(subject, "for (;;) await sdk.kv('n').get('k');", { tokens: ['kv:n:r'], computeMs: 100 }),
      'DEADLINE_EXCEEDED',
    );
  }),
  fact('a regular expression that backtracks for ever is DEADLINE_EXCEEDED', async (subject) => {
    expectFailed(
      await callOnce(subject, "return /^(a+)+$/.test('a'.repeat(64) + '!');", { computeMs: 200 }),
      'DEADLINE_EXCEEDED',
    );
  }),
];

const cancelCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('a signal that is aborted before the call is CANCELLED, and nothing runs', async (subject) => {
    const outcome = await callOnce(subject, 'return 1;', { signal: AbortSignal.abort() });
    expect(expectFailed(outcome, 'CANCELLED').usage.turns).toBe(0);
  }),
  fact(
    'a signal that is aborted while the call waits is CANCELLED, and its operations are abandoned',
    async (subject) => {
      const clock = new FakeClock();
      const records: OperationRecord[] = [];
      const controller = new AbortController();
      const outcome = callOnce(subject, 'await new Promise((next) => setTimeout(next, 60000));', {
        clock,
        signal: controller.signal,
        audit: (record) => records.push(record),
      });
      await clock.untilSleeping(2);
      controller.abort();
      expectFailed(await outcome, 'CANCELLED');
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(clock.sleepers).toBe(0);
      expect(records).toMatchObject([{ operation: 'timer.sleep', outcome: 'abandoned' }]);
    },
  ),
  fact('a signal that is aborted while the call computes is CANCELLED', async (subject) => {
    const controller = new AbortController();
    const outcome = callOnce(subject, 'for (;;);', { computeMs: 20_000, signal: controller.signal });
    setTimeout(() => controller.abort(), 400);
    expectFailed(await outcome, 'CANCELLED');
  }),
  fact('a signal that is aborted after the call changes nothing', async (subject) => {
    const controller = new AbortController();
    await using runner = await subject.createRunner([{ name: 'probe', body: 'return 1;' }]);
    expectDone(await runner.run({ id: 'one', tool: 'probe', input: {} }, controller.signal), 1);
    controller.abort();
    expectDone(await runner.run({ id: 'two', tool: 'probe', input: {} }), 1);
  }),
];

/** Hostile bodies, each with the code that contains it; none: it may end in any way that is coded. */
const hostile: readonly (readonly [what: string, body: string, code: string | undefined, single?: SingleCall])[] = [
  [
    'a memory bomb of arrays',
    'const all = []; for (;;) all.push(new Array(1000).fill(all));',
    'MEMORY_EXCEEDED',
    { memoryBytes: 16 * 1024 * 1024, computeMs: 20_000 },
  ],
  [
    'a memory bomb of one string',
    "let text = 'x'; for (;;) text += text + 'y'.slice(0);",
    undefined,
    { memoryBytes: 16 * 1024 * 1024, computeMs: 20_000 },
  ],
  ['deep recursion that is not caught', 'const down = () => down() + 1; return down();', 'TOOL_FAILED'],
  [
    'recursion through JSON',
    'let deep = []; for (let i = 0; i < 100000; i += 1) deep = [deep]; return JSON.stringify(deep).length;',
    undefined,
  ],
  [
    'an output that nests 100,000 deep',
    'let deep = []; for (let i = 0; i < 100000; i += 1) deep = [deep]; return deep;',
    undefined,
  ],
  ['an output with a getter that throws', "return { get a() { throw new Error('no'); } };", undefined],
  [
    'an output with toJSON that loops',
    'const o = { toJSON() { for (;;); } }; return o;',
    undefined,
    { computeMs: 100 },
  ],
  ['a forged blob in the output', 'return JSON.parse(\'{"$blob":5}\');', undefined],
  ['a Promise prototype that was changed', 'Promise.prototype.then = () => {}; return 1;', undefined],
  [
    'an Array prototype that was changed',
    'Array.prototype[Symbol.iterator] = function* () {}; Array.prototype.push = () => 0; return [1];',
    undefined,
  ],
  ['JSON that was replaced', "JSON.stringify = () => 'not json'; return { a: 1 };", undefined],
  [
    'a thenable that resolves itself',
    'const o = { then(next) { next(o); } }; return o;',
    undefined,
    { computeMs: 100 },
  ],
];

const hostileCases: readonly ConformanceCase<ToolRunnerSubject>[] = hostile.map(([what, body, code, single]) =>
  fact<ToolRunnerSubject>(`${what} is contained, and the next call is unharmed`, async (subject) => {
    const { input: _, ...sample } = single ?? {};
    await using runner = await subject.createRunner([
      { name: 'hostile', body, ...sample },
      { name: 'honest', body: 'return { ok: [1, 2, 3].map(String) };' },
    ]);
    const outcome = await runner.run({ id: 'hostile', tool: 'hostile', input: {} });
    if (code !== undefined) expectFailed(outcome, code);
    else if (outcome.kind === 'failed') expect(outcome.error.code).not.toBe('INTERNAL');
    expectDone(await runner.run({ id: 'honest', tool: 'honest', input: {} }), { ok: ['1', '2', '3'] });
  }),
);

export const toolRunnerErrorCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  ...errorCases,
  ...deadlineCases,
  ...cancelCases,
  ...hostileCases,
];
