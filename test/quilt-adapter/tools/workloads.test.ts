/** The container tools where something fails, and workloads. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../conformance/fake-clock.ts';
import { hasCrun } from '../runtime/runtime-subject.ts';
import { type ToolsSubject, alice, bob, openTools, sleep } from './tools-subject.ts';

const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('failures', () => {
  test('a container whose start fails is gone, and audited', async () => {
    await using subject = await openTools({}, { faults: { start: () => Promise.reject(new Error('no room')) } });
    await expect(subject.call('createContainer', { command: sleep })).rejects.toThrow(code('CONTAINER_START_FAILED'));
    await expect(subject.call('executeContainerWorkload', { command: sleep })).rejects.toThrow(
      code('CONTAINER_START_FAILED'),
    );
    expect(await subject.base.runtime.list()).toEqual([]);
    expect(subject.audit).toMatchObject([
      {
        tool: 'createContainer',
        outcome: 'CONTAINER_START_FAILED',
        command: sleep,
        containers: [expect.stringMatching(/^c-/)],
      },
      { tool: 'executeContainerWorkload', outcome: 'CONTAINER_START_FAILED', command: sleep },
    ]);
  });

  test('a workload whose container dies at once, or cannot run a command, leaves nothing', async () => {
    await using subject = await openTools({ keepAlive: (image) => (image === 'bun' ? sleep : ['/bin/false']) });
    // The back end "none" has no way into a container.
    await expect(subject.call('executeContainerWorkload', { command: ['/bin/true'] })).rejects.toThrow(
      code('UNAVAILABLE'),
    );
    await using dead = await openTools({ keepAlive: () => ['/bin/false'] });
    await expect(dead.call('executeContainerWorkload', { command: ['/bin/true'] })).rejects.toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(CONTAINER_START_FAILED|CONTAINER_STATE_INVALID|UNAVAILABLE)$/),
      }),
    );
    for (const { base } of [subject, dead]) {
      expect(await base.runtime.list()).toEqual([]);
      expect(base.events.at(-1)?.kind).toBe('removed');
    }
  });

  test('a call that was given up before does nothing', async () => {
    await using subject = await openTools();
    await expect(subject.call('createContainer', { command: sleep }, alice, AbortSignal.abort())).rejects.toThrow(
      code('CANCELLED'),
    );
    expect(await subject.base.runtime.list()).toEqual([]);
    expect(subject.audit).toMatchObject([{ outcome: 'CANCELLED' }]);
  });

  test('a tool that takes too long ends with its deadline', async () => {
    const clock = new FakeClock();
    const up = Promise.withResolvers<void>();
    await using subject = await openTools({ clock }, { faults: { start: (_spec, real) => up.promise.then(real) } });
    const creating = subject.call('createContainer', { command: sleep }).catch((error: unknown) => error);
    await clock.untilSleeping(1);
    clock.advance(90_000);
    up.resolve();
    expect(await creating).toEqual(code('DEADLINE_EXCEEDED'));
    expect(await subject.base.runtime.list()).toEqual([]);
  });

  test('an audit that cannot be written fails the call', async () => {
    await using subject = await openTools({
      audit: () => {
        throw new Error('the disk is full');
      },
    });
    await expect(subject.call('listContainers', {})).rejects.toThrow('the disk is full');
  });
});

const usable = await hasCrun();

describe.skipIf(!usable)('workloads in crun', () => {
  let subject: ToolsSubject;
  beforeAll(async () => {
    subject = await openTools({}, { backend: 'crun' });
  });
  afterAll(() => subject[Symbol.asyncDispose]());
  const script = (text: string): object => ({ command: ['/bin/bun', '-e', text] });

  test('a workload finds its context, gives its output, and its container is removed', async () => {
    const workload = {
      agentName: 'ann',
      stepCount: 2,
      totalSteps: 5,
      memorySize: 7,
      maxMemory: 9,
      successCount: 1,
      failureCount: 0,
    };
    const told = await subject.call(
      'executeContainerWorkload',
      { ...script('console.log(JSON.stringify(process.env)); process.exit(4)'), environment: { OWN: 'x' } },
      { ...alice, workload },
    );
    expect(told).toMatchObject({ exitCode: 4, stderr: '', bytesDropped: 0 });
    expect(JSON.parse(String(told['stdout']))).toMatchObject({
      OWN: 'x',
      ARIA_SESSION_ID: 'alice',
      ARIA_AGENT_NAME: 'ann',
      ARIA_STEP_COUNT: '2',
      ARIA_TOTAL_STEPS: '5',
      ARIA_MEMORY_SIZE: '7',
      ARIA_MAX_MEMORY: '9',
      ARIA_SUCCESS_COUNT: '1',
      ARIA_FAILURE_COUNT: '0',
    });
    expect(await subject.base.runtime.list()).toEqual([]);
    expect(subject.audit.at(-1)).toMatchObject({ outcome: 'done', containers: [told['container']] });
  });

  test('a workload over its time, and one that is given up, are removed', async () => {
    const endless = script('setInterval(() => {}, 1000)');
    await expect(subject.call('executeContainerWorkload', { ...endless, timeoutMs: 200 })).rejects.toThrow(
      code('DEADLINE_EXCEEDED'),
    );
    const executes = (): number => subject.base.events.filter(({ kind }) => kind === 'exec_started').length;
    const before = executes();
    const cancel = new AbortController();
    const running = subject.call('executeContainerWorkload', endless, alice, cancel.signal);
    while (executes() === before) await new Promise((resolve) => setTimeout(resolve, 5));
    cancel.abort();
    await expect(running).rejects.toThrow(code('CANCELLED'));
    expect(await subject.base.runtime.list()).toEqual([]);
  });

  test('commands run in a container that is up, and its session alone has it', async () => {
    await subject.call('createContainer', { name: 'up', ...script('setInterval(() => {}, 1000)') });
    const run = { container: 'up', ...script('process.stdout.write("4" + "2")') };
    expect(await subject.call('execInContainer', run)).toMatchObject({ exitCode: 0, stdout: '42' });
    await expect(subject.call('execInContainer', run, bob)).rejects.toThrow(code('NOT_FOUND'));
    await subject.call('removeContainer', { container: 'up', force: true });
  });
});
