import { describe, expect, test } from 'vitest';
import { connectQuilt } from '../../../quilt-adapter/remote/connect-quilt.ts';
import { codeOf, connected, until } from './connected.ts';
import { openQuirkyDaemon } from './quirky-daemon.ts';

const sleeper = ['/bin/sleep', '600'];
const someId = '00000000-0000-4000-8000-000000000000';

describe('commands', () => {
  test('no more of them run at a time than the daemon has cores but one', async () => {
    await using both = await connected({ cores: 3 });
    const { daemon, runtime } = both;
    const { id } = await runtime.create({ image: daemon.image, command: sleeper });
    const all = Array.from({ length: 8 }, () => runtime.execute(id, { args: ['sleep', '0.05'] }));
    expect((await Promise.all(all)).every(({ exitCode }) => exitCode === 0)).toBe(true);
    expect(daemon.state.executingMost).toBe(2);
  });

  test('one that its caller leaves keeps its place until it ends', async () => {
    await using both = await connected({}, { executionsMax: 1 });
    const { daemon, runtime } = both;
    const { id } = await runtime.create({ image: daemon.image, command: sleeper });
    const left = runtime.execute(id, { args: ['sleep', '0.3'], timeoutMs: 30 });
    await expect(left).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      wire: { details: { cause: expect.stringContaining('goes on') } },
    });
    expect((await runtime.execute(id, { args: ['true'] })).exitCode).toBe(0);
    expect(daemon.state.executingMost).toBe(1);
    // One that waits for its place is never sent when its caller leaves.
    const abort = new AbortController();
    const running = runtime.execute(id, { args: ['sleep', '0.2'] });
    const waiting = runtime.execute(id, { args: ['true'] }, abort.signal);
    await until(() => daemon.state.executing === 1);
    abort.abort();
    expect(await codeOf(waiting)).toBe('CANCELLED');
    await running;
    expect(daemon.called('ExecContainer')).toBe(3);
  });

  test('output over the 4 MiB of the library comes whole, and a signal is no exit code', async () => {
    await using both = await connected();
    const { daemon, runtime } = both;
    const { id } = await runtime.create({ image: daemon.image, command: sleeper });
    const { stdout } = await runtime.execute(id, { args: ['head', '-c', '6000000', '/dev/zero'] });
    expect(stdout.length).toBe(6_000_000);
    // Of the program, which the shell tells as 137, and of the shell itself, which nobody tells.
    expect(await runtime.execute(id, { args: ['sh', '-c', 'kill -9 $$'] })).toMatchObject({ exitCode: 137 });
    const shot = await runtime.execute(id, { args: ['sh', '-c', 'kill -9 $PPID'] });
    expect(shot).toMatchObject({ exitCode: undefined, signal: 'unknown' });
    expect(await runtime.execute(id, { args: ['sh', '-c', 'echo "x: not found" >&2'] })).toMatchObject({ exitCode: 0 });
    await runtime.kill(id);
    expect(await codeOf(runtime.execute(id, { args: ['true'] }))).toBe('CONTAINER_STATE_INVALID');
    expect(await codeOf(runtime.execute(someId, { args: ['true'] }))).toBe('NOT_FOUND');
  });
});

describe('a daemon that hangs', () => {
  test('lets a request wait until its time is over, and no longer', async () => {
    await using both = await connected({ workers: 2 }, { timeouts: { readMs: 150, changeMs: 150 } });
    const { daemon, runtime } = both;
    const { id } = await runtime.create({ image: daemon.image, command: sleeper });
    {
      using _blocked = await daemon.block(2);
      await expect(runtime.info(id)).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
        wire: { details: { rpc: 'GetContainerStatus', status: 'DEADLINE_EXCEEDED', address: daemon.address } },
      });
      expect(await codeOf(runtime.capabilities())).toBe('DEADLINE_EXCEEDED');
    }
    expect((await runtime.info(id)).state).toBe('running');
  });

  test('leaves it open whether a create happened, which is said', async () => {
    await using both = await connected({ workers: 2 }, { timeouts: { changeMs: 100 } });
    const { daemon, runtime } = both;
    await runtime.capabilities();
    daemon.before.set('CreateContainer', () => new Promise((resolve) => setTimeout(resolve, 300)));
    // It was carried out, only the answer is late: the name tells.
    expect((await runtime.create({ name: 'late', image: daemon.image, command: sleeper })).state).toBe('running');
    daemon.before.clear();
    // It lies before blocked threads, and is carried out when nobody waits any more.
    daemon.ahead.set('CreateContainer', () => new Promise((resolve) => setTimeout(resolve, 300)));
    const open = runtime.create({ name: 'open', image: daemon.image, command: sleeper });
    await expect(open).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', wire: { details: { name: 'open' } } });
    await until(() => daemon.containers.byName('open') !== undefined);
  });

  test('is left at once by a caller with a signal, and what it created meanwhile goes', async () => {
    await using both = await connected({ kind: 'patched', faster: 1 });
    const { daemon, runtime } = both;
    await runtime.capabilities();
    const abort = new AbortController();
    const created = runtime.create({ name: 'unwanted', image: daemon.image, command: sleeper }, abort.signal);
    await until(() => daemon.containers.rows.size === 1);
    abort.abort();
    expect(await codeOf(created)).toBe('CANCELLED');
    await until(() => daemon.containers.rows.size === 0);
    expect(daemon.containers.abandoned).toStrictEqual([]);
    expect(await codeOf(runtime.system(AbortSignal.abort()))).toBe('CANCELLED');
  });
});

describe('a daemon that goes away', () => {
  test('is asked again when it is back, with all that it had', async () => {
    await using both = await connected({ listen: 'tcp' });
    const { daemon, runtime } = both;
    const { id } = await runtime.create({ image: daemon.image, command: sleeper });
    await daemon.down();
    const asked = runtime.info(id);
    setTimeout(() => void daemon.up(), 100);
    expect((await asked).state).toBe('running');
    expect((await runtime.stop(id, { timeoutMs: 100 })).state).toBe('exited');
  });

  test('in the middle of a create, a kill and a remove leaves each done once', async () => {
    await using both = await connected();
    const { daemon, runtime } = both;
    const restartOnce = (name: string): void => {
      daemon.before.set(name, async () => {
        daemon.before.delete(name);
        void daemon.down();
        await daemon.up();
      });
    };
    restartOnce('CreateContainer');
    const { id } = await runtime.create({ name: 'cut', image: daemon.image, command: sleeper });
    expect([daemon.containers.rows.size, daemon.called('CreateContainer')]).toStrictEqual([1, 1]);
    restartOnce('KillContainer');
    expect((await runtime.kill(id)).state).toBe('exited');
    restartOnce('StartContainer');
    expect((await runtime.start(id)).state).toBe('running');
    restartOnce('RemoveContainer');
    await runtime.remove(id, { force: true });
    expect(daemon.containers.rows.size).toBe(0);
  });

  test('before a create has arrived is sent it again, and in the middle of a command is not', async () => {
    await using both = await connected();
    const { daemon, runtime } = both;
    const { id } = await runtime.create({ image: daemon.image, command: sleeper });
    daemon.before.set('ExecContainer', async () => {
      daemon.before.clear();
      void daemon.down();
      await daemon.up();
    });
    await expect(runtime.execute(id, { args: ['true'] })).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      wire: { details: { rpc: 'ExecContainer' } },
    });
    expect(daemon.called('ExecContainer')).toBe(1);
    await daemon.down();
    const created = runtime.create({ image: daemon.image, command: sleeper });
    await daemon.up();
    expect((await created).state).toBe('running');
  });

  test('and stays away is unreachable after a few tries', async () => {
    await using runtime = connectQuilt({ address: 'unix:/nowhere/quilt.sock', retries: { delayMs: 1 } });
    await expect(runtime.capabilities()).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      wire: { details: { status: 'UNAVAILABLE' } },
    });
  });
});

describe('a daemon that answers with nonsense', () => {
  test('is not believed', async () => {
    await using both = await connected();
    const { daemon, runtime } = both;
    const { id } = await runtime.create({ image: daemon.image, command: sleeper });
    const spoilt = async (rpc: string, bytes: Buffer, ask: () => Promise<unknown>): Promise<string> => {
      daemon.spoil.set(rpc, () => bytes);
      const code = await codeOf(ask());
      daemon.spoil.clear();
      return code;
    };
    const info = (): Promise<unknown> => runtime.info(id);
    // No message at all; one cut short; another container; a status that is none; fields of other types.
    for (const bytes of [
      Buffer.from('ffffffffff', 'hex'),
      Buffer.from('0a24', 'hex'),
      Buffer.alloc(0),
      Buffer.from('1063', 'hex'),
      Buffer.from('0d00000000', 'hex'),
    ]) {
      expect(await spoilt('GetContainerStatus', bytes, info)).toBe('CONNECTION_FAILED');
    }
    const wrongStatus = Buffer.concat([Buffer.of(0x0a, id.length), Buffer.from(id), Buffer.from('1063', 'hex')]);
    expect(await spoilt('GetContainerStatus', wrongStatus, info)).toBe('CONNECTION_FAILED');
    // A container without an id, a volume without a volume, figures without figures.
    const create = (): Promise<unknown> => runtime.create({ image: daemon.image, command: sleeper });
    expect(await spoilt('CreateContainer', Buffer.from('1001', 'hex'), create)).toBe('CONNECTION_FAILED');
    expect(await spoilt('CreateVolume', Buffer.from('0801', 'hex'), () => runtime.createVolume({ name: 'v' }))).toBe(
      'CONNECTION_FAILED',
    );
    expect(await spoilt('GetMetrics', Buffer.alloc(0), () => runtime.system())).toBe('CONNECTION_FAILED');
    expect(await spoilt('GetContainerByName', Buffer.from('1001', 'hex'), () => runtime.info('nobody'))).toBe(
      'CONNECTION_FAILED',
    );
    expect(await info()).toMatchObject({ state: 'running' });
  });

  test('cannot put lines of its own into our messages', async () => {
    await using both = await connected();
    const { daemon, runtime } = both;
    const said = Buffer.from(`bad\n\u001b[2Jworse ${'x'.repeat(100_000)}`);
    const length = Buffer.of((said.length & 0x7f) | 0x80, ((said.length >> 7) & 0x7f) | 0x80, said.length >> 14);
    daemon.spoil.set('CreateVolume', () => Buffer.concat([Buffer.of(0x12), length, said]));
    await expect(runtime.createVolume({ name: 'v' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^[ -~]{1,1200}$/),
    });
  });

  test('of another quilt.proto is refused before it is told anything', async () => {
    await using daemon = await openQuirkyDaemon({ without: ['GetHealth'] });
    await using runtime = connectQuilt({ address: daemon.address, peer: 'patched' });
    await expect(runtime.create({ image: daemon.image, command: sleeper })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('another quilt.proto'),
    });
    expect(daemon.called('CreateContainer')).toBe(0);
  });
});

describe('the connection', () => {
  test('is closed once or more often, and gives a coded error afterwards', async () => {
    await using daemon = await openQuirkyDaemon();
    const runtime = connectQuilt({ address: daemon.address, peer: 'patched' });
    const { id } = await runtime.create({ image: daemon.image, command: sleeper });
    const during = codeOf(runtime.execute(id, { args: ['sleep', '5'] }));
    await until(() => daemon.state.executing === 1);
    await Promise.all([runtime[Symbol.asyncDispose](), runtime[Symbol.asyncDispose]()]);
    await runtime[Symbol.asyncDispose]();
    expect(await during).toBe('CONNECTION_FAILED');
    expect(await codeOf(runtime.info(id))).toBe('CONNECTION_FAILED');
    expect(await codeOf(runtime.execute(id, { args: ['true'] }))).toBe('CONNECTION_FAILED');
    // Containers have a life of their own.
    expect(daemon.containers.rows.get(id)?.state).toBe('Running');
  });

  test('keeps so many containers and no more', async () => {
    await using both = await connected({}, { containersMax: 2 });
    const { daemon, runtime } = both;
    const create = (): Promise<string> => codeOf(runtime.create({ image: daemon.image, command: sleeper }));
    expect([await create(), await create(), await create()]).toStrictEqual(['none', 'none', 'OVERLOADED']);
    // One that another client has removed no longer counts.
    const [gone = ''] = daemon.containers.rows.keys();
    daemon.containers.rows.get(gone)?.child?.kill('SIGKILL');
    daemon.containers.rows.delete(gone);
    expect(await runtime.list()).toHaveLength(1);
    expect(await create()).toBe('none');
  });

  test('refuses options that cannot be', () => {
    for (const address of [
      '',
      'http://127.0.0.1:50051',
      '127.0.0.1',
      '127.0.0.1:0',
      '127.0.0.1:70000',
      'unix:',
      ':1',
      'a b:1',
    ]) {
      expect(() => connectQuilt({ address })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    }
    expect(() => connectQuilt({ timeouts: { readMs: 0 } })).toThrow(/readMs/);
    expect(() => connectQuilt({ executionsMax: 1.5 })).toThrow(/executionsMax/);
    expect(() => connectQuilt({ retries: { triesMax: Number.NaN } })).toThrow(/triesMax/);
  });
});
