// oxlint-disable vitest/expect-expect -- expectDone and expectFailed are what asserts here
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationRecord } from '#host';
import type { CallOutcome } from '#wit/interfaces';
import { FakeClock } from '../../conformance/fake-clock.ts';
import { type SingleCall, expectDone, expectFailed } from '../../conformance/tool-runner-subject.ts';
import { type EngineUnderTest, bunProgram, containerRunner, openEngine } from './engine-under-test.ts';

describe.skipIf(bunProgram() === undefined)('a tool of the engine bun', () => {
  let opened: EngineUnderTest;
  beforeAll(async () => {
    opened = await openEngine();
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  async function call(body: string, single: SingleCall = {}): Promise<CallOutcome> {
    const { input = {}, call: more, signal, clock, audit, limits, ...sample } = single;
    const options = { ...(clock && { clock }), ...(audit && { audit }), ...(limits && { limits }) };
    await using runner = await containerRunner(opened.engine, [{ name: 'probe', body, ...sample }], {
      ...options,
      engineOfTools: 'bun',
    });
    return await runner.run({ id: 'call-1', tool: 'probe', input, ...more }, signal);
  }

  test('has the modules of Node and Bun by require, and no packages', async () => {
    const body = `const fs = require('node:fs'); const { join } = require('path'); const { Database } = require('bun:sqlite');
      let missing; try { require('left-pad'); } catch (error) { missing = error.message; }
      return [typeof fs.readFileSync, join('a', 'b'), new Database(':memory:').query('select 1 + 1 as n').get(), missing];`;
    expectDone(await call(body), [
      'function',
      'a/b',
      { n: 2 },
      'Cannot load the module "left-pad": a tool has "@aria/sdk" and what arc bundled into it',
    ]);
  });

  test('goes on by itself between operations: native work starts some, and some start native work', async () => {
    const body = `const { writeFile, readFile, mkdtemp } = require('node:fs/promises'); const kv = sdk.kv('n');
      const directory = await mkdtemp('/tmp/tool-');
      const seen = [];
      for (const n of [1, 2, 3]) {
        await writeFile(directory + '/file', 'content ' + n);
        await kv.set('k', await readFile(directory + '/file', 'utf8'));
        seen.push(await kv.getText('k'));
      }
      require('node:fs').rmSync(directory, { recursive: true });
      return seen;`;
    const outcome = await call(body, { tokens: ['kv:n:rw'] });
    expectDone(outcome, ['content 1', 'content 2', 'content 3']);
    expect(outcome.usage.operations).toBe(6);
  });

  test('native work that ends while operations are open stirs the call', async () => {
    const clock = new FakeClock();
    const records: OperationRecord[] = [];
    const body = `const { stat } = require('node:fs/promises');
      const slow = new Promise((next) => setTimeout(next, 60000));
      const quick = (async () => { for (let n = 0; n < 20; n += 1) await stat('/'); await sdk.kv('n').get('k'); await stat('/'); return 'quick'; })();
      return await Promise.race([slow, quick]);`;
    expectDone(await call(body, { clock, tokens: ['kv:n:r'], audit: (record) => records.push(record) }), 'quick');
    expect(records.map(({ operation, outcome }) => [operation, outcome]).toSorted()).toEqual([
      ['kv.get', 'done'],
      ['timer.sleep', 'abandoned'],
    ]);
  });

  test('native work that settles the call while operations are open ends it', async () => {
    const clock = new FakeClock();
    const body = `setTimeout(() => {}, 60000); await sdk.kv('n').get('k');
      for (let n = 0; n < 20; n += 1) await require('node:fs/promises').stat('/'); return 'settled';`;
    expectDone(await call(body, { clock, tokens: ['kv:n:r'] }), 'settled');
  });

  test('is TOOL_STALLED when nothing is left to wait for, and not before native work is over', async () => {
    const body = `let done = 0; for (let n = 0; n < 10; n += 1) { await require('node:fs/promises').stat('/'); done += 1; }
      console.log(done); await new Promise(() => {});`;
    expect(expectFailed(await call(body), 'TOOL_STALLED').logs).toMatchObject([{ message: '10' }]);
    const unreferenced =
      "require('node:net').createServer().listen(0, '127.0.0.1').unref(); await new Promise(() => {});";
    expectFailed(await call(unreferenced), 'TOOL_STALLED');
  });

  test('an operation that native work starts in the turn that returns is left behind', async () => {
    const body = "await require('node:fs/promises').stat('/'); sdk.kv('n').set('k', 'v'); return 1;";
    expectFailed(await call(body, { tokens: ['kv:n:rw'] }), 'TOOL_LEFT_OPERATIONS');
  });

  test.each([
    ['process.exit(0);', 'TOOL_TRAPPED', /exit code 0/],
    ['process.exit(7);', 'TOOL_TRAPPED', /exit code 7/],
    [
      "process.kill(process.pid, 'SIGKILL'); await new Promise((next) => setTimeout(next, 9999));",
      'TOOL_KILLED',
      /SIGKILL/,
    ],
    ["process.kill(process.pid, 'SIGABRT'); await new Promise((next) => setTimeout(next, 9999));", 'TOOL_KILLED', /./],
    [
      "const fs = require('node:fs'); for (let fd = 3; fd < 64; fd += 1) try { fs.closeSync(fd); } catch {}",
      undefined,
      /./,
    ],
    ["process.removeAllListeners('beforeExit'); await new Promise(() => {});", 'TOOL_TRAPPED', /exit code/],
  ])('%s ends the call, with a cause', async (body, code, message) => {
    const { error } = expectFailed(await call(body, { timeoutMs: 3_000 }), code ?? 'TOOL_TRAPPED');
    expect(error.message).toMatch(message);
    expect(error.details['cause']).toBeTypeOf('string');
    expectDone(await call('return 1;'), 1);
  });

  test('an error that nobody catches in a callback of Node is the error of the call', async () => {
    const body =
      "require('node:fs').readFile('/etc/hosts', () => { throw new RangeError('in a callback'); }); await new Promise((next) => setTimeout(next, 60000));";
    const { error, stack } = expectFailed(await call(body, { clock: new FakeClock() }), 'TOOL_FAILED');
    expect(error.message).toBe('in a callback');
    expect(stack).toMatch(/source\/probe\.js:3:/);
  });

  test('a rejection that nobody handles ends nothing', async () => {
    expectDone(
      await call("Promise.reject(new Error('lost')); await require('node:fs/promises').stat('/'); return 1;"),
      1,
    );
  });

  test('what it writes to its streams is in the log', async () => {
    const body = `require('node:fs').writeSync(1, 'to standard output\\nsecond'); require('node:fs').writeSync(2, 'to standard error\\n');
      console.warn('by console'); await sdk.kv('n').get('k'); return 1;`;
    const { logs } = await call(body, { tokens: ['kv:n:r'] });
    expect(logs.map(({ level, message }) => [level, message]).toSorted()).toEqual([
      ['info', 'second'],
      ['info', 'to standard output'],
      ['warn', 'by console'],
      ['warn', 'to standard error'],
    ]);
  });

  test('output without end is dropped and counted, and the call goes on', async () => {
    // The pipe does not wait: whoever writes to a full one tries again.
    const body = `const line = 'x'.repeat(999) + '\\n'; const { writeSync } = require('node:fs');
      const write = (fd) => { for (;;) try { return writeSync(fd, line); } catch (error) { if (error.code !== 'EAGAIN') throw error; } };
      for (let n = 0; n < 2000; n += 1) write(n % 2 + 1); await sdk.kv('n').get('k'); return 'still here';`;
    const outcome = await call(body, { tokens: ['kv:n:r'], limits: { logBytesMax: 50_000 }, computeMs: 20_000 });
    expectDone(outcome, 'still here');
    expect(outcome.logs.length).toBeGreaterThan(0);
    expect(outcome.logs.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThanOrEqual(50_000);
    expect(outcome.logBytesDropped).toBeGreaterThan(1_000_000);
  });

  test('a line without end is cut in pieces, and not kept whole', async () => {
    const body = "require('node:fs').writeSync(1, 'y'.repeat(20000)); await sdk.kv('n').get('k'); return 1;";
    const { logs } = await call(body, { tokens: ['kv:n:r'] });
    expect(logs.map(({ message }) => message.length)).toEqual([8_192, 8_192, 3_616]);
  });

  test('timers are operations by the clock of the host, with handles as in Node', async () => {
    const body = `const { promise, resolve } = Promise.withResolvers(); const began = Date.now();
      const timer = setTimeout(resolve, 50); const facts = [typeof timer.ref, timer.unref().hasRef(), timer.ref().hasRef()];
      const cleared = setTimeout(() => { throw new Error('cleared'); }, 10); clearTimeout(cleared);
      const byNumber = setTimeout(() => { throw new Error('cleared'); }, 10); clearTimeout(+byNumber);
      let ticks = 0; const ticked = new Promise((next) => { const interval = setInterval(() => { ticks += 1; if (ticks === 3) next(clearInterval(interval)); }, 1); });
      await promise; await ticked; return [...facts, Date.now() - began >= 50, ticks];`;
    expectDone(await call(body), ['function', false, true, true, 3]);
  });

  test('the clock stands still within a turn, and instances of Date are its own', async () => {
    const body = `const before = [Date.now(), performance.now()]; for (let n = 0; n < 5e6; n += 1);
      return [Date.now() === before[0], performance.now() === before[1], new Date() instanceof Date, new Date().constructor === Date,
        new Date(0).toISOString(), Date.UTC(1970, 0, 2), typeof Date(), Object.prototype.toString.call(new Date()), class extends Date {}.name];`;
    expectDone(await call(body, { clock: new FakeClock() }), [
      true,
      true,
      true,
      true,
      '1970-01-01T00:00:00.000Z',
      86_400_000,
      'string',
      '[object Date]',
      '',
    ]);
  });

  test('Web APIs are those of Bun, so that they fit its modules', async () => {
    const body = `const controller = new AbortController(); const { EventEmitter, once } = require('node:events');
      const waiting = once(new EventEmitter(), 'never', { signal: controller.signal }).catch((error) => error.name);
      controller.abort();
      const stream = new Response('streamed').body; let text = ''; for await (const chunk of stream) text += new TextDecoder().decode(chunk);
      return [await waiting, text, Buffer.from(new TextEncoder().encode('é')).toString('hex'), sdk.signal() instanceof AbortSignal];`;
    expectDone(await call(body), ['AbortError', 'streamed', 'c3a9', true]);
  });

  test('fetch without a token for the network says what is missing', async () => {
    const body = "return await fetch('https://example.com/').catch((error) => error.code);";
    expectDone(await call(body), 'CAPABILITY_DENIED');
  });

  test('bytes come back as they went', async () => {
    const data = Uint8Array.from({ length: 300_000 }, (_, index) => index);
    const body = 'return { is: input.data instanceof Uint8Array, data: Buffer.from(input.data) };';
    expectDone(await call(body, { input: { data } }), { is: true, data });
  });

  test('cancelling it while native work lasts ends its process', async () => {
    const controller = new AbortController();
    const outcome = call('await Bun.sleep(60000); return 1;', { signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    expectFailed(await outcome, 'CANCELLED');
  });
});
