/** What every isolating back end keeps a container from, seen from inside. */
import { chmodSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import type { BackendName } from '../../../quilt-adapter/containers/backend.ts';
import { buildRootDirectory } from '../../../quilt-adapter/containers/root-directory.ts';
import { type BackendUnderTest, eachBackend, finish, firstLine, isRoot, wait } from './backend-under-test.ts';

/** Calls of the C library, as a hostile tool makes them; each tells its result and errno. */
const libc = `
import { dlopen, FFIType as T } from 'bun:ffi';
const long = { args: [T.i64, T.i64, T.i64, T.i64, T.i64, T.i64], returns: T.i64 };
const c = dlopen('libc.so.6', { syscall: long, __errno_location: { args: [], returns: T.ptr } }).symbols;
import { read } from 'bun:ffi';
const call = (number, ...rest) => {
  const [a = 0, b = 0, d = 0, e = 0, f = 0] = rest;
  const result = Number(c.syscall(number, a, b, d, e, f));
  return result >= 0 ? 'allowed' : read.i32(c.__errno_location(), 0);
};`;

eachBackend(['crun', 'runc', 'bubblewrap'], isolation);

function isolation(name: BackendName, under: () => BackendUnderTest): void {
  test('a process has namespaces of its own, no capability, no way to new rights, and a filter', async () => {
    const script = `import { readFileSync as r, readlinkSync as l, readdirSync as d } from 'node:fs';
      console.log(JSON.stringify({ status: r('/proc/self/status', 'utf8'), pid: process.pid, host: require('os').hostname(),
        namespaces: Object.fromEntries(['pid','mnt','uts','ipc','net','user','cgroup'].map((n) => [n, l('/proc/self/ns/' + n)])),
        processes: d('/proc').filter((n) => /^\\d+$/.test(n)), root: d('/'), cgroup: r('/proc/self/cgroup', 'utf8') }));`;
    await using container = await under().start(script);
    const seen = JSON.parse((await finish(container)).stdout) as {
      status: string;
      pid: number;
      host: string;
      namespaces: Record<string, string>;
      processes: string[];
      root: string[];
    };
    const field = (key: string) => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(seen.status)?.[1];
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(field(set)).toBe('0000000000000000');
    expect([field('NoNewPrivs'), field('Seccomp'), field('Uid')]).toEqual(['1', '2', '1000\t1000\t1000\t1000']);
    expect([seen.pid, seen.processes, seen.host]).toEqual([1, ['1'], 'aria']);
    for (const [kind, id] of Object.entries(seen.namespaces)) expect(id).not.toBe(hostNamespace(kind));
    expect(seen.root.toSorted()).toEqual(readdirSync(under().root.path).toSorted());
  });

  test.skipIf(!isRoot)('on the machine the process is nobody, and not root', async () => {
    await using container = await under().start(wait);
    await firstLine(container);
    const status = readFileSync(`/proc/${container.pid}/status`, 'utf8');
    expect(/^Uid:\s*(.*)$/m.exec(status)?.[1]).toBe('101000\t101000\t101000\t101000');
    expect(/^Groups:[\t ]*(.*)$/m.exec(status)?.[1]).toBe('');
    expect(under().backend.user).toEqual({ uid: 101_000, gid: 101_000 });
  });

  test('nothing of the root can be written, /tmp ends where it should, and /proc hides the machine', async () => {
    const script = `import * as fs from 'node:fs';
      const tell = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
      const masked = ['kcore', 'kallsyms', 'keys', 'timer_list', 'config.gz', 'interrupts', 'kmsg'].filter((n) => fs.existsSync('/proc/' + n))
        .filter((n) => tell(() => { if (fs.readFileSync('/proc/' + n).length > 0) throw { code: 'leak' }; }) === 'leak');
      console.log(JSON.stringify({ masked, results: [
        tell(() => fs.writeFileSync('/x', '1')), tell(() => fs.writeFileSync('/etc/hosts', '1')), tell(() => fs.mkdirSync('/run/aria/x')),
        tell(() => fs.writeFileSync('/dev/x', '1')), tell(() => fs.writeFileSync('/proc/sys/kernel/hostname', 'x')),
        tell(() => fs.writeFileSync('/tmp/small', Buffer.alloc(1e6))), tell(() => fs.writeFileSync('/tmp/large', Buffer.alloc(8e6))) ] }));`;
    await using container = await under().start(script);
    const seen = JSON.parse((await finish(container)).stdout) as { masked: string[]; results: string[] };
    expect(seen.masked).toEqual([]);
    const [root, etc, run, device, proc, small, large] = seen.results;
    expect([root, small, large]).toEqual(['EROFS', 'done', 'ENOSPC']);
    for (const refused of [etc, run, device, proc]) expect(refused).toMatch(/^(EROFS|EACCES|EPERM|ENOENT)$/);
  });

  test('mounts are what the spec says: read-only, writable, in memory; none is executable by an OCI runtime', async () => {
    const [readable, writable] = ['readable', 'writable'].map((part) => path.join(under().directory, part)) as [
      string,
      string,
    ];
    for (const place of [readable, writable]) mkdirSync(place, { recursive: true, mode: 0o777 });
    writeFileSync(path.join(readable, 'given'), 'given');
    chmodSync(writable, 0o777);
    const script = `import * as fs from 'node:fs';
      const tell = (act) => { try { return act() ?? 'done'; } catch (error) { return error.code; } };
      console.log(JSON.stringify([tell(() => fs.readFileSync('/run/aria/given', 'utf8')), tell(() => fs.writeFileSync('/run/aria/x', '1')),
        tell(() => fs.writeFileSync('/tool/x', 'kept')), tell(() => fs.writeFileSync('/aria/x', '1')), fs.readFileSync('/proc/self/mounts', 'utf8')]));`;
    await using container = await under().start(script, {
      mounts: [
        { kind: 'bind', source: readable, target: '/run/aria', writable: false },
        { kind: 'bind', source: writable, target: '/tool', writable: true },
        { kind: 'tmpfs', target: '/aria', bytesMax: 65_536 },
      ],
    });
    const [given, refused, kept, memory, mounts] = JSON.parse((await finish(container)).stdout) as [
      string,
      string,
      string,
      string,
      string,
    ];
    expect([given, refused, kept, memory]).toEqual(['given', 'EROFS', 'done', 'done']);
    expect(readFileSync(path.join(writable, 'x'), 'utf8')).toBe('kept');
    for (const line of mounts.split('\n').filter((one) => / \/(run\/aria|aria|tool|tmp) /.test(one))) {
      expect(line).toMatch(/nosuid/);
      expect(line).toMatch(/nodev/);
      if (name !== 'bubblewrap') expect(line).toMatch(/noexec/);
    }
  });

  test.skipIf(!isRoot)('what lies behind directories that the user may not pass is reached all the same', async () => {
    const secret = path.join(under().directory, 'secret');
    mkdirSync(path.join(secret, 'sockets'), { recursive: true });
    writeFileSync(path.join(secret, 'sockets/given'), 'given');
    writeFileSync(path.join(secret, 'hosts'), 'own hosts');
    chmodSync(secret, 0o700);
    const { path: rootDirectory } = await buildRootDirectory({ cacheDirectory: path.join(secret, 'cache') });
    const script = `const { readFileSync: r } = require('fs'); console.log(r('/run/aria/given', 'utf8'), r('/etc/hosts', 'utf8'));`;
    await using container = await under().start(script, {
      rootDirectory,
      mounts: [
        { kind: 'bind', source: path.join(secret, 'sockets'), target: '/run/aria', writable: false },
        { kind: 'bind', source: path.join(secret, 'hosts'), target: '/etc/hosts', writable: false },
      ],
    });
    expect(await finish(container)).toMatchObject({ stdout: 'given own hosts\n', stderr: '', exit: { exitCode: 0 } });
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(under().directory);
  });

  test('system calls that reach out of the container are refused, whoever asks', async () => {
    // x64 and arm64; numbers in the order of the names.
    const numbers =
      process.arch === 'x64'
        ? [165, 272, 308, 155, 161, 101, 321, 250, 248, 425, 323, 298, 310, 312, 304, 303, 246, 435]
        : [40, 97, 268, 41, 51, 117, 280, 219, 217, 425, 282, 241, 270, 272, 265, 264, 104, 435];
    const script = `${libc} console.log(JSON.stringify(${JSON.stringify(numbers)}.map((number) => call(number))));`;
    await using container = await under().start(script);
    const { stdout, stderr } = await finish(container);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(numbers.map(() => 38));
  });

  test('without the token no process can be started and no network socket be made; with it both work', async () => {
    const script = `${libc} const [socket, spawn] = process.arch === 'x64' ? [41, 0] : [198, 0];
      let started; try { started = Bun.spawnSync(['/bin/bun', '--version']).exitCode; } catch (error) { started = 'refused'; }
      const families = [1, 2, 10, 16, 17, 38, 40].filter((family) => call(socket, family, family === 16 || family === 17 ? 3 : family === 38 ? 5 : 1, 0) === 'allowed');
      let thread = await new Promise((resolve) => { const w = new Worker('data:text/javascript,postMessage(1)'); w.onmessage = () => resolve('thread'); w.onerror = resolve; });
      console.log(JSON.stringify({ started, families, thread })); process.exit(0);`;
    const run = async (network: boolean, spawn: boolean) => {
      await using container = await under().start(script, { profile: { network, spawn } });
      const { stdout, stderr } = await finish(container);
      return JSON.parse(stdout === '' ? JSON.stringify(stderr) : stdout) as unknown;
    };
    expect(await run(false, false)).toEqual({ started: 'refused', families: [1], thread: 'thread' });
    expect(await run(true, false)).toEqual({ started: 'refused', families: [1, 2, 10], thread: 'thread' });
    expect(await run(false, true)).toEqual({ started: 0, families: [1], thread: 'thread' });
  });

  test('with a network there is a loopback and no way out', async () => {
    const script = `const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('own') });
      const own = await (await fetch('http://127.0.0.1:' + server.port)).text(); server.stop(true);
      const out = await fetch('http://192.0.2.1/', { signal: AbortSignal.timeout(3000) }).then(() => 'reached', () => 'refused');
      console.log(own, out); process.exit(0);`;
    await using container = await under().start(script, { profile: { network: true, spawn: false } });
    expect((await finish(container)).stdout).toBe('own refused\n');
  });
}

function hostNamespace(kind: string): string {
  return readlinkSync(`/proc/self/ns/${kind}`);
}
