import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRunDirectory } from '../../../firmware/boot/run-directory.ts';

const uid = process.getuid?.();
const isRoot = uid === 0;
let base = '';
let path = '';

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'aria-run-'));
  path = join(base, 'run');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function mode(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

/** Leaves a socket that nobody answers on, as a killed process does. */
async function leaveSocket(file: string): Promise<void> {
  const code = `require('node:net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', code], { stdio: 'ignore' }), 'exit');
  expect(lstatSync(file).isSocket()).toBe(true);
}

test('the directory is made for its owner alone', async () => {
  const opened = await openRunDirectory({ path, group: undefined, uid });
  expect(opened).toEqual({ path, api: join(path, 'api.sock'), rpc: join(path, 'rpc.sock'), groupId: undefined });
  expect(mode(path)).toBe('700');
});

test('one that others may enter is closed to them', async () => {
  mkdirSync(path);
  chmodSync(path, 0o777);
  await openRunDirectory({ path, group: undefined, uid });
  expect(mode(path)).toBe('700');
});

test('sockets that a killed host left are removed, other files stay', async () => {
  await openRunDirectory({ path, group: undefined, uid });
  await leaveSocket(join(path, 'api.sock'));
  await leaveSocket(join(path, 'rpc.sock'));
  writeFileSync(join(path, 'other'), '');
  await openRunDirectory({ path, group: undefined, uid });
  expect([existsSync(join(path, 'api.sock')), existsSync(join(path, 'rpc.sock'))]).toEqual([false, false]);
  expect(existsSync(join(path, 'other'))).toBe(true);
});

test('a socket on which another host answers is left alone and named', async () => {
  await openRunDirectory({ path, group: undefined, uid });
  const server = createServer().listen(join(path, 'api.sock'));
  await once(server, 'listening');
  try {
    await expect(openRunDirectory({ path, group: undefined, uid })).rejects.toMatchObject({
      code: 'HOME_LOCKED',
      message: expect.stringContaining('api.sock'),
    });
    expect(existsSync(join(path, 'api.sock'))).toBe(true);
  } finally {
    server.close();
  }
});

test('a file in the place of a socket is not removed', async () => {
  mkdirSync(path);
  writeFileSync(join(path, 'rpc.sock'), 'precious');
  await expect(openRunDirectory({ path, group: undefined, uid })).rejects.toMatchObject({ code: 'IO_FAILED' });
  expect(existsSync(join(path, 'rpc.sock'))).toBe(true);
});

test('a link, also to a directory of ours, is refused and not followed', async () => {
  mkdirSync(join(base, 'target'));
  symlinkSync(join(base, 'target'), path);
  await expect(openRunDirectory({ path, group: undefined, uid })).rejects.toMatchObject({
    code: 'IO_FAILED',
    message: expect.stringContaining('it is a link'),
  });
  rmSync(path);
  writeFileSync(path, '');
  await expect(openRunDirectory({ path, group: undefined, uid })).rejects.toThrow('it is no directory');
  await expect(openRunDirectory({ path: join(path, 'below'), group: undefined, uid })).rejects.toThrow(
    'cannot be made',
  );
});

test('a directory of another user is refused', async () => {
  mkdirSync(path);
  await expect(openRunDirectory({ path, group: undefined, uid: (uid ?? 0) + 1 })).rejects.toThrow(
    `it belongs to the user ${uid}`,
  );
});

test.runIf(isRoot)('a group gets into the directory, and no further', async () => {
  const opened = await openRunDirectory({ path, group: 'daemon', uid });
  const { gid } = statSync(path);
  expect({ mode: mode(path), gid }).toEqual({ mode: '750', gid: opened.groupId });
  expect(gid).toBeGreaterThan(0);
});

test.runIf(isRoot)('a group may be named by its number, and an unknown one is refused with what to do', async () => {
  expect((await openRunDirectory({ path, group: '12', uid })).groupId).toBe(12);
  await expect(openRunDirectory({ path, group: 'no-such-group', uid })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    wire: { remedy: expect.stringContaining('groupadd no-such-group') },
  });
  await expect(openRunDirectory({ path, group: '-x', uid })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test.runIf(isRoot)('without a group any more the directory is closed to the one before', async () => {
  await openRunDirectory({ path, group: 'daemon', uid });
  await openRunDirectory({ path, group: undefined, uid });
  expect(mode(path)).toBe('700');
});

test.runIf(isRoot)("a directory that was another user's is refused however it was given away", async () => {
  mkdirSync(path);
  chownSync(path, 12_345, 12_345);
  await expect(openRunDirectory({ path, group: undefined, uid })).rejects.toThrow('it belongs to the user 12345');
});
