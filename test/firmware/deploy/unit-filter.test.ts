/** The host as the service manager starts it: under the filter of its unit, which forbids to give files away. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { ariaPath, freePorts, hostProcess, runAria } from '../process/aria-process.ts';

/** Numbers of chown, fchown, lchown and fchownat (Linux 6.6), which systemd's set @chown holds; it is in @privileged. */
const machines: Partial<Record<NodeJS.Architecture, { readonly audit: number; readonly calls: readonly number[] }>> = {
  x64: { audit: 0xc000_003e, calls: [92, 93, 94, 260] },
  arm64: { audit: 0xc000_00b7, calls: [55, 54] },
};
const machine = machines[process.arch];
const hasBubblewrap = ((): boolean => {
  try {
    execFileSync('bwrap', ['--dev-bind', '/', '/', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** `struct sock_filter`s: these calls are EPERM, as the unit says, all others are allowed. */
function filterOf({ audit, calls }: NonNullable<typeof machine>): Buffer {
  const [load, jumpEqual, answer] = [0x20, 0x15, 0x06];
  const program = [
    [load, 0, 0, 4],
    [jumpEqual, 0, calls.length + 1, audit],
    [load, 0, 0, 0],
    ...calls.map((number, index) => [jumpEqual, calls.length - index, 0, number]),
    [answer, 0, 0, 0x7fff_0000],
    [answer, 0, 0, 0x0005_0001],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code = 0, yes = 0, no = 0, value = 0]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}

test.skipIf(!hasBubblewrap || !machine)('gives its sockets to its own group, and serves on them', async () => {
  const home = mkdtempSync(join(tmpdir(), 'aria-unit-'));
  try {
    const filter = join(home, 'filter');
    writeFileSync(filter, filterOf(machine ?? { audit: 0, calls: [] }));
    const own = String(process.getgid?.());
    const inner = [process.execPath, ariaPath, 'up', '--home', home, '--json', ...freePorts];
    const started = spawn('bwrap', ['--dev-bind', '/', '/', '--seccomp', '3', '--', ...inner], {
      env: { ...process.env, ARIA_LISTEN_SOCKET_GROUP: own },
      stdio: ['ignore', 'pipe', 'pipe', openSync(filter, 'r')],
    });
    await using host = await hostProcess(started);
    expect(host.ready).toMatchObject({ ready: true });
    const socket = host.ready.api ?? '';
    expect({ mode: statSync(socket).mode & 0o777, group: String(statSync(socket).gid) }).toEqual({
      mode: 0o660,
      group: own,
    });
    // The filter is there: what it forbids cannot be done beside the host either.
    expect(() =>
      execFileSync('bwrap', ['--dev-bind', '/', '/', '--seccomp', '3', '--', 'chown', own, filter], {
        stdio: ['ignore', 'ignore', 'pipe', openSync(filter, 'r')],
      }),
    ).toThrow(/not permitted/);
    expect((await runAria(['status', '--to', `unix:${socket}`], { home })).code).toBe(0);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
