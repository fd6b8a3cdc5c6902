// oxlint-disable vitest/expect-expect -- expectDone and expectFailed are what asserts here
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CodedError } from '#wit/errors';
import type { CallOutcome } from '#wit/interfaces';
import type { CallServices, CallServing, ServedCall } from '../../../quilt-adapter/engine/ports.ts';
import { expectDone, expectFailed } from '../../conformance/tool-runner-subject.ts';
import { type EngineUnderTest, bunProgram, containerRunner, openEngine } from './engine-under-test.ts';

const counting = { name: 'count', body: 'globalThis.calls = (globalThis.calls ?? 0) + 1; return globalThis.calls;' };
const naming = {
  name: 'name',
  body: "const { readlinkSync } = require('node:fs'); return [process.pid, readlinkSync('/proc/self/exe') !== ''];",
};

/** Ends the engine, and expects nothing of it to be left. */
async function expectNothingLeft({ engine, runDirectory }: EngineUnderTest): Promise<void> {
  await engine[Symbol.asyncDispose]();
  expect(await readdir(join(runDirectory, 'containers')).catch(() => [])).toEqual([]);
  expect(engine.figures()).toMatchObject({ ready: 0, starting: 0, inUse: 0, ending: 0, waiting: 0 });
  const commands = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  expect(commands.filter((command) => command.includes(runDirectory))).toEqual([]);
}

describe.skipIf(bunProgram() === undefined)('containers of an engine', () => {
  test('serve one call each without a session, and those of one session share theirs with its globals', async () => {
    await using opened = await openEngine();
    await using runner = await containerRunner(opened.engine, [counting]);
    const run = async (id: string, session?: string): Promise<unknown> => {
      const outcome = await runner.run({ id, tool: 'count', input: {}, ...(session !== undefined && { session }) });
      return outcome.kind === 'done' ? outcome.output : outcome.error;
    };
    expect([await run('1'), await run('2')]).toEqual([1, 1]);
    expect([
      await run('3', 'a'),
      await run('4', 'a'),
      await run('5', 'b'),
      await run('6', 'a'),
      await run('7'),
    ]).toEqual([1, 2, 1, 3, 1]);
    await expectNothingLeft(opened);
  });

  test('are never shared by two tenants or two tools, although they name the same session', async () => {
    await using opened = await openEngine();
    const pids: number[] = [];
    for (const tenant of ['one', 'two']) {
      const samples = [naming, { ...naming, name: 'other' }];
      await using runner = await containerRunner(opened.engine, samples, { tenant, engineOfTools: 'bun' });
      for (const tool of ['name', 'other', 'name']) {
        const outcome = await runner.run({ id: tool, tool, input: {}, session: 'same' });
        if (outcome.kind === 'failed') throw new Error(outcome.error.message);
        pids.push((outcome.output as readonly [number])[0]);
      }
    }
    const [first, second, third, fourth, fifth, sixth] = pids;
    expect([third, sixth]).toEqual([first, fourth]);
    expect(new Set([first, second, fourth, fifth]).size).toBe(4);
  });

  test('of a session are replaced where a call ended badly, and each call has its own clock, seed and operations', async () => {
    await using opened = await openEngine();
    const body = `globalThis.n = (globalThis.n ?? 0) + 1; if (input === 'exit') process.exit(1); if (input === 'throw') throw new Error('no');
      setTimeout(() => {}, 99999); await sdk.kv('n').set('k', 'v'); return [globalThis.n, Math.random()];`;
    await using runner = await containerRunner(opened.engine, [{ name: 'probe', body, tokens: ['kv:n:rw'] }], {
      engineOfTools: 'bun',
    });
    const seed = new Uint8Array(32).fill(5);
    const run = async (input: unknown) => runner.run({ id: 'x', tool: 'probe', input, session: 's', seed });
    const first = await run(1);
    const random = first.kind === 'done' ? (first.output as readonly number[])[1] : undefined;
    expectDone(first, [1, random]);
    expectDone(await run(2), [2, random]);
    expectFailed(await run('throw'), 'TOOL_FAILED');
    expectDone(await run(4), [4, random]);
    expectFailed(await run('exit'), 'TOOL_TRAPPED');
    expectDone(await run(6), [1, random]);
    await expectNothingLeft(opened);
  });

  test('compute of earlier calls of a session does not count for the next', async () => {
    await using opened = await openEngine();
    const body = 'const end = process.hrtime.bigint() + 120000000n; while (process.hrtime.bigint() < end); return 1;';
    await using runner = await containerRunner(opened.engine, [{ name: 'probe', body, computeMs: 400 }], {
      engineOfTools: 'bun',
    });
    for (const id of ['1', '2', '3', '4', '5'])
      expectDone(await runner.run({ id, tool: 'probe', input: {}, session: 's' }), 1);
  });

  test('that are about to start are given up with their call', async () => {
    await using opened = await openEngine({ pool: { startingMax: 1 } });
    await using runner = await containerRunner(opened.engine, [counting]);
    const controllers = Array.from({ length: 6 }, () => new AbortController());
    const outcomes = controllers.map(({ signal }, n) => runner.run({ id: `${n}`, tool: 'count', input: {} }, signal));
    for (const controller of controllers.slice(1)) controller.abort();
    expectDone(await (outcomes[0] ?? Promise.reject(new Error('none'))), 1);
    for (const outcome of outcomes.slice(1)) expectFailed(await outcome, 'CANCELLED');
    await expectNothingLeft(opened);
  });

  test('end with their engine, and so do the calls in them', async () => {
    await using opened = await openEngine();
    await using runner = await containerRunner(opened.engine, [
      { name: 'wait', body: 'await new Promise((next) => setTimeout(next, 60000));' },
      { name: 'spin', body: 'for (;;);' },
    ]);
    const waits = runner.run({ id: 'wait', tool: 'wait', input: {} });
    const spins = runner.run({ id: 'spin', tool: 'spin', input: {} });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expectNothingLeft(opened);
    expectFailed(await spins, 'CANCELLED');
    // Between its turns a call hears of it when it goes on.
    await runner[Symbol.asyncDispose]();
    expectFailed(await waits, 'CANCELLED');
    expectFailed(await runner.run({ id: 'late', tool: 'wait', input: {} }), 'UNAVAILABLE');
  });

  test('are refused before the first one where the paths of their sockets would be too long', async () => {
    await expect(openEngine({ runName: 'run'.repeat(40) })).rejects.toMatchObject({
      code: 'CONTAINERS_UNAVAILABLE',
      message: expect.stringMatching(/\d+ bytes too long$/),
    });
  });

  test('of an engine before leave sockets, which the next one removes', async () => {
    await using opened = await openEngine();
    const left = join(opened.runDirectory, 'containers', 'aria-of-before');
    await mkdir(left, { recursive: true });
    await using runner = await containerRunner(opened.engine, [counting]);
    expectDone(await runner.run({ id: 'x', tool: 'count', input: {} }), 1);
    await expectNothingLeft(opened);
  });

  test('are no more than calls may be open; the next call hears so', async () => {
    await using opened = await openEngine({ limits: { callsOpenMax: 2 } });
    await using runner = await containerRunner(opened.engine, [
      { name: 'wait', body: 'await new Promise((next) => setTimeout(next, 60000));' },
      counting,
    ]);
    const controller = new AbortController();
    const open = ['1', '2'].map((id) => runner.run({ id, tool: 'wait', input: {} }, controller.signal));
    expectFailed(await runner.run({ id: '3', tool: 'count', input: {} }), 'UNAVAILABLE');
    controller.abort();
    for (const outcome of open) expectFailed(await outcome, 'CANCELLED');
    expectDone(await runner.run({ id: '4', tool: 'count', input: {} }), 1);
  });

  test('beyond those that may be open wait for them in their order, and hear when that takes too long or nobody wants them', async () => {
    const limits = { callsOpenMax: 1, callsWaitingMax: 2, callsWaitMs: 60_000 };
    await using opened = await openEngine({ limits });
    await using runner = await containerRunner(opened.engine, [
      { name: 'wait', body: 'await new Promise((next) => setTimeout(next, input.ms));' },
    ]);
    const ended: string[] = [];
    const controllers = Array.from({ length: 5 }, () => new AbortController());
    const run = async (index: number, ms: number): Promise<CallOutcome> => {
      const id = String(index);
      const outcome = await runner.run({ id, tool: 'wait', input: { ms } }, controllers[index]?.signal);
      ended.push(outcome.kind === 'done' ? id : `${id} ${outcome.error.code}`);
      return outcome;
    };
    const first = run(0, 60_000);
    const [second, third] = [run(1, 1), run(2, 1)];
    expectFailed(await run(3, 1), 'UNAVAILABLE');
    controllers[1]?.abort();
    expectFailed(await second, 'CANCELLED');
    const last = run(4, 1);
    controllers[0]?.abort();
    await Promise.all([first, third, last]);
    expect(ended).toEqual(['3 UNAVAILABLE', '1 CANCELLED', '0 CANCELLED', '2', '4']);
    await expectNothingLeft(opened);
  });

  test('that wait leave no place taken where they end at the same moment as the one that runs', async () => {
    await using opened = await openEngine({ limits: { callsOpenMax: 1, callsWaitingMax: 2 } });
    await using runner = await containerRunner(opened.engine, [
      { name: 'wait', body: 'await new Promise((next) => setTimeout(next, 60000));' },
      counting,
    ]);
    const controllers = Array.from({ length: 3 }, () => new AbortController());
    const outcomes = controllers.map(({ signal }, n) => runner.run({ id: `${n}`, tool: 'wait', input: {} }, signal));
    await expect.poll(() => opened.engine.figures().inUse).toBe(1);
    for (const controller of controllers.toReversed()) controller.abort();
    for (const outcome of outcomes) expectFailed(await outcome, 'CANCELLED');
    expectDone(await runner.run({ id: 'next', tool: 'count', input: {} }), 1);
  });

  test('do not wait without an end for those that are open', async () => {
    await using opened = await openEngine({ limits: { callsOpenMax: 1, callsWaitingMax: 1, callsWaitMs: 20 } });
    await using runner = await containerRunner(opened.engine, [
      { name: 'wait', body: 'await new Promise((next) => setTimeout(next, 60000));' },
      counting,
    ]);
    const controller = new AbortController();
    const open = runner.run({ id: '1', tool: 'wait', input: {} }, controller.signal);
    expectFailed(await runner.run({ id: '2', tool: 'count', input: {} }), 'UNAVAILABLE');
    controller.abort();
    expectFailed(await open, 'CANCELLED');
    expectDone(await runner.run({ id: '3', tool: 'count', input: {} }), 1);
  });

  test('tell their services the session of a call, also where no two calls share a container', async () => {
    const sessions: unknown[] = [];
    const services: CallServices = {
      open: async ({ session }) => {
        sessions.push(session);
        return { environment: {}, forwarding: undefined, hosts: '', [Symbol.asyncDispose]: async () => undefined };
      },
    };
    await using opened = await openEngine({ keepsSessions: false, services });
    await using runner = await containerRunner(opened.engine, [counting]);
    for (const id of ['1', '2']) expectDone(await runner.run({ id, tool: 'count', input: {}, session: 's' }), 1);
    expect(sessions).toEqual(['s', 's']);
    await expectNothingLeft(opened);
  });
});

describe.skipIf(bunProgram() === undefined)('what a call is served with', () => {
  const reading = {
    name: 'read',
    body: "return [process.env.ARIA_TOKEN, require('node:fs').readFileSync(process.env.ARIA_HOSTS, 'utf8')];",
    tokens: ['kv:n:rw'],
  };

  test('is there before the tool is loaded, knows its caller, and ends with the call', async () => {
    const served: ServedCall[] = [];
    let ended = 0;
    const services = {
      async open(call: ServedCall): Promise<CallServing> {
        served.push(call);
        const environment = { ARIA_TOKEN: `token-${served.length}`, ARIA_HOSTS: join(call.directoryInside, 'hosts') };
        return {
          environment,
          forwarding: undefined,
          hosts: '127.0.0.2 api.example.com\n',
          [Symbol.asyncDispose]: async () => void (ended += 1),
        };
      },
    };
    await using opened = await openEngine({ services });
    await using runner = await containerRunner(opened.engine, [reading], { engineOfTools: 'bun' });
    const hosts = '127.0.0.1 localhost\n::1 localhost\n127.0.0.2 api.example.com\n';
    expectDone(await runner.run({ id: 'call-1', tool: 'read', input: {} }), ['token-1', hosts]);
    for (const id of ['2', '3'])
      expectDone(await runner.run({ id, tool: 'read', input: {}, session: 's' }), [`token-${id}`, hosts]);
    expect(served).toMatchObject([
      { bundle: 'samples@1.0.0', tool: 'read', caller: { callId: 'call-1' }, tokens: [{ kind: 'kv' }] },
      { caller: { callId: '2' } },
      { caller: { callId: '3' } },
    ]);
    await expectNothingLeft(opened);
    expect(ended).toBe(3);
  });

  test('ends the call where it cannot be opened, and leaves no container', async () => {
    const services = {
      open: async (): Promise<never> => {
        throw new CodedError('IO_FAILED', { message: 'Cannot listen: the disk is full' });
      },
    };
    await using opened = await openEngine({ services });
    await using runner = await containerRunner(opened.engine, [counting]);
    expectFailed(await runner.run({ id: 'call-1', tool: 'count', input: {} }), 'IO_FAILED');
    await expectNothingLeft(opened);
  });
});
