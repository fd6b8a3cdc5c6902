/** Cases of the table `ToolRunner`: operations, tokens, timers. */
import { expect } from 'vitest';
import { type OperationRecord, createMemoryStore } from '#host';
import { type ConformanceCase, fact } from './conformance-case.ts';
import { FakeClock } from './fake-clock.ts';
import { type ToolRunnerSubject, callOnce, expectDone, expectFailed } from './tool-runner-subject.ts';

/** Gives the codes of what a list of promises came to. */
const codes =
  'const codes = async (promises) => (await Promise.allSettled(promises)).map((each) => (each.status === "fulfilled" ? "ok" : each.reason.code));';

const storeCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('a value that was set is there for the next call', async (subject) => {
    const kv = createMemoryStore();
    const tokens = ['kv:orders:rw'];
    expectDone(
      await callOnce(subject, "await sdk.kv('orders').setJson('a', { n: 1 }); return 'set';", { kv, tokens }),
      'set',
    );
    expectDone(await callOnce(subject, "return await sdk.kv('orders').getJson('a');", { kv, tokens }), { n: 1 });
  }),
  fact('bytes, text and JSON are kept; what is not set is undefined', async (subject) => {
    const body = `const kv = sdk.kv('n'); await kv.set('bytes', Uint8Array.of(1, 2)); await kv.set('text', 'é');
      return [await kv.get('bytes'), await kv.getText('text'), (await kv.get('none')) === undefined];`;
    expectDone(await callOnce(subject, body, { tokens: ['kv:n:rw'] }), [Uint8Array.of(1, 2), 'é', true]);
  }),
  fact('delete tells whether there was a value', async (subject) => {
    const body = "const kv = sdk.kv('n'); await kv.set('k', 'v'); return [await kv.delete('k'), await kv.delete('k')];";
    expectDone(await callOnce(subject, body, { tokens: ['kv:n:rw'] }), [true, false]);
  }),
  fact('compareAndSet writes only over the expected value', async (subject) => {
    const body = `const kv = sdk.kv('n'); const one = new TextEncoder().encode('1');
      return [await kv.compareAndSet('k', undefined, one), await kv.compareAndSet('k', undefined, '2'), await kv.compareAndSet('k', one, '3'), await kv.getText('k')];`;
    expectDone(await callOnce(subject, body, { tokens: ['kv:n:rw'] }), [true, false, true, '3']);
  }),
  fact('operations that are started together are resumed together', async (subject) => {
    const body = "const kv = sdk.kv('n'); await Promise.all([1, 2, 3].map((n) => kv.set('k' + n, 'v'))); return 1;";
    const { usage } = await callOnce(subject, body, { tokens: ['kv:n:rw'] });
    expect(usage).toMatchObject({ turns: 2, operations: 3 });
  }),
  fact('more operations than run side by side all come to their end', async (subject) => {
    const body =
      "const kv = sdk.kv('n'); await Promise.all(Array.from({ length: 500 }, (_, n) => kv.set('k' + n, 'v'))); return (await kv.getText('k499'));";
    expectDone(await callOnce(subject, body, { tokens: ['kv:n:rw'], limits: { operationsParallelMax: 3 } }), 'v');
  }),
  fact('more values than one resume may hold all arrive', async (subject) => {
    const body = `const kv = sdk.kv('n'); await kv.set('k', 'v');
      const all = await Promise.all(Array.from({ length: 1500 }, () => kv.getText('k'))); return all.filter((each) => each === 'v').length;`;
    expectDone(await callOnce(subject, body, { tokens: ['kv:n:rw'] }), 1_500);
  }),
  fact('a value of 1 MiB is kept; one byte more is VALUE_TOO_LARGE, and nothing is stored', async (subject) => {
    const body = `${codes} const kv = sdk.kv('n'); const mebibyte = 1024 * 1024;
      const first = await codes([kv.set('a', new Uint8Array(mebibyte)), kv.set('b', new Uint8Array(mebibyte + 1))]);
      return [first, (await kv.get('a')).length, (await kv.get('b')) === undefined];`;
    expectDone(await callOnce(subject, body, { tokens: ['kv:n:rw'] }), [['ok', 'VALUE_TOO_LARGE'], 1_048_576, true]);
  }),
];

const tokenCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('a namespace that no token covers is CAPABILITY_DENIED', async (subject) => {
    const body = `${codes} return await codes([sdk.kv('orders').get('k'), sdk.kv('order').get('k'), sdk.kv('orders.new').set('k', 'v'), sdk.kv('other').set('k', 'v')]);`;
    expectDone(await callOnce(subject, body, { tokens: ['kv:orders:rw'] }), [
      'ok',
      'CAPABILITY_DENIED',
      'ok',
      'CAPABILITY_DENIED',
    ]);
  }),
  fact('a token of mode r reads only', async (subject) => {
    const body = `${codes} const kv = sdk.kv('n');
      return await codes([kv.get('k'), kv.set('k', 'v'), kv.delete('k'), kv.compareAndSet('k', undefined, 'v'), kv.list()]);`;
    expectDone(await callOnce(subject, body, { tokens: ['kv:n:r'] }), [
      'ok',
      'CAPABILITY_DENIED',
      'CAPABILITY_DENIED',
      'CAPABILITY_DENIED',
      'ok',
    ]);
  }),
  fact('a token of mode append sets what is not set, and nothing else', async (subject) => {
    const body = `${codes} const kv = sdk.kv('n'); const first = await codes([kv.set('k', 'v')]);
      return [...first, ...(await codes([kv.set('k', 'w'), kv.get('k'), kv.delete('k')]))];`;
    expectDone(await callOnce(subject, body, { tokens: ['kv:n:append'] }), [
      'ok',
      'CAPABILITY_DENIED',
      'CAPABILITY_DENIED',
      'CAPABILITY_DENIED',
    ]);
  }),
  fact('an interface without a token is CAPABILITY_DENIED', async (subject) => {
    const body = `${codes} return await codes([sdk.kv('n').get('k'), sdk.net.fetch('https://example.com/'), sdk.tools.call('other', {})]);`;
    expectDone(await callOnce(subject, body), ['CAPABILITY_DENIED', 'CAPABILITY_DENIED', 'CAPABILITY_DENIED']);
  }),
  fact('each operation leaves one audit record with its token and what it came to', async (subject) => {
    const records: OperationRecord[] = [];
    const body = `${codes} return await codes([sdk.kv('orders.new').set('k', 'v'), sdk.kv('other').get('k')]);`;
    await callOnce(subject, body, { tokens: ['kv:orders:rw'], audit: (record) => records.push(record) });
    expect(records.toSorted((left, right) => (left.operation < right.operation ? 1 : -1))).toMatchObject([
      {
        callId: 'call-1',
        bundle: 'samples@1.0.0',
        tool: 'probe',
        operation: 'kv.set',
        effect: 'transactional',
        token: 'kv:orders.new:rw',
        outcome: 'done',
      },
      { operation: 'kv.get', effect: 'pure', token: undefined, outcome: 'CAPABILITY_DENIED' },
    ]);
  }),
];

const timerCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('timers end in the order of their times, and the clock goes with them', async (subject) => {
    const clock = new FakeClock();
    let seen = 0;
    // Each timer is followed by an operation, so that the case sees when the guest has gone on.
    const body = `const seen = []; const began = Date.now();
      const wait = async (ms) => { await new Promise((next) => setTimeout(next, ms)); seen.push([ms, Date.now() - began]); await sdk.kv('n').get('k'); };
      await Promise.all([wait(30), wait(10), wait(20)]); return seen;`;
    const outcome = callOnce(subject, body, {
      clock,
      tokens: ['kv:n:r'],
      audit: ({ operation }) => (seen += operation === 'kv.get' ? 1 : 0),
    });
    await clock.untilSleeping(4);
    for (const step of [1, 2, 3]) {
      clock.advance(10);
      while (seen < step) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expectDone(await outcome, [
      [10, 10],
      [20, 20],
      [30, 30],
    ]);
  }),
  fact('timers run side by side', async (subject) => {
    const { usage } = await callOnce(
      subject,
      'await Promise.all(Array.from({ length: 200 }, () => new Promise((next) => setTimeout(next, 20)))); return 1;',
    );
    expect(usage.operations).toBe(200);
  }),
  fact('a cleared timer does not keep a call waiting', async (subject) => {
    const clock = new FakeClock();
    const body =
      "const timer = setTimeout(() => {}, 1000); await sdk.kv('n').get('k'); clearTimeout(timer); await sdk.kv('n').get('k'); return 'done';";
    expectDone(await callOnce(subject, body, { clock, tokens: ['kv:n:r'] }), 'done');
    expect(clock.sleepers).toBe(0);
  }),
  fact('a timer that still runs at the end does not count, and is given up', async (subject) => {
    const clock = new FakeClock();
    const records: OperationRecord[] = [];
    const body = "setTimeout(() => {}, 1000); await sdk.kv('n').get('k'); return 'done';";
    expectDone(
      await callOnce(subject, body, { clock, tokens: ['kv:n:r'], audit: (record) => records.push(record) }),
      'done',
    );
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(clock.sleepers).toBe(0);
    expect(records.map(({ operation, outcome }) => [operation, outcome]).toSorted()).toEqual([
      ['kv.get', 'done'],
      ['timer.sleep', 'abandoned'],
    ]);
  }),
  fact('operations overlap: the first of a race ends the call, the rest is abandoned', async (subject) => {
    const clock = new FakeClock();
    const body =
      "return await Promise.race([new Promise((next) => setTimeout(() => next('slow'), 5000)), sdk.kv('n').get('k').then(() => 'fast')]);";
    expectDone(await callOnce(subject, body, { clock, tokens: ['kv:n:r'] }), 'fast');
  }),
];

const leftCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  fact('operations started by the turn that returns are TOOL_LEFT_OPERATIONS, and none leaves', async (subject) => {
    const kv = createMemoryStore();
    const outcome = await callOnce(subject, "sdk.kv('n').set('k', 'v'); return 1;", { kv, tokens: ['kv:n:rw'] });
    expect(expectFailed(outcome, 'TOOL_LEFT_OPERATIONS').error.details).toEqual({ operations: ['kv.set'] });
    expect(kv.get('n', 'k')).toBeUndefined();
  }),
  fact('a timer started by the turn that returns is no left operation', async (subject) => {
    expectDone(await callOnce(subject, 'setTimeout(() => {}, 1000); return 1;'), 1);
  }),
  fact('the error of a turn that fails wins over what it left', async (subject) => {
    const kv = createMemoryStore();
    const outcome = await callOnce(subject, "sdk.kv('n').set('k', 'v'); throw new Error('no');", {
      kv,
      tokens: ['kv:n:rw'],
    });
    expectFailed(outcome, 'TOOL_FAILED');
    expect(kv.get('n', 'k')).toBeUndefined();
  }),
  fact('operations of earlier turns that are open at the end are abandoned, and the call is done', async (subject) => {
    const clock = new FakeClock();
    const records: OperationRecord[] = [];
    const kv = createMemoryStore();
    const slow = Object.assign(Object.create(kv), {
      get: (namespace: string, key: string) =>
        key === 'slow' ? new Promise<undefined>(() => undefined) : kv.get(namespace, key),
    });
    const body = "sdk.kv('n').get('slow').catch(() => {}); await sdk.kv('n').get('quick'); return 'done';";
    const outcome = await callOnce(subject, body, {
      clock,
      kv: slow,
      tokens: ['kv:n:r'],
      audit: (record) => records.push(record),
    });
    expectDone(outcome, 'done');
    expect(records).toContainEqual(expect.objectContaining({ operation: 'kv.get', outcome: 'abandoned' }));
  }),
];

export const toolRunnerOperationCases: readonly ConformanceCase<ToolRunnerSubject>[] = [
  ...storeCases,
  ...tokenCases,
  ...timerCases,
  ...leftCases,
];
