import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { type SyncServerSetting, serveSync } from '../../../quilt-adapter/sync/grpc/serve-sync.ts';
import { type ServedScheduler, codeOf, openServed, until } from './served-scheduler.ts';

function settingBeside(served: ServedScheduler, name: string): SyncServerSetting {
  const path = join(dirname(served.path), name);
  return {
    scheduler: served.scheduler,
    clock: { nowMs: () => 0 },
    grantKey: new Uint8Array(32),
    subscribe: () => () => {},
    failed: () => {},
    path,
  };
}

test('the socket is for its owner alone, and goes with its server', async () => {
  await using served = await openServed();
  expect(statSync(served.path).mode & 0o777).toBe(0o600);
  expect(served.server.path).toBe(served.path);
  await served.server[Symbol.asyncDispose]();
  expect(existsSync(served.path)).toBe(false);
});

test.skipIf(process.getuid?.() !== 0)('with a group the socket is for its members, too', async () => {
  await using served = await openServed();
  const setting = settingBeside(served, 'group.sock');
  await using server = await serveSync({ ...setting, group: 12_345 });
  expect(statSync(server.path)).toMatchObject({ gid: 12_345 });
  expect(statSync(server.path).mode & 0o777).toBe(0o660);
});

test('a path where another process listens, and one that is no socket, are refused and stay as they are', async () => {
  await using served = await openServed();
  const setting = settingBeside(served, 'api.sock');
  await expect(serveSync(setting)).rejects.toMatchObject({
    code: 'LISTEN_REFUSED',
    message: expect.stringContaining('another process listens there'),
  });
  expect(await codeOf(served.connect().state())).toBe('nothing');
  const file = settingBeside(served, 'file');
  writeFileSync(file.path, 'kept');
  expect(await codeOf(serveSync(file))).toBe('LISTEN_REFUSED');
  expect(statSync(file.path).size).toBe(4);
  expect(await codeOf(serveSync(settingBeside(served, 'none/api.sock')))).toBe('LISTEN_REFUSED');
});

test('the socket of a process that was killed is replaced', async () => {
  await using served = await openServed();
  const setting = settingBeside(served, 'stale.sock');
  const program = `require('node:net').createServer().listen(${JSON.stringify(setting.path)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(existsSync(setting.path)).toBe(true);
  await using server = await serveSync(setting);
  expect(statSync(server.path).isSocket()).toBe(true);
});

test('a client reaches a host that came later, and says CONNECTION_FAILED before', async () => {
  await using served = await openServed();
  const client = served.connect();
  await served.server[Symbol.asyncDispose]();
  await expect(client.state()).rejects.toMatchObject({
    code: 'CONNECTION_FAILED',
    wire: { retryable: true, remedy: expect.stringContaining('Start the host') },
  });
  const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(served.path);
  await once(other, 'listening');
  expect(await codeOf(client.state())).toBe('CONNECTION_FAILED');
  other.close();
  await once(other, 'close');
  await using server = await serveSync(settingBeside(served, 'api.sock'));
  expect(server.path).toBe(served.path);
  // The library waits before it connects again.
  await until(async () => (await codeOf(client.state())) === 'nothing');
});

test('connections beyond the maximum are closed, and those that are open go on', async () => {
  await using served = await openServed({ connectionsMax: 2 });
  const one = served.connect();
  await one.state();
  const silent = createConnection(served.path);
  await once(silent, 'connect');
  const third = createConnection(served.path);
  third.on('error', () => {});
  await once(third, 'close');
  expect(await codeOf(one.state())).toBe('nothing');
  silent.destroy();
  await until(async () => (await codeOf(served.connect().state())) === 'nothing');
});
