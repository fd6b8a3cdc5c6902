/** The local runtime over real processes: states, events, faults and ends. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CodedError } from '#wit/errors';
import type { RunningContainer } from '../../../quilt-adapter/containers/backend.ts';
import { openRuntime, shell, sleeper, untilLogged, untilState } from './runtime-subject.ts';

const code = (name: string): unknown => expect.objectContaining({ code: name });
const kinds = (events: readonly { readonly kind: string }[]): readonly string[] => events.map(({ kind }) => kind);

/** A start that goes on when the test says so. */
function gate(): {
  readonly open: () => void;
  readonly start: (spec: unknown, real: () => Promise<RunningContainer>) => Promise<RunningContainer>;
  readonly reached: Promise<void>;
} {
  const wait = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  return {
    open: wait.resolve,
    reached: reached.promise,
    async start(_spec, real) {
      reached.resolve();
      await wait.promise;
      return real();
    },
  };
}

describe('states', () => {
  test('a container is created, runs, exits with its code, and runs again', async () => {
    await using subject = await openRuntime();
    const { runtime } = subject;
    const created = await runtime.create({ image: 'bun', name: 'one', command: shell('exit 7'), start: false });
    expect(created).toMatchObject({ name: 'one', state: 'created', pid: undefined });
    await runtime.start('one');
    await untilState(runtime, 'one', 'exited');
    expect(await runtime.info(created.id)).toMatchObject({ exitCode: 7, cause: undefined });
    await runtime.start(created.id);
    await untilState(runtime, 'one', 'exited');
    await runtime.remove('one', { force: false });
    await expect(runtime.info('one')).rejects.toThrow(code('NOT_FOUND'));
    const life = ['created', 'started', 'died', 'started', 'died', 'removed'];
    expect(kinds(subject.events)).toEqual(life);
    expect(kinds(runtime.recentEvents())).toEqual(life);
  });

  test('what a state does not allow is refused with that state', async () => {
    await using subject = await openRuntime();
    const { runtime } = subject;
    const { id } = await runtime.create({ ...sleeper, name: 'one' });
    await expect(runtime.start(id)).rejects.toThrow(code('CONTAINER_STATE_INVALID'));
    await expect(runtime.remove(id, { force: false })).rejects.toThrow(code('CONTAINER_STATE_INVALID'));
    await runtime.kill(id);
    expect(await runtime.info(id)).toMatchObject({ state: 'exited', pid: undefined, exitCode: undefined });
    await expect(runtime.execute(id, { args: ['/bin/true'] })).rejects.toThrow(code('CONTAINER_STATE_INVALID'));
    await runtime.kill(id);
    await runtime.stop(id, { timeoutMs: 0 });
    expect(kinds(subject.events)).toEqual(['created', 'started', 'died', 'stopped']);
  });

  test('arguments and environment arrive as they are', async () => {
    await using subject = await openRuntime();
    const odd = `a 'b' "c" $d \`e\` \\f ü\n*`;
    await subject.runtime.create({
      image: 'bun',
      name: 'one',
      command: ['/usr/bin/printf', '[%s]', odd, '', 'x'],
      environment: { ODD: odd },
    });
    await untilState(subject.runtime, 'one', 'exited');
    const lines = await subject.runtime.logs('one', { tail: 10 });
    const text = lines
      .filter(({ stream }) => stream === 'stdout')
      .map((line) => line.text)
      .join('\n');
    expect(text).toBe(`[${odd}][][x]`);
  });
});

describe('ends', () => {
  test('stop lets a process that hears TERM end by itself', async () => {
    await using subject = await openRuntime();
    const { runtime } = subject;
    await runtime.create({
      image: 'bun',
      name: 'one',
      command: shell('trap "exit 9" TERM; echo up; while :; do sleep 0.01; done'),
    });
    await untilLogged(runtime, 'one', 'up');
    expect(await runtime.stop('one', { timeoutMs: 20_000 })).toMatchObject({ state: 'exited', exitCode: 9 });
  });

  test('stop kills a process that ignores TERM', async () => {
    await using subject = await openRuntime();
    const { runtime } = subject;
    await runtime.create({
      image: 'bun',
      name: 'one',
      command: shell('trap "" TERM; echo up; while :; do sleep 0.01; done'),
    });
    await untilLogged(runtime, 'one', 'up');
    expect(await runtime.stop('one', { timeoutMs: 50 })).toMatchObject({
      state: 'exited',
      cause: expect.stringContaining('SIGKILL'),
    });
    await untilLogged(runtime, 'one', 'still there 50 ms after TERM');
  });

  test('a time to stop that is too long or no number is refused', async () => {
    await using subject = await openRuntime();
    await subject.runtime.create({ ...sleeper, name: 'one' });
    for (const timeoutMs of [-1, 300_001, Number.NaN])
      await expect(subject.runtime.stop('one', { timeoutMs })).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
  });

  test('removal by force kills first, and two of them end together', async () => {
    await using subject = await openRuntime();
    const { id } = await subject.runtime.create(sleeper);
    await Promise.all([subject.runtime.remove(id, { force: true }), subject.runtime.remove(id, { force: true })]);
    expect(kinds(subject.events)).toEqual(['created', 'started', 'died', 'stopped', 'removed']);
    expect(await subject.runtime.list()).toEqual([]);
  });

  test('closing ends every process, twice is once, and nothing works afterwards', async () => {
    await using subject = await openRuntime();
    const { runtime } = subject;
    const infos = await Promise.all([1, 2, 3].map(() => runtime.create(sleeper)));
    await Promise.all([runtime[Symbol.asyncDispose](), runtime[Symbol.asyncDispose]()]);
    for (const { pid } of infos) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
    await expect(runtime.create(sleeper)).rejects.toThrow(code('UNAVAILABLE'));
    await expect(runtime.info(infos[0]?.id ?? '')).rejects.toThrow(code('UNAVAILABLE'));
    expect(() => runtime.events({}, new AbortController().signal)).toThrow(code('UNAVAILABLE'));
  });
});

describe('faults', () => {
  test('a back end that fails leaves no container and no name, and its words are in the error', async () => {
    let fails = true;
    await using subject = await openRuntime({
      faults: { start: async (_spec, real) => (fails ? Promise.reject(new Error('no room')) : real()) },
    });
    await expect(subject.runtime.create({ ...sleeper, name: 'one' })).rejects.toThrow(
      expect.objectContaining({ code: 'CONTAINER_START_FAILED', message: expect.stringContaining('no room') }),
    );
    expect(await subject.runtime.list()).toEqual([]);
    expect(readdirSync(join(subject.directory, 'state'))).toEqual([]);
    fails = false;
    await expect(subject.runtime.create({ ...sleeper, name: 'one' })).resolves.toMatchObject({ state: 'running' });
  });

  test('a start that fails leaves the container failed, with the cause, and it can be started again', async () => {
    let fails = true;
    await using subject = await openRuntime({
      faults: { start: async (_spec, real) => (fails ? Promise.reject(new Error('no room')) : real()) },
    });
    const { runtime } = subject;
    await runtime.create({ ...sleeper, name: 'one', start: false });
    await expect(runtime.start('one')).rejects.toThrow(code('CONTAINER_START_FAILED'));
    expect(await runtime.info('one')).toMatchObject({ state: 'failed', cause: 'no room' });
    await untilLogged(runtime, 'one', 'start failed');
    fails = false;
    await expect(runtime.start('one')).resolves.toMatchObject({ state: 'running', cause: undefined });
  });

  test('an error of the back end with a code keeps it', async () => {
    await using subject = await openRuntime({
      faults: { start: () => Promise.reject(new CodedError('CONTAINERS_UNAVAILABLE', { message: 'Cannot: no' })) },
    });
    await expect(subject.runtime.create(sleeper)).rejects.toThrow(code('CONTAINERS_UNAVAILABLE'));
  });

  test('a start that hangs fails in time, and the process that comes late is ended', async () => {
    const late = gate();
    await using subject = await openRuntime({ faults: late, limits: { startTimeoutMs: 30 } });
    await expect(subject.runtime.create(sleeper)).rejects.toThrow(code('CONTAINER_START_FAILED'));
    late.open();
    while (subject.started.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await expect(subject.started[0]?.exited).resolves.toMatchObject({ kind: 'killed' });
  });

  test('a container that is killed while it starts ends as soon as it is up', async () => {
    const slow = gate();
    await using subject = await openRuntime({ faults: slow });
    const { runtime } = subject;
    const { id } = await runtime.create({ ...sleeper, start: false });
    const starting = runtime.start(id);
    await slow.reached;
    await expect(runtime.start(id)).rejects.toThrow(code('CONTAINER_STATE_INVALID'));
    await expect(runtime.remove(id, { force: false })).rejects.toThrow(code('CONTAINER_STATE_INVALID'));
    const killing = runtime.kill(id);
    slow.open();
    await starting;
    expect(await killing).toMatchObject({ state: 'exited' });
    expect(kinds(subject.events)).toEqual(['created', 'started', 'died', 'stopped']);
  });

  test('closing during a start ends that container, too', async () => {
    const slow = gate();
    await using subject = await openRuntime({ faults: slow });
    const creating = subject.runtime.create(sleeper);
    await slow.reached;
    const closing = subject.runtime[Symbol.asyncDispose]();
    slow.open();
    await closing;
    await Promise.allSettled([creating]);
    expect(subject.started).toHaveLength(1);
    await expect(subject.started[0]?.exited).resolves.toMatchObject({ kind: 'killed' });
  });

  test('a create that is given up leaves nothing', async () => {
    const slow = gate();
    await using subject = await openRuntime({ faults: slow });
    const cancel = new AbortController();
    const creating = subject.runtime.create({ ...sleeper, name: 'one' }, cancel.signal);
    await slow.reached;
    cancel.abort();
    await expect(creating).rejects.toThrow(code('CANCELLED'));
    slow.open();
    while ((await subject.runtime.list()).length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(kinds(subject.events).at(-1)).toBe('removed');
    await expect(subject.runtime.create({ ...sleeper, name: 'one' })).resolves.toMatchObject({ state: 'running' });
  });

  test('a container that dies at once has started before, and its last words are kept', async () => {
    await using subject = await openRuntime();
    const { runtime } = subject;
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        runtime.create({
          image: 'bun',
          name: `n${index}`,
          command: shell(`echo out ${index}; echo err ${index} >&2; exit ${index}`),
        }),
      ),
    );
    for (let index = 0; index < 8; index += 1) {
      await untilState(runtime, `n${index}`, 'exited');
      const lines = (await runtime.logs(`n${index}`, { tail: 10 })).map(({ stream, text }) => `${stream} ${text}`);
      expect(lines).toEqual(expect.arrayContaining([`stdout out ${index}`, `stderr err ${index}`]));
      const { id, exitCode } = await runtime.info(`n${index}`);
      expect(exitCode).toBe(index);
      expect(kinds(subject.events.filter(({ container }) => container === id))).toEqual(['created', 'started', 'died']);
    }
  });
});

describe('names', () => {
  test('of many that want one name at once, one gets it', async () => {
    await using subject = await openRuntime();
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, () => subject.runtime.create({ ...sleeper, name: 'one' })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of tries)
      if (attempt.status === 'rejected') expect(attempt.reason).toEqual(code('CONTAINER_NAME_TAKEN'));
  });

  test('creating and removing one name at the same time never leaves two, nor a process without a container', async () => {
    await using subject = await openRuntime();
    const { runtime } = subject;
    let made = 0;
    const create = async (): Promise<void> => {
      while (made < 8) {
        const info = await runtime.create({ ...sleeper, name: 'one' }).catch(() => undefined);
        if (info) made += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const remove = async (): Promise<void> => {
      while (made < 8) {
        await runtime.remove('one', { force: true }).catch(() => undefined);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([create(), create(), create(), remove(), remove()]);
    const left = await runtime.list();
    expect(left.length).toBeLessThanOrEqual(1);
    const alive = subject.started.filter(({ pid }) => isAlive(pid));
    expect(alive.map(({ pid }) => pid)).toEqual(left.flatMap(({ pid }) => pid ?? []));
    expect(subject.started).toHaveLength(made);
  });

  test('a name is free only when its container is gone', async () => {
    await using subject = await openRuntime();
    await subject.runtime.create({ ...sleeper, name: 'one' });
    const removing = subject.runtime.remove('one', { force: true });
    await expect(subject.runtime.create({ ...sleeper, name: 'one' })).rejects.toThrow(code('CONTAINER_NAME_TAKEN'));
    await removing;
    await expect(subject.runtime.create({ ...sleeper, name: 'one' })).resolves.toMatchObject({ name: 'one' });
  });
});

test('events are those from the call on, of the containers and kinds that are wanted, until the signal', async () => {
  await using subject = await openRuntime();
  const { runtime } = subject;
  await runtime.create({ ...sleeper, name: 'before' });
  const one = await runtime.create({ ...sleeper, name: 'one', start: false });
  const off = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const event of runtime.events(
      { containers: ['one'], kinds: ['started', 'died', 'removed'] },
      off.signal,
    )) {
      seen.push(event.kind);
      expect(event.container).toBe(one.id);
      if (event.kind === 'removed') off.abort();
    }
  })();
  await runtime.start('one');
  await runtime.kill('before');
  await runtime.remove('one', { force: true });
  await following;
  expect(seen).toEqual(['started', 'died', 'removed']);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
