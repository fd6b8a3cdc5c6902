import { expect, test } from 'vitest';
import { createOperations } from '#host';
import type { LlmCompletion } from '#wit/host-types';
import type { CallOutcome, Completion } from '#wit/interfaces';
import { iccEnvironment } from '../../../quilt-adapter/icc/environment.ts';
import { decodeFrame, encodeFrame, frameType } from '../../../quilt-adapter/icc/frame.ts';
import {
  type Asked,
  type Question,
  type Reply,
  ask,
  callerWith,
  iccIn,
  laterMs,
  recordedOperations,
} from './icc-client.ts';

const usage = { wallMs: 1, computeMs: 1, memoryBytesPeak: 1, turns: 1, operations: 0 };
const logs = { logs: [], logBytesDropped: 0, usage };

/** Real operations with a nested tool `echo`, which gives its input back, and `sour`, which fails. */
function realOperations() {
  return createOperations({
    nested: {
      async run(_caller, { name, input }, signal): Promise<CallOutcome> {
        if (name === 'slow') await new Promise((resolve) => signal.addEventListener('abort', resolve));
        if (name === 'echo') return { kind: 'done', output: input, ...logs };
        const error = {
          code: 'SOUR',
          category: 'Tool',
          message: 'too sour',
          remedy: 'Add sugar',
          retryable: true,
          details: { ph: 2 },
        } as const;
        return { kind: 'failed', error, stack: undefined, ...logs };
      },
    },
  });
}

/** One question to an ICC whose call has these tokens. */
async function answerOf(tokens: readonly string[], question: Question): Promise<Reply> {
  await using icc = await iccIn({
    services: { operations: realOperations() },
    container: { id: 'box-1', session: 'talk-1' },
  });
  using call = icc.begin({ caller: callerWith(...tokens), deadlineMs: laterMs() });
  return await ask(icc.socketPath, { ...question, token: call.token });
}

async function answered(
  completion: Completion,
  question: Question,
  tokens: readonly string[] = [],
): Promise<{ readonly reply: Reply; readonly asked: readonly Asked[] }> {
  const operations = recordedOperations(() => completion);
  await using icc = await iccIn({ services: { operations }, container: { id: 'box-1', session: 'talk-1' } });
  using call = icc.begin({ caller: callerWith(...tokens), deadlineMs: laterMs() });
  return { reply: await ask(icc.socketPath, { ...question, token: call.token }), asked: operations.asked };
}

test('POST /tools/:name calls a tool, with bytes and escaped keys of the user there and back', async () => {
  const parameters = { text: 'hi', bytes: { $base64: 'AQI=' }, own: { $literal: { $blob: 1 } } };
  const { status, json } = await answerOf(['tool:echo:call'], {
    path: '/tools/echo',
    body: { tool_name: 'echo', parameters, capture_output: false },
  });
  expect([status, json]).toEqual([200, { success: true, result: parameters, execution_time_ms: expect.any(Number) }]);
});

test('POST /tools/:name takes and gives a frame', async () => {
  const body = encodeFrame({
    body: { parameters: { a: { $blob: 1 }, b: { $blob: 0 } } },
    blobs: [Uint8Array.of(1), Uint8Array.of(2)],
  });
  const { bytes } = await answerOf(['tool:echo:call'], {
    path: '/tools/echo',
    headers: { 'content-type': frameType },
    body,
  });
  const { body: answer, blobs } = decodeFrame(bytes);
  expect(answer).toMatchObject({ success: true, result: { a: { $blob: 0 }, b: { $blob: 1 } } });
  expect(blobs).toEqual([Uint8Array.of(2), Uint8Array.of(1)]);
});

test("a tool's own error is success false, with its code, and a status that is no success", async () => {
  const { status, json } = await answerOf(['tool:sour:call'], { path: '/tools/sour', body: { parameters: {} } });
  expect(status).toBe(502);
  expect(json).toMatchObject({
    success: false,
    error_message: 'too sour',
    error: { code: 'SOUR', category: 'Tool', retryable: true, details: { ph: 2 } },
  });
  expect(json.execution_time_ms).toBeGreaterThanOrEqual(0);
});

test('a tool of another bundle is named with its slash, percent-encoded or not', async () => {
  for (const path of ['/tools/fruit%2Fecho', '/tools/fruit/echo']) {
    const { json } = await answerOf(['tool:fruit/echo:call'], { path, body: {} });
    expect(json.error).toMatchObject({ code: 'SOUR' });
  }
});

test('a tool without a token is CAPABILITY_DENIED', async () => {
  const { status, json } = await answerOf(['tool:echo:call'], { path: '/tools/sour', body: {} });
  expect([status, json.success, json.error.code]).toEqual([403, false, 'CAPABILITY_DENIED']);
});

test('timeout_seconds is kept: the call is cancelled and the answer is DEADLINE_EXCEEDED', async () => {
  const { status, json } = await answerOf(['tool:slow:call'], { path: '/tools/slow', body: { timeout_seconds: 0.02 } });
  expect([status, json.success, json.error.code]).toEqual([504, false, 'DEADLINE_EXCEEDED']);
  expect(json.execution_time_ms).toBeGreaterThanOrEqual(15);
});

test.each([
  [{ tool_name: 'other' }, '/tool_name'],
  [{ capture_output: true }, '/capture_output'],
  [{ timeout_seconds: 0 }, '/timeout_seconds'],
  [{ timeout_seconds: '1' }, '/timeout_seconds'],
  [{ timeout_seconds: 86_401 }, '/timeout_seconds'],
  [{ params: {} }, '/params'],
  [[], ''],
  [{ parameters: { a: { $blob: 0 } } }, '/a'],
])('a body of /tools that asks for what is not served is INPUT_INVALID: %j', async (body, pointer) => {
  const { status, json } = await answerOf(['tool:echo:call'], { path: '/tools/echo', body });
  expect([status, json.error.code, json.error.details.violations[0].pointer]).toEqual([422, 'INPUT_INVALID', pointer]);
});

test('a client that goes away cancels its operation', async () => {
  const aborted = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const operations = recordedOperations(({ signal }) => {
    begun.resolve();
    const { promise, resolve } = Promise.withResolvers<Completion>();
    signal.addEventListener('abort', () => {
      aborted.resolve();
      resolve({ kind: 'ok', value: undefined });
    });
    return promise;
  });
  await using icc = await iccIn({ services: { operations } });
  using call = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const gone = new AbortController();
  const answer = ask(icc.socketPath, {
    path: '/operations/timer.sleep',
    token: call.token,
    body: { args: [1000] },
    signal: gone.signal,
  });
  await begun.promise;
  gone.abort();
  await expect(answer).rejects.toThrow();
  await aborted.promise;
});

test('the end of a call cancels what it has open and answers CANCELLED; another call goes on', async () => {
  const finish = Promise.withResolvers<Completion>();
  const operations = recordedOperations(({ signal }) => {
    const { promise, resolve } = Promise.withResolvers<Completion>();
    signal.addEventListener('abort', () =>
      resolve({ kind: 'failed', error: { tag: 'unavailable', val: 'CANCELLED' } }),
    );
    return Promise.race([promise, finish.promise]);
  });
  await using icc = await iccIn({ services: { operations } });
  const ending = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  using staying = icc.begin({ caller: callerWith(), deadlineMs: laterMs() });
  const sleep = (token: string) => ask(icc.socketPath, { path: '/operations/timer.sleep', token, body: { args: [1] } });
  const [cancelled, done] = [sleep(ending.token), sleep(staying.token)];
  await expect.poll(() => operations.asked.length).toBe(2);
  ending.end();
  expect(await cancelled).toMatchObject({ status: 499, json: { success: false, error: { code: 'CANCELLED' } } });
  finish.resolve({ kind: 'ok', value: undefined });
  expect(await done).toMatchObject({ status: 200, json: { ok: null } });
});

test('POST /agents/:name gives the answer as JSON, and makes up neither conversation nor turns', async () => {
  const { reply, asked } = await answered(
    { kind: 'ok', value: '{"a":[1]}' },
    { path: '/agents/helper', body: { agent_name: 'helper', message: 'hi' } },
  );
  expect([reply.status, reply.json]).toEqual([200, { success: true, response: { a: [1] } }]);
  expect(asked[0]).toMatchObject({ operation: 'agents.invoke', args: ['helper', 'hi'] });
});

test.each([
  { message: 'a', context: {} },
  { message: 'a', max_turns: 3 },
  {},
  { message: 5 },
  { message: 'a', agent_name: 'x' },
])('a body of /agents that asks for what is not served is INPUT_INVALID: %j', async (body) => {
  const { reply, asked } = await answered({ kind: 'ok', value: 'null' }, { path: '/agents/helper', body });
  expect([reply.status, reply.json.error.code, asked.length]).toEqual([422, 'INPUT_INVALID', 0]);
});

const completion: LlmCompletion = {
  text: 'hello',
  toolUses: [{ id: '1', name: 'echo', input: '{}' }],
  usage: { inputTokens: 3, outputTokens: 4 },
  finishReason: 'tool-uses',
};

test('POST /llm/complete translates request and answer', async () => {
  const body = {
    messages: [{ role: 'user', content: 'hi' }],
    model: 'openai:gpt-4o',
    temperature: 0.7,
    max_tokens: 2048,
    stream: false,
  };
  const { reply, asked } = await answered({ kind: 'ok', value: completion }, { path: '/llm/complete', body });
  expect(reply.json).toEqual({
    content: 'hello',
    model: 'openai:gpt-4o',
    provider: 'openai',
    token_usage: { prompt: 3, completion: 4, total: 7 },
    finish_reason: 'tool_calls',
    tool_calls: [{ id: '1', name: 'echo', arguments: '{}' }],
  });
  const message = { role: 'user', content: 'hi', toolUses: [] };
  expect(asked[0]?.args).toEqual([
    { model: 'openai:gpt-4o', messages: [message], temperature: 0.7, maxTokens: 2048, tools: [] },
  ]);
});

test.each([
  ['gpt-4o', ['llm:openai:gpt-4o', 'llm:other:small'], 'openai:gpt-4o'],
  [undefined, ['llm:openai:gpt-4o'], 'openai:gpt-4o'],
  ['made:up', [], 'made:up'],
])('the model %s of a call with the tokens %j is %s', async (model, tokens, expected) => {
  const { asked } = await answered(
    { kind: 'ok', value: completion },
    { path: '/llm/complete', body: { messages: [], model } },
    tokens,
  );
  expect(asked[0]?.args[0]).toMatchObject({ model: expected });
});

test.each([
  [{ messages: [] }, '/model'],
  [{ messages: [], model: 'gpt' }, '/model'],
  [{ messages: [], model: 'a:b', stream: true }, '/stream'],
  [{ messages: [], model: 'a:b', temperature: 3 }, '/temperature'],
  [{ messages: [], model: 'a:b', max_tokens: 1.5 }, '/max_tokens'],
  [{ model: 'a:b' }, '/messages'],
  [{ messages: [{ role: 'tool', content: 'x' }], model: 'a:b' }, '/messages/0/role'],
  [{ messages: [{ role: 'user', content: 'x', name: 'y' }], model: 'a:b' }, '/messages/0/name'],
])('a body of /llm/complete that cannot be sent is INPUT_INVALID: %j', async (body, pointer) => {
  const tokens = ['llm:openai:*', 'llm:a:one', 'llm:b:two'];
  const { reply, asked } = await answered({ kind: 'ok', value: completion }, { path: '/llm/complete', body }, tokens);
  expect([reply.status, reply.json.error.details.violations[0].pointer, asked.length]).toEqual([422, pointer, 0]);
});

test('GET /context gives the session and what was said; /context/add adds', async () => {
  const entries = [{ role: 'user', content: 'hi', createdMs: 5 }];
  const { reply, asked } = await answered(
    { kind: 'ok', value: entries },
    { path: '/context?limit=7&include_history=true&include_memory=false' },
  );
  expect(reply.json).toEqual({
    session_id: 'talk-1',
    execution_history: [{ role: 'user', content: 'hi', created_ms: 5 }],
  });
  expect(asked[0]?.args).toEqual([7]);
  for (const [body, args] of [
    [{ role: 'user', content: 'x' }, ['user', 'x']],
    [{ content: 'x' }, ['tool', 'x']],
    [{ a: 1 }, ['tool', '{"a":1}']],
    ['plain', ['tool', 'plain']],
    [null, ['tool', 'null']],
  ] as const) {
    const added = await answered({ kind: 'ok', value: undefined }, { path: '/context/add', body });
    expect([added.reply.json, added.asked[0]?.args]).toEqual([{ success: true, message: 'added' }, args]);
  }
});

test.each(['limit=0', 'limit=x', 'filter=a', 'include_memory=true', 'include_history=5', 'more=1', 'limit=1&limit=2'])(
  'GET /context?%s is refused',
  async (query) => {
    const { reply, asked } = await answered({ kind: 'ok', value: [] }, { path: `/context?${query}` });
    expect([reply.json.success, asked.length]).toEqual([false, 0]);
    expect([400, 422]).toContain(reply.status);
  },
);

test.each([
  ['/agents/helper', { message: 'hi' }, 'agent:helper:call'],
  ['/llm/complete', { messages: [{ role: 'user', content: 'hi' }], model: 'openai:gpt' }, 'llm:openai:*'],
  ['/context', undefined, 'context:session:r'],
  ['/context/add', { content: 'x' }, 'context:session:append'],
])(
  '%s, whose service comes later, is UNAVAILABLE with its token and CAPABILITY_DENIED without',
  async (path, body, token) => {
    const question = { path, ...(body && { body }) };
    const served = await answerOf([token], question);
    expect([served.status, served.json.success, served.json.error.code]).toEqual([503, false, 'UNAVAILABLE']);
    const refused = await answerOf([], question);
    expect([refused.status, refused.json.error.code]).toEqual([403, 'CAPABILITY_DENIED']);
  },
);

test('the environment of a call names its socket, its token and its routes, and no session where there is none', () => {
  const common = { containerId: 'box-1', token: 'secret' };
  expect(iccEnvironment({ ...common, sessionId: 'talk-1' })).toEqual({
    ARIA_ICC_ENDPOINT: 'unix:/run/aria/icc.sock',
    ARIA_SESSION_TOKEN: 'secret',
    ARIA_SESSION_ID: 'talk-1',
    ARIA_CONTAINER_ID: 'box-1',
    ARIA_TOOLS_URL: 'http://localhost/tools',
    ARIA_AGENTS_URL: 'http://localhost/agents',
    ARIA_LLM_URL: 'http://localhost/llm',
    ARIA_CONTEXT_URL: 'http://localhost/context',
  });
  expect(iccEnvironment(common)).not.toHaveProperty('ARIA_SESSION_ID');
});
