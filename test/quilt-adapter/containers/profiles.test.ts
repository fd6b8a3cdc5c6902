/** What a profile adds: low ports of a container's own network, code loaded from /tmp; and what stays refused with it. */
import { expect, test } from 'vitest';
import type { BackendName } from '../../../quilt-adapter/containers/backend.ts';
import { type BackendUnderTest, eachBackend, finish } from './backend-under-test.ts';

eachBackend(['crun', 'runc'], lowPorts);
eachBackend(['crun', 'runc'], executableTemporary);

function lowPorts(_: BackendName, under: () => BackendUnderTest): void {
  test('a server listens on port 443 of an address of its own loopback, where the container has a network', async () => {
    const script = `const server = require('node:net').createServer((socket) => socket.end('served')).on('error', (error) => console.log(error.code)).listen(443, '127.0.0.2', () =>
      require('node:net').connect(443, '127.0.0.2').on('data', (bytes) => { console.log(String(bytes)); server.close(); }));`;
    await using container = await under().start(script, { profile: { network: true, spawn: false } });
    expect((await finish(container)).stdout).toBe('served\n');
  });
}

function executableTemporary(_: BackendName, under: () => BackendUnderTest): void {
  const script = `console.log(require('node:fs').readFileSync('/proc/mounts', 'utf8').split('\\n').find((line) => line.split(' ')[1] === '/tmp').split(' ')[3]);`;
  const flagsOf = async (nativeCode: boolean): Promise<readonly string[]> => {
    const profile = { network: false, spawn: false, nativeCode };
    await using container = await under().start(script, { profile });
    const flags = (await finish(container)).stdout.trim().split(',');
    return ['noexec', 'nosuid', 'nodev'].filter((flag) => flags.includes(flag));
  };

  test('/tmp takes code that is loaded only with the profile for it, and keeps its other flags', async () => {
    expect(await flagsOf(false)).toEqual(['noexec', 'nosuid', 'nodev']);
    expect(await flagsOf(true)).toEqual(['nosuid', 'nodev']);
  });
}
