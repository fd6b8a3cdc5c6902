import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Completion } from '#wit/interfaces';
import { type Evaluator, createEvaluator, outputOf } from './guest-runner.ts';
import { asked, blobOf, everyToken, failureOf, ok, refused } from './sdk-answers.ts';

let guest: Evaluator;
let bytesGuest: Evaluator;
let poorGuest: Evaluator;
beforeAll(async () => {
  guest = await createEvaluator({ tokens: everyToken });
  bytesGuest = await createEvaluator({ tokens: everyToken, bytes: true });
  poorGuest = await createEvaluator();
});
afterAll(async () => {
  for (const evaluator of [guest, bytesGuest, poorGuest]) await evaluator[Symbol.asyncDispose]();
});

describe('tools', () => {
  test('call carries bytes on both ways', async () => {
    const result = await bytesGuest.evaluate(
      `const out = await sdk.tools.call('a', { file: given.file, text: 'x', marked: { $blob: 1 } }); return { out, again: out.file.length };`,
      {
        value: { file: { $blob: 0 } },
        blobs: [new Uint8Array([1, 2, 3])],
        answer: () =>
          ok({ json: '{"file":{"$blob":0},"odd":{"$literal":{"$base64":"x"}}}', blobs: [new Uint8Array([4, 5])] }),
      },
    );
    expect(asked(result)).toEqual([
      ['tools.call', 'a', { json: '{"file":{"$blob":0},"text":"x","marked":{"$literal":{"$blob":1}}}', blobs: [0] }],
    ]);
    expect(blobOf(result, 0, 0)).toEqual([1, 2, 3]);
    expect(outputOf(result)).toEqual({ out: { file: { $blob: 0 }, odd: { $literal: { $base64: 'x' } } }, again: 2 });
    expect([...(result.blobs[0] ?? [])]).toEqual([4, 5]);
  });

  test("the failure of a tool has that tool's code and details", async () => {
    const result = await guest.evaluate(`await sdk.tools.call('a', {});`, {
      answer: () =>
        refused('failed', { code: 'NO_ORDER', message: 'No such order', retryable: true, details: '{"id":1}' }),
    });
    expect(failureOf(result)).toEqual({
      code: 'NO_ORDER',
      message: 'No such order',
      retryable: true,
      details: { id: 1 },
    });
  });
});

describe('bytes of a tool', () => {
  test('user objects with reserved keys come and go unharmed', async () => {
    const result = await bytesGuest.evaluate(`return [given, { $literal: 1 }, { $base64: new Uint8Array([7]) }];`, {
      value: { a: { $literal: { $blob: 0, deep: { $literal: { $literal: 2 } } } } },
    });
    expect(outputOf(result)).toEqual([
      { a: { $literal: { $blob: 0, deep: { $literal: { $literal: 2 } } } } },
      { $literal: { $literal: 1 } },
      { $literal: { $base64: { $blob: 0 } } },
    ]);
  });

  test('an output is written as JSON.stringify would', async () => {
    const result = await bytesGuest.evaluate(
      `return { date: new Date(0), skip: undefined, f() {}, list: [undefined, () => 1], nan: NaN, boxed: new String('s'), own: { toJSON: () => 'j' }, ['__proto__']: 1 };`,
    );
    expect(result.outcome).toEqual({
      kind: 'done',
      output: '{"date":"1970-01-01T00:00:00.000Z","list":[null,null],"nan":null,"boxed":"s","own":"j","__proto__":1}',
    });
  });

  test('an output that contains itself is a failure', async () => {
    const source = 'const a = {}; a.a = a; return a;';
    expect(failureOf(await bytesGuest.evaluate(source)).code).toBe('TOOL_FAILED');
    expect(failureOf(await guest.evaluate(source)).code).toBe('TOOL_FAILED');
  });

  test('no output is null', async () => {
    expect(outputOf(await bytesGuest.evaluate(''))).toBe(null);
    expect(outputOf(await guest.evaluate(''))).toBe(null);
  });
});

describe('errors', () => {
  test('a ToolError arrives as it was thrown', async () => {
    const result = await guest.evaluate(
      `throw new sdk.ToolError('NOT_FOUND', 'No such order', { retryable: true, details: { id: [1] } });`,
    );
    expect(failureOf(result)).toEqual({
      code: 'NOT_FOUND',
      message: 'No such order',
      retryable: true,
      details: { id: [1] },
    });
  });

  test('an uncaught refusal ends the call with its own code', async () => {
    const source = `await sdk.kv('a').get('x');`;
    const cases: readonly (readonly [Completion, string, boolean, unknown])[] = [
      [refused('access-denied'), 'CAPABILITY_DENIED', false, undefined],
      [refused('value-too-large', 10), 'VALUE_TOO_LARGE', false, { maximum: 10 }],
      [refused('store-full', 5), 'STORE_FULL', false, { maximum: 5 }],
      [refused('too-many-operations', 3), 'OPERATIONS_EXCEEDED', false, { maximum: 3 }],
      [refused('invalid-argument', 'the key is empty'), 'INPUT_INVALID', false, undefined],
      [refused('unavailable', 'closed'), 'UNAVAILABLE', true, undefined],
    ];
    for (const [completion, code, retryable, details] of cases) {
      expect(failureOf(await guest.evaluate(source, { answer: () => completion }))).toMatchObject({
        code,
        retryable,
        details,
      });
    }
  });

  test('a refusal can be caught and says which operation it was', async () => {
    const result = await guest.evaluate(
      `return await sdk.llm.complete({ model: 'p:m', messages: [] }).catch((error) => [error instanceof sdk.OperationError, error instanceof Error, error.name, error.code, error.operation, error.retryable, error.details]);`,
      { answer: () => refused('rate-limited', 1500) },
    );
    expect(outputOf(result)).toEqual([
      true,
      true,
      'OperationError',
      'RATE_LIMITED',
      'llm.complete',
      true,
      { retryAfterMs: 1500 },
    ]);
  });

  test.each([
    ['kv.get', `sdk.kv('a').get('x')`],
    ['files.read', `sdk.files('a').read('x')`],
    ['vectors.query', `sdk.vectors('a').query([1])`],
    ['net.fetch', `fetch('https://a.example')`],
    ['llm.complete', `sdk.llm.complete({ model: 'p:m', messages: [] })`],
    ['llm.open-stream', `sdk.llm.stream({ model: 'p:m', messages: [] }).completion()`],
    ['gpu.compute', `sdk.gpu.compute({ shader: '', bindings: [], workgroups: [1, 1, 1] })`],
    ['tools.call', `sdk.tools.call('a', {})`],
    ['agents.invoke', `sdk.agents.invoke('a', 'm')`],
    ['context.get', `sdk.context.get()`],
  ])('%s without a token is denied before the host hears of it', async (operation, source) => {
    const result = await poorGuest.evaluate(`return await ${source};`);
    expect(failureOf(result)).toMatchObject({
      code: 'CAPABILITY_DENIED',
      message: `Cannot run "${operation}": the tool has no token for "${operation.split('.')[0]}"`,
      retryable: false,
    });
    expect(result.operations).toEqual([]);
  });

  test.each([
    [`throw new TypeError('bad', { cause: new Error('why') });`, 'bad'],
    [`throw 'text';`, 'The tool threw "text", which is no error'],
    [`throw undefined;`, 'The tool threw undefined, which is no error'],
    [`throw null;`, 'The tool threw null, which is no error'],
    [`throw { code: 'FORGED', message: 5 };`, 'The tool threw [object Object], which is no error'],
    [`throw Symbol('s');`, 'The tool threw Symbol(s), which is no error'],
    [`return Promise.reject(7n);`, 'The tool threw 7, which is no error'],
    [
      `const r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy;`,
      'The tool threw a value without a text form, which is no error',
    ],
    [
      `throw { get message() { throw 1; }, get stack() { throw 2; }, toString() { throw 3; } };`,
      'The tool threw a value without a text form, which is no error',
    ],
    [
      `throw new Proxy(new Error('x'), { get() { throw new Error('trap'); }, getPrototypeOf() { throw 1; } });`,
      'The tool threw a value without a text form, which is no error',
    ],
    [`throw Object.assign(new Error('mine'), { code: 'CAPABILITY_DENIED', retryable: true });`, 'mine'],
    [
      `new Intl.NumberFormat('en');`,
      '"Intl" does not exist in a tool: format by hand, or with a package such as date-fns',
    ],
    [
      `process.exit(1);`,
      '"process" does not exist in a tool: input comes from the caller, settings from tokens of the tool',
    ],
  ])('%s fails as TOOL_FAILED', async (source, message) => {
    expect(failureOf(await guest.evaluate(source))).toMatchObject({ code: 'TOOL_FAILED', message, retryable: false });
  });

  test('a stack has head, frames and causes', async () => {
    const { outcome } = await guest.evaluate(`throw new TypeError('bad', { cause: new Error('why') });`);
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { stack: expect.stringMatching(/^TypeError: bad\n +at [\s\S]+\nCaused by: Error: why\n +at /) },
    });
  });

  test('a code of an odd form is TOOL_FAILED', async () => {
    expect(failureOf(await guest.evaluate(`throw new sdk.ToolError('not a code!', 'm');`)).code).toBe('TOOL_FAILED');
  });
});

describe('log and the call', () => {
  test('log writes levels and fields', async () => {
    const { logs } = await guest.evaluate(
      `sdk.log.debug('d'); sdk.log.info('i', { a: 1 }); sdk.log.warn('w', { n: 1n }); sdk.log.error('e');`,
    );
    expect(logs).toEqual([
      { level: 'debug', message: 'd', fields: undefined },
      { level: 'info', message: 'i', fields: '{"a":1}' },
      { level: 'warn', message: 'w', fields: expect.stringContaining('unwritable') },
      { level: 'error', message: 'e', fields: undefined },
    ]);
  });

  test('remainingMs counts down with the clock, and signal aborts before the end', async () => {
    const result =
      await guest.evaluate(`const signal = sdk.signal(); const first = sdk.remainingMs(); await new Promise((resolve) => setTimeout(resolve, 4000)); const then = sdk.remainingMs();
      await new Promise((resolve) => signal.addEventListener('abort', resolve)); return [first, then, sdk.remainingMs(), signal.reason.name, sdk.signal() === signal];`);
    expect(outputOf(result)).toEqual([10_000, 6_000, 1_000, 'TimeoutError', true]);
  });

  test('decorators do nothing at run time, and tool gives its function', async () => {
    const result = await guest.evaluate(
      `const f = () => 1; const decorator = sdk.tool({ tokens: [] }); return [sdk.tool({ name: 'x', description: 'd' }, f) === f, String(decorator(class {}, {})), String(sdk.aria({})(class {}))];`,
    );
    expect(outputOf(result)).toEqual([true, 'undefined', 'undefined']);
  });

  test('the surface is exactly what the README names', async () => {
    const result = await guest.evaluate(`return Object.keys(sdk).sort();`);
    expect(outputOf(result)).toEqual([
      'OperationError',
      'ToolError',
      'agent',
      'agents',
      'aria',
      'context',
      'files',
      'gpu',
      'kv',
      'llm',
      'log',
      'net',
      'pipeline',
      'remainingMs',
      'signal',
      'team',
      'tool',
      'tools',
      'vectors',
    ]);
  });
});
