/** The socket of the token scheduler, whose directory a service or an ordinary user may not be able to make. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { freePorts, startHostProcess } from '../process/aria-process.ts';

test('a directory that cannot be made is refused with what to do, and without the socket the host serves', async () => {
  const home = mkdtempSync(join(tmpdir(), 'aria-quilt-'));
  try {
    const socket = '/proc/aria-none/api.sock';
    await using refused = await startHostProcess(home, freePorts, { ARIA_QUILT_SOCKET: socket });
    expect(refused.ready).toMatchObject({
      error: {
        code: 'LISTEN_REFUSED',
        message: expect.stringContaining(socket),
        remedy: expect.stringContaining('path'),
      },
    });
    await refused.end('SIGTERM');
    await using host = await startHostProcess(home, freePorts, { ARIA_QUILT_SOCKET: 'off' });
    expect(host.ready).toMatchObject({ ready: true });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test.runIf(process.getuid?.() === 0)(
  'the group of the sockets gets into the directory that is made for this one',
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'aria-quilt-'));
    try {
      const socket = join(home, 'made/api.sock');
      const environment = { ARIA_QUILT_SOCKET: socket, ARIA_LISTEN_SOCKET_GROUP: '12' };
      await using _host = await startHostProcess(home, freePorts, environment);
      for (const [path, mode] of [
        [dirname(socket), 0o750],
        [socket, 0o660],
      ] as const) {
        const state = statSync(path);
        expect({ path, mode: state.mode & 0o777, group: state.gid }).toEqual({ path, mode, group: 12 });
      }
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
);
