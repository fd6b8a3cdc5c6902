/** Cases of the table `ToolRunner`: a tool calls another one. Who runs that is the case itself; the border to it is the substrate's. */
import { expect } from 'vitest';
import type { NestedCalls } from '#host';
import { CodedError, wireError } from '#wit/errors';
import type { CallOutcome, Caller } from '#wit/interfaces';
import { printToken } from '#wit/tokens';
import { type ConformanceCase, fact } from './conformance-case.ts';
import { type ToolRunnerSubject, callOnce, expectDone, expectFailed } from './tool-runner-subject.ts';

const usage = { wallMs: 0, computeMs: 0, memoryBytesPeak: 0, turns: 1, operations: 0 };
const quiet = { logs: [], logBytesDropped: 0, usage } as const;

interface Asked {
  readonly caller: Caller;
  readonly name: string;
  readonly input: unknown;
}

/** Answers nested calls, and remembers what was asked. */
function answering(answer: (asked: Asked, signal: AbortSignal) => Promise<CallOutcome> | CallOutcome): {
  readonly nested: NestedCalls;
  readonly asked: Asked[];
} {
  const asked: Asked[] = [];
  const nested: NestedCalls = {
    async run(caller, { name, input }, signal) {
      const one = { caller, name, input };
      asked.push(one);
      return answer(one, signal);
    },
  };
  return { nested, asked };
}

/** The table. */
export const nestedCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('a tool calls another one; values and bytes go both ways', async (subject) => {
    const { nested, asked } = answering(({ input }) => ({
      kind: 'done',
      output: { got: input, more: Uint8Array.of(3) },
      ...quiet,
    }));
    const body =
      "return await sdk.tools.call('other', { n: 1, bytes: Uint8Array.of(1, 2), list: [Uint8Array.of(9)] });";
    const tokens = ['tool:other:call', 'kv:n:r'];
    const input = { n: 1, bytes: Uint8Array.of(1, 2), list: [Uint8Array.of(9)] };
    expectDone(await callOnce(subject, body, { nested, tokens }), { got: input, more: Uint8Array.of(3) });
    expect(asked).toMatchObject([{ name: 'other', input, caller: { callId: 'call-1', tool: 'probe' } }]);
    expect(asked[0]?.caller.tokens.map(printToken)).toEqual(tokens);
  }),
  fact('the error of a tool that was called has its own code, details and retryable', async (subject) => {
    const error = {
      ...wireError('TOOL_FAILED', { message: 'no such order' }),
      code: 'NO_ORDER',
      retryable: true,
      details: { id: 4711 },
    };
    const { nested } = answering(() => ({ kind: 'failed', error: error as never, stack: undefined, ...quiet }));
    const body = `try { await sdk.tools.call('other', {}); } catch (error) {
      return [error instanceof sdk.OperationError, error.code, error.message, error.retryable, error.details];
    }`;
    expectDone(await callOnce(subject, body, { nested, tokens: ['tool:other:call'] }), [
      true,
      'NO_ORDER',
      'no such order',
      true,
      { id: 4711 },
    ]);
  }),
  fact('what keeps a nested call from beginning is its code', async (subject) => {
    const codes = ['NOT_FOUND', 'UNAVAILABLE', 'CALL_DEPTH_EXCEEDED', 'DEADLOCK', 'OVERLOADED'] as const;
    for (const code of codes) {
      const { nested } = answering(() => {
        throw new CodedError(code, { message: 'Cannot call it: so it is' });
      });
      const body = "return await sdk.tools.call('other', {}).catch((error) => error.code);";
      expectDone(await callOnce(subject, body, { nested, tokens: ['tool:other:call'] }), code);
    }
  }),
  fact('a tool without the token of another one does not reach it', async (subject) => {
    const { nested, asked } = answering(() => ({ kind: 'done', output: 1, ...quiet }));
    const body = `const codeOf = (name) => sdk.tools.call(name, {}).then(() => 'ok', (error) => error.code);
      return [await codeOf('mine'), await codeOf('other'), await codeOf('kit/mine'), await codeOf('*'), await codeOf('a b')];`;
    expectDone(await callOnce(subject, body, { nested, tokens: ['tool:mine:call'] }), [
      'ok',
      'CAPABILITY_DENIED',
      'CAPABILITY_DENIED',
      'CAPABILITY_DENIED',
      'INPUT_INVALID',
    ]);
    expect(asked).toHaveLength(1);
  }),
  fact('the keys of a nested input are those that were sent, whatever keys another call had', async (subject) => {
    const { nested, asked } = answering(({ input }) => ({ kind: 'done', output: input, ...quiet }));
    const keys = ['\\', '\n', '"'];
    const body = "return await sdk.tools.call('other', { 'a key of this fact': 1, [input.key]: 2 });";
    for (const key of keys) {
      const sent = { 'a key of this fact': 1, [key]: 2 };
      expectDone(await callOnce(subject, body, { input: { key }, nested, tokens: ['tool:other:call'] }), sent);
      expect(asked.at(-1)).toMatchObject({ input: sent });
    }
  }),
  fact('several nested calls run side by side', async (subject) => {
    const { nested } = answering(async ({ input }) => {
      await new Promise((resolve) => setTimeout(resolve, 20 - (input as number) * 5));
      return { kind: 'done', output: (input as number) * 2, ...quiet };
    });
    const body = "return await Promise.all([1, 2, 3].map((n) => sdk.tools.call('other', n)));";
    const outcome = await callOnce(subject, body, { nested, tokens: ['tool:other:call'] });
    expectDone(outcome, [2, 4, 6]);
    expect(outcome.usage).toMatchObject({ operations: 3 });
  }),
  fact('a nested call is cancelled with its caller', async (subject) => {
    const cancelled = Promise.withResolvers<void>();
    const { nested } = answering(
      (_, signal) =>
        new Promise<CallOutcome>(() => {
          signal.addEventListener('abort', () => cancelled.resolve());
          controller.abort();
        }),
    );
    const controller = new AbortController();
    const body = "await sdk.tools.call('other', {}); return 1;";
    const { signal } = controller;
    expectFailed(await callOnce(subject, body, { nested, tokens: ['tool:other:call'], signal }), 'CANCELLED');
    await cancelled.promise;
  }),
  fact('a call that is ended with a coded reason ends with that error', async (subject) => {
    const { nested } = answering(
      () =>
        new Promise<CallOutcome>(() => {
          controller.abort(new CodedError('DEADLOCK', { message: 'Cannot go on: two calls wait for each other' }));
        }),
    );
    const controller = new AbortController();
    const body = "await sdk.tools.call('other', {}); return 1;";
    const { signal } = controller;
    expectFailed(await callOnce(subject, body, { nested, tokens: ['tool:other:call'], signal }), 'DEADLOCK');
  }),
  fact('a call within another one has no more than its caller', async (subject) => {
    const body = `const codeOf = (promise) => promise.then(() => 'ok', (error) => error.code);
      return [await codeOf(sdk.kv('a').get('k')), await codeOf(sdk.kv('a.b').set('k', 'v')), await codeOf(sdk.kv('a').set('k', 'v')), await codeOf(sdk.kv('b').get('k'))];`;
    const within = [
      { kind: 'kv', namespace: 'a', mode: 'r' },
      { kind: 'kv', namespace: 'a.b', mode: 'rw' },
    ] as const;
    expectDone(await callOnce(subject, body, { tokens: ['kv:a:rw', 'kv:b:rw'], call: { within } }), [
      'ok',
      'ok',
      'CAPABILITY_DENIED',
      'CAPABILITY_DENIED',
    ]);
  }),
];
