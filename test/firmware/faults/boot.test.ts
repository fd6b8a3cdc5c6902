/** What a host finds when it comes up: each is a coded failure with what to do, or it goes on; nothing that is there is destroyed. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { once } from 'node:events';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, test } from 'vitest';
import { CodedError } from '#wit/errors';
import type { SecretKey } from '#wit/minisign';
import { type HostOptions, makeHome, startOn } from '../host/host-under-test.ts';
import { addTool, signedBundle } from '../host/signed-bundle.ts';
import { type HostProcess, ariaPath, freePorts, hostProcess, runAria } from '../process/aria-process.ts';

const root = process.getuid?.() === 0;
/** Removed after each test, the last first. */
const left: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const remove of left.splice(0).toReversed()) await remove();
});

/** A home of a host that has run and has a bundle. */
async function usedHome(): Promise<{ home: string; key: SecretKey }> {
  const made = await makeHome();
  left.push(() => rm(made.home, { recursive: true, force: true }));
  await using firmware = await startOn(made.home);
  const { content } = await signedBundle(made.key, { tools: [addTool] });
  await firmware.api({ name: 'owner', role: 'admin' }).upload(content);
  return made;
}

interface Boot {
  /** `READY`, or the code of the failure. */
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** What the diagnostics say: the phase that failed, and what a call is refused with. */
  readonly diagnostics: string;
}

/** Boots, and looks at what came of it from outside. */
async function boot(home: string, options: HostOptions = {}): Promise<Boot> {
  try {
    await using firmware = await startOn(home, options);
    const { failure, addresses } = firmware;
    if (failure === undefined) return { code: 'READY', message: '', remedy: '', diagnostics: '' };
    const owner = firmware.api({ name: 'owner', role: 'admin' });
    const failed = (await owner.status()).boot.find(({ state }) => state === 'failed');
    const refused = await owner.callTool({ tool: 'add', input: {} }).catch((thrown: unknown) => thrown);
    const { status } = await fetch(`http://${addresses.ws ?? ''}/readyz`, { headers: { connection: 'close' } });
    const code = refused instanceof CodedError ? refused.code : String(refused);
    return { ...wordsOf(failure), diagnostics: `${failed?.phase}: ${code}, readyz ${status}` };
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    return { ...wordsOf(thrown), diagnostics: 'none' };
  }
}

function wordsOf({ code, message, wire }: CodedError): Pick<Boot, 'code' | 'message' | 'remedy'> {
  return { code, message, remedy: wire.remedy };
}

/** A remedy that somebody can carry out says what, and not only that something is wrong. */
const remedy = expect.stringMatching(/^[A-Z].{9,}/s) as string;
const told = (phase: string): string => `${phase}: BOOT_FAILED, readyz 503`;

describe('the database', () => {
  test('that is gone is made anew, and the same bundle can be uploaded again', async () => {
    const { home, key } = await usedHome();
    for (const name of await readdir(home)) if (name.startsWith('aria.db')) await rm(join(home, name));
    await using firmware = await startOn(home);
    expect(firmware.failure).toBeUndefined();
    const owner = firmware.api({ name: 'owner', role: 'admin' });
    expect(await owner.listBundles()).toEqual([]);
    const { content } = await signedBundle(key, { tools: [addTool] });
    expect(await owner.upload(content)).toMatchObject({ state: 'active' });
    expect(await owner.callTool({ tool: 'add', input: { a: 1, b: 2 } })).toMatchObject({ output: { sum: 3 } });
  });

  test.each([100, 4096, 20_000])('that ends after %i bytes is told of and left as it is', async (bytes) => {
    const { home } = await usedHome();
    const path = join(home, 'aria.db');
    await truncate(path, bytes);
    const before = await readFile(path);
    expect(await boot(home)).toMatchObject({ code: 'STORE_CORRUPT', remedy, diagnostics: told('stores') });
    expect(await readFile(path)).toEqual(before);
  });

  test('with zeros in its middle is told of at the boot, or by the one who meets them, and crashes nothing', async () => {
    const { home } = await usedHome();
    const path = join(home, 'aria.db');
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0, 4096, 4096 * 6));
    expect((await boot(home)).code).toMatch(/^(?:READY|STORE_CORRUPT)$/);
  });

  test('that is a directory is told of', async () => {
    const { home } = await usedHome();
    await rm(join(home, 'aria.db'));
    await mkdir(join(home, 'aria.db'));
    expect(await boot(home)).toMatchObject({ remedy, diagnostics: told('stores') });
  });
});

describe('the data directory', () => {
  test('that is a file is told of', async () => {
    const { home } = await usedHome();
    const path = join(home, 'aria.toml');
    await writeFile(path, '');
    expect(await boot(path)).toMatchObject({ code: expect.stringMatching(/^(?:IO_FAILED|CONFIG_INVALID)$/), remedy });
  });

  test('with a minimum of disk that is not met is told of by the diagnostics, too', async () => {
    const { home } = await usedHome();
    const found = await boot(home, { settings: { 'minimum.disk_bytes': '15 TiB' } });
    expect(found).toMatchObject({ code: 'BOOT_FAILED', remedy, diagnostics: told('machine') });
  });

  test('with lost and damaged content comes up, names the bundle, and takes it again', async () => {
    const { home, key } = await usedHome();
    await rm(join(home, 'bundles'), { recursive: true });
    await mkdir(join(home, 'uploads'), { recursive: true });
    await writeFile(join(home, 'uploads', 'garbage'), 'x');
    await using firmware = await startOn(home);
    expect(firmware.failure).toBeUndefined();
    const owner = firmware.api({ name: 'owner', role: 'admin' });
    const bundles = (await owner.status()).boot.find(({ phase }) => phase === 'bundles');
    expect(bundles?.detail).toContain('samples 1.0.0');
    const { content } = await signedBundle(key, { tools: [addTool] });
    expect(await owner.upload(content)).toMatchObject({ state: 'active' });
    expect(await owner.callTool({ tool: 'add', input: { a: 1, b: 2 } })).toMatchObject({ output: { sum: 3 } });
  });
});

describe('trust and tokens', () => {
  const garbage: readonly (readonly [string, string, string])[] = [
    ['a key that is none', 'other.pub', 'no key at all'],
    ['a key of random bytes', 'other.pub', `untrusted comment: x\nRW${'A'.repeat(54)}\n`],
    ['a revocation of nobody', 'nobody.revoked', ''],
    ['a rotation without its key', 'nobody.pub.minisig', 'x'],
    [
      'the secret key instead of the public one',
      'mine.key',
      'untrusted comment: minisign encrypted secret key\nRWQAAEIy\n',
    ],
  ];
  test.each(garbage)(
    '%s in the trust directory is told of by its path, or is nobody’s key',
    async (_what, name, text) => {
      const { home } = await usedHome();
      await writeFile(join(home, 'trust', name), text);
      const { code, message, remedy: found, diagnostics } = await boot(home);
      if (code === 'READY') return;
      expect(code).toMatch(/^(?:KEY_INVALID|SIGNATURE_[A-Z]+|CONFIG_INVALID|IO_FAILED)$/);
      expect(message).toContain(name);
      expect({ found, diagnostics }).toEqual({ found: remedy, diagnostics: told('stores') });
    },
  );

  test.each(['token', 'token-key'])('the file "%s" that others may read is refused, not repaired', async (name) => {
    const { home } = await usedHome();
    await chmod(join(home, name), 0o644);
    const found = await boot(home);
    expect(found).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('644') });
    expect(found.remedy).toContain(`chmod 600 ${join(home, name)}`);
    expect((await stat(join(home, name))).mode & 0o777).toBe(0o644);
  });

  test('a token file that is empty, a link or a directory is refused', async () => {
    const { home } = await usedHome();
    const path = join(home, 'token');
    await writeFile(path, '');
    expect(await boot(home)).toMatchObject({ code: 'CONFIG_INVALID', remedy });
    await rm(path);
    await symlink('/etc/hostname', path);
    expect(await boot(home)).toMatchObject({ code: 'CONFIG_INVALID', remedy });
    await rm(path);
    await mkdir(path);
    expect(await boot(home)).toMatchObject({ code: expect.stringMatching(/^(?:CONFIG_INVALID|IO_FAILED)$/), remedy });
  });
});

describe('what is in the way of listening', () => {
  test('a file, a link or a file with the name of the socket in the place of the run directory', async () => {
    const { home } = await usedHome();
    const run = join(home, 'run');
    await rm(run, { recursive: true });
    await writeFile(run, '');
    expect(await boot(home)).toMatchObject({ code: 'IO_FAILED', remedy });
    await rm(run);
    await symlink(tmpdir(), run);
    expect(await boot(home)).toMatchObject({ code: 'IO_FAILED', remedy });
    await rm(run);
    await mkdir(run);
    await writeFile(join(run, 'api.sock'), 'precious');
    expect(await boot(home)).toMatchObject({ code: 'IO_FAILED', remedy });
    expect(await readFile(join(run, 'api.sock'), 'utf8')).toBe('precious');
  });

  test('somebody who listens on the socket, or on a port', async () => {
    const { home } = await usedHome();
    const socket = createServer().listen(join(home, 'run', 'api.sock'));
    await once(socket, 'listening');
    left.push(() => void socket.close());
    expect(await boot(home)).toMatchObject({
      code: 'HOME_LOCKED',
      remedy,
      message: expect.stringContaining('api.sock'),
    });
    socket.close();
    const tcp = createServer().listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    left.push(() => void tcp.close());
    const { port } = tcp.address() as AddressInfo;
    for (const name of ['listen.grpc', 'listen.web', 'listen.metrics'])
      expect(await boot(home, { settings: { [name]: `127.0.0.1:${port}` } })).toMatchObject({
        code: expect.stringMatching(/^(?:LISTEN_REFUSED|CONFIG_INVALID)$/),
        message: expect.stringContaining(String(port)),
        remedy,
      });
    expect((await boot(home)).code).toBe('READY');
  });
});

describe('several hosts', () => {
  test('that start at once on one home: one is ready, the others say who has it', async () => {
    const { home } = await usedHome();
    const started = await Promise.allSettled(Array.from({ length: 3 }, () => hostProcess(spawnHost(home))));
    const hosts = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const ready = hosts.filter((host) => host.ready.ready);
    expect(ready).toHaveLength(1);
    for (const host of hosts.filter((one) => !one.ready.ready)) {
      expect(host.ready).toMatchObject({ error: { code: 'HOME_LOCKED' } });
      expect(await ended(host)).toBe(3);
    }
    expect((await runAria(['call', 'add', '--input', '{"a":1,"b":1}'], { home })).stdout).toBe('{"sum":2}\n');
    expect(await ready[0]?.end('SIGTERM')).toBe(0);
  });
});

function spawnHost(home: string, options: { uid?: number; gid?: number } = {}): ReturnType<typeof spawn> {
  const compiled = join(homedir(), '.cache/aria/compiled');
  const child = spawn(process.execPath, [ariaPath, 'up', '--home', home, '--json', ...freePorts], {
    env: { ...process.env, HOME: home, ARIA_STORE_COMPILED_DIRECTORY: compiled },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  left.push(() => void child.kill('SIGKILL'));
  return child;
}

async function ended({ child }: HostProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

describe.skipIf(!root || process.platform !== 'linux')('as root, who can mount and be somebody else', () => {
  /** A small file system in memory. */
  async function mounted(sizeMiB: number): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'aria-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path]);
    left.push(async () => {
      execFileSync('umount', ['--lazy', path]);
      await rm(path, { recursive: true, force: true });
    });
    await mkdir(join(path, 'home'));
    return path;
  }
  const small = { settings: { 'minimum.disk_bytes': '0' } };

  test('a data directory on a full disk is told of; with room again it comes up', async () => {
    const disk = await mounted(4);
    const home = join(disk, 'home');
    expect((await boot(home, small)).code).toBe('READY');
    const stuffing = join(disk, 'stuffing');
    execFileSync('sh', ['-c', 'cat /dev/zero > "$0" 2>/dev/null || true', stuffing]);
    const full = await boot(home, small);
    expect(full).toMatchObject({ code: 'STORE_FULL', remedy: expect.stringContaining('Free space') });
    expect(await boot(home)).toMatchObject({ code: 'BOOT_FAILED', remedy: expect.stringContaining('Free space') });
    await rm(stuffing);
    expect((await boot(home, small)).code).toBe('READY');
  });

  test('a new data directory on a full disk is told of', async () => {
    const disk = await mounted(1);
    execFileSync('sh', ['-c', 'cat /dev/zero > "$0" 2>/dev/null || true', join(disk, 'stuffing')]);
    const full = await boot(join(disk, 'home'), small);
    expect(full).toMatchObject({ code: 'STORE_FULL', remedy: expect.stringContaining('Free space') });
  });

  test('a data directory that can only be read is told of, before the first boot and after it', async () => {
    const disk = await mounted(8);
    expect((await boot(join(disk, 'home'), small)).code).toBe('READY');
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    expect(await boot(join(disk, 'home'), small)).toMatchObject({ code: 'IO_FAILED', remedy });
    expect(await boot(join(disk, 'another'), small)).toMatchObject({ code: 'IO_FAILED', remedy });
  });

  test('a database that this user may not open is told of by the diagnostics', async () => {
    const { home } = await usedHome();
    const nobody = 65_534;
    execFileSync('chown', ['-R', `${nobody}:${nobody}`, home]);
    await chown(home, nobody, nobody);
    await chmod(join(home, 'aria.db'), 0);
    const host = await hostProcess(spawnHost(home, { uid: nobody, gid: nobody }));
    expect(host.ready).toMatchObject({
      ready: false,
      ws: expect.stringContaining('127.0.0.1'),
      error: {
        code: expect.stringMatching(/^(?:IO_FAILED|STORE_CORRUPT)$/),
        remedy,
        message: expect.stringContaining('aria.db'),
      },
    });
    expect(await host.end('SIGTERM')).toBeGreaterThan(0);
  });
});
