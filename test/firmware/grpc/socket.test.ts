import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectGrpc } from '#wit/api';
import { openGrpcGateway } from '../../../firmware/api/grpc/open-grpc-gateway.ts';
import { ScriptedService, scriptedSetting } from '../scripted-service.ts';
import { failureOf } from './gateway-under-test.ts';

let directory = '';
let path = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aria-socket-'));
  path = join(directory, 'api.sock');
});
afterEach(() => rm(directory, { recursive: true }));

function open(changes: { path?: string; group?: number } = {}) {
  return openGrpcGateway(scriptedSetting(new ScriptedService()), { kind: 'unix', path, ...changes });
}

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777;
}

test('the socket is of its owner alone, and so it is born, whatever the umask of the process', async () => {
  const before = process.umask(0);
  try {
    const opening = open();
    // The bind has happened when the first await is over; the mode is that of the bind.
    await using gateway = await opening;
    expect(gateway.address).toBe(path);
    expect(await modeOf(path)).toBe(0o600);
    expect(process.umask()).toBe(0);
  } finally {
    process.umask(before);
  }
});

test('with a group the socket is of the owner and of the group', async () => {
  const own = process.getgid?.() ?? 0;
  const groups = [own, ...(process.getuid?.() === 0 ? [own + 12] : [])];
  for (const group of groups) {
    const socket = join(directory, `${group}.sock`);
    await using _gateway = await open({ path: socket, group });
    expect(await modeOf(socket)).toBe(0o660);
    expect((await stat(socket)).gid).toBe(group);
  }
});

test.skipIf(process.getuid?.() === 0)('a group that is not one of this user is refused', async () => {
  expect((await failureOf(open({ group: 1 }))).wire).toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a socket that a dead host left behind is replaced', async () => {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', program]);
  expect((await stat(path)).isSocket()).toBe(true);
  await using _gateway = await open();
  await using client = connectGrpc({ address: `unix:${path}` });
  expect(await client.status()).toMatchObject({ state: 'ready' });
});

test('a socket of a live host is left alone, and its host goes on', async () => {
  await using _first = await open();
  const { wire } = await failureOf(open());
  expect(wire).toMatchObject({ code: 'LISTEN_REFUSED', message: expect.stringContaining('another host') });
  await using client = connectGrpc({ address: `unix:${path}` });
  expect(await client.status()).toMatchObject({ state: 'ready' });
});

test('a live socket whose host never answers is left alone, too', async () => {
  await using busy = createServer(() => {});
  await new Promise<void>((resolve) => busy.listen(path, resolve));
  expect((await failureOf(open())).code).toBe('LISTEN_REFUSED');
  expect((await stat(path)).isSocket()).toBe(true);
});

test('a file, a folder and a link in the place of the socket are left alone', async () => {
  await writeFile(path, 'mine');
  expect((await failureOf(open())).code).toBe('LISTEN_REFUSED');
  expect(await readFile(path, 'utf8')).toBe('mine');
  expect((await failureOf(open({ path: directory }))).code).toBe('LISTEN_REFUSED');
  const link = join(directory, 'link.sock');
  await symlink(path, link);
  expect((await failureOf(open({ path: link }))).code).toBe('LISTEN_REFUSED');
  expect(await readFile(path, 'utf8')).toBe('mine');
});

test('a path that is too long or in no folder is refused with what the system says', async () => {
  expect((await failureOf(open({ path: join(directory, 'none', 'api.sock') }))).code).toBe('LISTEN_REFUSED');
  expect((await failureOf(open({ path: join(directory, 'x'.repeat(150)) }))).code).toBe('LISTEN_REFUSED');
});

test('the socket goes with its gateway, and the place can be used again', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    const gateway = await open();
    await gateway[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  }
  await chmod(directory, 0o700);
});

test('a port that is taken is refused with a remedy, and an address that others reach is refused without TLS', async () => {
  const setting = scriptedSetting(new ScriptedService());
  await using first = await openGrpcGateway(setting, { kind: 'tcp', host: 'localhost', port: 0 });
  expect(first.address).toMatch(/^127\.0\.0\.1:\d+$/);
  const port = Number(first.address.split(':')[1]);
  const { wire } = await failureOf(openGrpcGateway(setting, { kind: 'tcp', host: '127.0.0.1', port }));
  expect(wire).toMatchObject({ code: 'LISTEN_REFUSED', remedy: expect.stringContaining('another address') });
  expect((await failureOf(openGrpcGateway(setting, { kind: 'tcp', host: '0.0.0.0', port: 0 }))).code).toBe(
    'LISTEN_REFUSED',
  );
});
