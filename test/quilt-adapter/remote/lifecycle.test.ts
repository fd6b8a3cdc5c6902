import { expect, test } from 'vitest';
import { exitCodeLost } from '../../../quilt-adapter/remote/quirks/exit-codes.ts';
import { codeOf, connected, until } from './connected.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('a container lives from its creation to its removal, and nothing of it is left', async () => {
  await using both = await connected({ kind: 'patched' });
  const { daemon, runtime } = both;
  const created = await runtime.create({
    name: 'worker',
    image: daemon.image,
    command: ['/bin/sleep', '600'],
    labels: { team: 'a' },
    limits: { memoryBytesMax: 2 ** 29, cpusMax: 0.5 },
  });
  expect(created).toMatchObject({
    name: 'worker',
    state: 'running',
    command: ['/bin/sleep', '600'],
    labels: { team: 'a' },
  });
  expect(created.createdAtMs).toBeGreaterThan(1.6e12);
  expect(daemon.requests.get('CreateContainer')).toMatchObject([
    {
      memoryLimitMb: 512,
      cpuLimitPercent: 50,
      enableNetworkNamespace: true,
      asyncMode: false,
      command: ['/bin/sleep', '600'],
    },
  ]);
  expect(await runtime.list({ state: 'running' })).toMatchObject([{ id: created.id }]);
  const said = await runtime.execute('worker', {
    args: ['sh', '-c', 'echo "$0 $A"; pwd; exit 7', "it's"],
    environment: { A: '$B' },
    workingDirectory: '/usr',
  });
  expect([said.exitCode, text(said.stdout)]).toStrictEqual([7, "it's $B\n/usr\n"]);
  expect((await runtime.logs('worker', { tail: 1 }))[0]).toMatchObject({ stream: 'runtime' });
  expect(await runtime.network('worker')).toStrictEqual({
    id: created.id,
    mode: 'none',
    address: undefined,
    allowed: [],
  });
  expect(await runtime.topology()).toHaveLength(1);
  expect(await codeOf(runtime.start('worker'))).toBe('CONTAINER_STATE_INVALID');
  expect(await runtime.stop('worker', { timeoutMs: 1_000 })).toMatchObject({
    state: 'exited',
    exitCode: undefined,
    cause: 'killed (SIGKILL)',
    pid: undefined,
  });
  const again = await runtime.start('worker');
  expect(again.state).toBe('running');
  expect(again.pid).not.toBe(created.pid);
  expect((await runtime.kill(created.id)).state).toBe('exited');
  await runtime.remove('worker', { force: false });
  expect(await runtime.list()).toStrictEqual([]);
  expect(await codeOf(runtime.info(created.id))).toBe('NOT_FOUND');
  expect([daemon.containers.rows.size, daemon.containers.abandoned.length]).toStrictEqual([0, 0]);
});

test('an end is told with its code by a patched daemon, and as not known by one as published', async () => {
  await using patched = await connected({ kind: 'patched' });
  const ended = await patched.runtime.create({ image: patched.daemon.image, command: ['/bin/sh', '-c', 'exit 3'] });
  await until(async () => (await patched.runtime.info(ended.id)).state === 'exited');
  expect(await patched.runtime.info(ended.id)).toMatchObject({ exitCode: 3, cause: undefined });

  await using stock = await connected({ kind: 'shimmed' });
  const lost = await stock.runtime.create({ image: stock.daemon.image, command: ['/bin/false'] });
  await until(async () => (await stock.runtime.info(lost.id)).state === 'exited');
  expect(await stock.runtime.info(lost.id)).toMatchObject({ exitCode: undefined, cause: exitCodeLost });
});

test('a daemon as published is not sent what it would destroy', async () => {
  await using both = await connected({ kind: 'shimmed' });
  const { daemon, runtime } = both;
  const create = (change: object): Promise<string> =>
    codeOf(runtime.create({ image: daemon.image, command: [daemon.wait], ...change }));
  expect(await create({ command: ['/bin/sleep', '30'] })).toBe('CONTAINER_SPEC_INVALID');
  expect(await create({ environment: { A: '1' } })).toBe('CONTAINER_SPEC_INVALID');
  expect(await create({ workingDirectory: '/tmp' })).toBe('CONTAINER_SPEC_INVALID');
  expect(await create({ start: false })).toBe('CONTAINER_SPEC_INVALID');
  expect(await create({ image: 'bun' })).toBe('CONTAINER_SPEC_INVALID');
  expect(await create({ name: 'a/b' })).toBe('CONTAINER_SPEC_INVALID');
  expect(await create({ mounts: [{ kind: 'bind', source: '/srv', target: '/d', readOnly: true }] })).toBe(
    'CONTAINER_SPEC_INVALID',
  );
  expect(daemon.called('CreateContainer')).toBe(0);
  await expect(runtime.create({ image: daemon.image, command: ['/bin/sleep', '30'] })).rejects.toThrow(
    'would run "/bin/sleep30"',
  );
  expect(await create({})).toBe('none');
});

test('a patched daemon gives a container its variables and its directory through a shell', async () => {
  await using both = await connected({ kind: 'patched' }, { images: {} });
  const { daemon, runtime } = both;
  const command = ['/bin/sh', '-c', `printf '%s %s' "$PWD" "$A" > ${daemon.directory}/seen`];
  const { id } = await runtime.create({
    image: daemon.image,
    command,
    environment: { A: "it's" },
    workingDirectory: '/usr',
  });
  await until(async () => (await runtime.info(id)).state === 'exited');
  const { readFile } = await import('node:fs/promises');
  expect(await readFile(`${daemon.directory}/seen`, 'utf8')).toBe("/usr it's");
  expect(await runtime.info(id)).toMatchObject({ command, exitCode: 0 });
});

test('which daemon it is shows with the first command that has arguments, once for each start of the daemon', async () => {
  await using patched = await connected({ kind: 'patched' }, { peer: 'auto' });
  const { daemon, runtime } = patched;
  expect((await runtime.capabilities()).runtime).toContain('unknown');
  await Promise.all([1, 2].map(() => runtime.create({ image: daemon.image, command: ['/bin/sleep', '600'] })));
  expect((await runtime.capabilities()).runtime).toContain('patched');
  expect(daemon.called('CreateContainer')).toBe(3);
  await until(() => daemon.containers.rows.size === 2);
  await daemon.down();
  await daemon.up();
  expect((await runtime.capabilities()).runtime).toContain('unknown');

  await using stock = await connected({ kind: 'shimmed' }, { peer: 'auto' });
  const create = (): Promise<string> =>
    codeOf(stock.runtime.create({ image: stock.daemon.image, command: ['/bin/sleep', '600'] }));
  expect([await create(), await create()]).toStrictEqual(['CONTAINER_SPEC_INVALID', 'CONTAINER_SPEC_INVALID']);
  expect(stock.daemon.called('CreateContainer')).toBe(1);
  expect((await stock.runtime.capabilities()).runtime).toContain('stock');
  await until(() => stock.daemon.containers.rows.size === 0);
});

test('a daemon as published starts nothing, which is said with a remedy and leaves nothing', async () => {
  await using both = await connected({ kind: 'stock', faster: 60 }, { timeouts: { startMs: 700 } });
  const { daemon, runtime } = both;
  const failed = runtime.create({ name: 'w', image: daemon.image, command: [daemon.wait] });
  await expect(failed).rejects.toMatchObject({
    code: 'CONTAINER_START_FAILED',
    wire: {
      remedy: expect.stringContaining('quilt_ready'),
      details: { state: 'failed', cause: '[ERROR] Container failed to become ready' },
    },
  });
  await until(() => daemon.containers.rows.size === 0);
  // An image that is none fails at once, and another remedy helps.
  await expect(runtime.create({ image: '/nowhere.tar.gz', command: [daemon.wait] })).rejects.toMatchObject({
    code: 'CONTAINER_START_FAILED',
    wire: { remedy: expect.stringContaining('.tar.gz') },
  });
});

test('a start that never ends is given up by a deadline of our own', async () => {
  await using both = await connected({ kind: 'patched' }, { timeouts: { startMs: 80, settleMs: 50 } });
  const { daemon, runtime } = both;
  daemon.containers.stuckNext = 1;
  const stuck = runtime.create({ image: daemon.image, command: ['/bin/sleep', '600'] });
  await expect(stuck).rejects.toMatchObject({
    code: 'CONTAINER_START_FAILED',
    wire: { retryable: true, details: { cause: 'start deadline' } },
  });
  await until(() => daemon.containers.rows.size === 0);
  expect((await runtime.create({ image: daemon.image, command: ['/bin/sleep', '600'] })).state).toBe('running');
});

test('names are unique although the daemon takes any twice', async () => {
  await using both = await connected({ kind: 'patched' });
  const { daemon, runtime } = both;
  const request = { name: 'one', image: daemon.image, command: ['/bin/sleep', '600'] };
  const codes = await Promise.all([1, 2, 3].map(() => codeOf(runtime.create(request))));
  expect(codes.toSorted()).toStrictEqual(['CONTAINER_NAME_TAKEN', 'CONTAINER_NAME_TAKEN', 'none']);
  // Of another client.
  daemon.containers.insert({ name: 'other', command: [], network: true });
  expect(await codeOf(runtime.create({ ...request, name: 'other' }))).toBe('CONTAINER_NAME_TAKEN');
  expect((await runtime.info('other')).state).toBe('starting');
});

test('the row that a refused create leaves goes, and its name is free', async () => {
  await using both = await connected({ kind: 'patched' });
  const { daemon, runtime } = both;
  const mounts = [{ kind: 'bind', source: '/etc/shadow/../shadow', target: '/d', readOnly: false }] as const;
  const request = { name: 'm', image: daemon.image, command: ['/bin/sleep', '600'] };
  expect(await codeOf(runtime.create({ ...request, mounts }))).toBe('CONTAINER_SPEC_INVALID');
  expect(daemon.called('CreateContainer')).toBe(0);
  // One that only the daemon knows to be bad.
  daemon.denied.add('/srv/secret');
  const secret = [{ kind: 'bind', source: '/srv/secret', target: '/d', readOnly: false }] as const;
  expect(await codeOf(runtime.create({ ...request, mounts: secret }))).toBe('CONTAINER_SPEC_INVALID');
  expect(daemon.containers.rows.size).toBe(0);
  expect(await codeOf(runtime.create(request))).toBe('none');
});

test('a running container is removed with force only, and its process ends first', async () => {
  await using both = await connected({ kind: 'shimmed' });
  const { daemon, runtime } = both;
  const { id } = await runtime.create({ image: daemon.image, command: [daemon.wait] });
  expect(await codeOf(runtime.remove(id, { force: false }))).toBe('CONTAINER_STATE_INVALID');
  expect(daemon.called('RemoveContainer')).toBe(0);
  const child = daemon.containers.rows.get(id)?.child;
  await runtime.remove(id, { force: true });
  expect(daemon.containers.abandoned).toStrictEqual([]);
  await until(() => child?.signalCode === 'SIGKILL');
  expect(await codeOf(runtime.remove(id, { force: true }))).toBe('NOT_FOUND');
});

test('20 creates at the same time end well although the database is locked again and again', async () => {
  await using both = await connected({ kind: 'patched', lockedPercent: 65 }, { startsMax: 20 });
  const { daemon, runtime } = both;
  const request = { image: daemon.image, command: ['/bin/sleep', '600'] };
  const all = await Promise.all(Array.from({ length: 20 }, () => runtime.create(request)));
  expect(new Set(all.map(({ id }) => id)).size).toBe(20);
  expect(all.every(({ state }) => state === 'running')).toBe(true);
  expect(daemon.called('CreateContainer')).toBeGreaterThan(25);
  expect(await runtime.list()).toHaveLength(20);
  expect(daemon.containers.rows.size).toBe(20);
});

test('a database that stays locked is given up after so many tries', async () => {
  await using both = await connected({ kind: 'patched', lockedPercent: 100 }, { retries: { lockedTriesMax: 3 } });
  const { daemon, runtime } = both;
  daemon.state.creating = 1;
  expect(await codeOf(runtime.create({ image: daemon.image, command: ['/bin/sleep', '1'] }))).toBe('OVERLOADED');
  expect(daemon.called('CreateContainer')).toBe(3);
});

test('volumes are created, listed and removed, with the refusals of the interface', async () => {
  await using both = await connected();
  const { runtime } = both;
  const volume = await runtime.createVolume({ name: 'used-data', labels: { a: 'b' } });
  expect(volume).toMatchObject({
    name: 'used-data',
    mountPoint: '/var/lib/quilt/volumes/used-data',
    labels: { a: 'b' },
  });
  expect(volume.createdAtMs).toBeGreaterThan(1.6e12);
  expect(await runtime.volumes()).toStrictEqual([volume]);
  expect(await codeOf(runtime.createVolume({ name: 'used-data' }))).toBe('CONTAINER_NAME_TAKEN');
  expect(await codeOf(runtime.createVolume({ name: 'a b' }))).toBe('CONTAINER_SPEC_INVALID');
  expect(await codeOf(runtime.removeVolume('used-data', { force: false }))).toBe('CONTAINER_STATE_INVALID');
  await runtime.removeVolume('used-data', { force: true });
  expect(await codeOf(runtime.removeVolume('used-data', { force: true }))).toBe('NOT_FOUND');
});

test('figures of containers and of the machine come in our units', async () => {
  await using both = await connected({ controlGroups: 'v2' });
  const { daemon, runtime } = both;
  const { id } = await runtime.create({ image: daemon.image, command: ['/bin/sleep', '600'] });
  expect(await runtime.metrics(id)).toMatchObject({
    id,
    cpuMs: 1.5,
    memoryBytes: 2 ** 20,
    memoryBytesPeak: 2 ** 21,
    readBytes: 4_096,
  });
  expect(await runtime.system()).toMatchObject({ cpuCount: 4, memoryBytes: 4_000 * 2 ** 20, containersRunning: 1 });
  await runtime.kill(id);
  expect(await runtime.metrics(id)).toMatchObject({ id, memoryBytes: undefined });
  expect(await codeOf(runtime.metrics('nobody'))).toBe('NOT_FOUND');
  expect(await codeOf(runtime.logs('00000000-0000-4000-8000-000000000000', { tail: 1 }))).toBe('NOT_FOUND');
});

test('the capability report says what is there and what stands against the rest', async () => {
  await using both = await connected({ kind: 'shimmed' });
  const { daemon, runtime } = both;
  const report = await runtime.capabilities();
  expect(report).toMatchObject({ runtime: 'quilt (stock, linux/x86_64)', version: '0.1.0' });
  const against = report.unsupported.map(({ feature }) => feature);
  expect(against).toEqual(
    expect.arrayContaining([
      'create.limits',
      'create.command with arguments',
      'info.exitCode',
      'stop.TERM',
      'authentication',
    ]),
  );
  expect(against).not.toContain('health');
  daemon.state.healthy = false;
  const ill = (await runtime.capabilities()).unsupported.find(({ feature }) => feature === 'health');
  expect(ill?.why).toBe('the daemon says degraded (database: disk I/O error)');
});
