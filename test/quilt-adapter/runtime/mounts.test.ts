/** What may be mounted, where, and from where; and volumes. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveBindSource } from '../../../quilt-adapter/runtime/bind-source.ts';
import { sourceProblem, targetProblem } from '../../../quilt-adapter/runtime/mount-rules.ts';
import { VolumeDirectory } from '../../../quilt-adapter/runtime/volume-directory.ts';
import { openRuntime, sleeper } from './runtime-subject.ts';

/** Of root. */
const home = '/root';
const code = (name: string): unknown => expect.objectContaining({ code: name });
let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'aria-mounts-')));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('targets', () => {
  test.each([
    '/',
    '/bin',
    '/sbin',
    '/lib',
    '/lib64',
    '/usr',
    '/usr/bin',
    '/proc',
    '/proc/1',
    '/sys',
    '/dev',
    '/etc',
    '/etc/hosts',
    '/run',
    '/run/aria',
    '/run/aria/x',
    '/aria',
  ])('%s belongs to the system of the container', (target) => expect(targetProblem(target)).toBeDefined());
  test.each(['work', '', '/workspace/', '//workspace', '/workspace/.', '/workspace/../etc', '/a\0b'])(
    '%j is no plain path',
    (target) => expect(targetProblem(target)).toContain('absolute path'),
  );
  test.each(['/workspace', '/data', '/tmp/x', '/run/other', '/binary', '/etcetera'])('%s is free', (target) =>
    expect(targetProblem(target)).toBeUndefined(),
  );
});

describe('sources', () => {
  test.each([
    '/etc/passwd',
    '/etc/shadow',
    '/etc/sudoers',
    '/etc/sudoers.d/x',
    '/proc',
    '/proc/1/root',
    '/sys',
    '/dev/sda',
    '/boot',
    `${home}/.ssh`,
    `${home}/.ssh/id`,
    '/run',
    '/run/docker.sock',
    '/',
    '/etc',
    '/root',
    '/var',
    '/var/lib',
    '/home/aria',
    '/home/aria/state',
    '/home',
  ])('%s is never mounted, not even where everything is allowed', (source) =>
    expect(sourceProblem(source, { roots: ['/'], own: ['/home/aria'] })).toBeDefined(),
  );
  test('what lies in no root is not mounted, and nothing is where there are no roots', () => {
    expect(sourceProblem('/srv/data', { roots: ['/srv'], own: [] })).toBeUndefined();
    expect(sourceProblem('/srv', { roots: ['/srv'], own: [] })).toBeUndefined();
    expect(sourceProblem('/srvx', { roots: ['/srv'], own: [] })).toBeDefined();
    expect(sourceProblem('/srv/data', { roots: [], own: [] })).toBeDefined();
  });

  const look = (
    source: string,
    rules: { readonly own?: readonly string[]; readonly writable?: readonly string[] } = {},
  ) => resolveBindSource(source, { roots: [directory], own: [], writable: [], ...rules });

  test('links are followed before the check, wherever in the path they are', async () => {
    mkdirSync(join(directory, 'real'));
    writeFileSync(join(directory, 'real', 'file'), '');
    symlinkSync('/etc', join(directory, 'out'));
    symlinkSync('/proc/self/root', join(directory, 'proc'));
    symlinkSync(join(directory, 'real'), join(directory, 'in'));
    symlinkSync('round', join(directory, 'round'));
    expect(await look(join(directory, 'in', 'file'))).toEqual({ kind: 'file', path: join(directory, 'real', 'file') });
    expect(await look(join(directory, 'in'))).toEqual({ kind: 'directory', path: join(directory, 'real') });
    for (const link of ['out', 'out/hostname', 'proc', 'proc/etc/passwd', 'round', 'nothing'])
      expect(await look(join(directory, link))).toMatchObject({ kind: 'refused' });
  });

  test('a source that is the directory of the host through a link is refused', async () => {
    mkdirSync(join(directory, 'home'));
    symlinkSync('home', join(directory, 'alias'));
    expect(await look(join(directory, 'home'), { own: [join(directory, 'alias')] })).toMatchObject({ kind: 'refused' });
  });

  test('sockets and devices are refused', async () => {
    const path = join(directory, 'host.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(await look(path)).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('neither a file nor a directory'),
    });
    await new Promise((resolve) => server.close(resolve));
  });

  test('what somebody else could put another thing in the place of is refused', async () => {
    const open = join(directory, 'open');
    mkdirSync(join(open, 'data'), { recursive: true });
    expect(await look(join(open, 'data'))).toMatchObject({ kind: 'directory' });
    chmodSync(open, 0o777);
    expect(await look(join(open, 'data'))).toMatchObject({ kind: 'refused', why: expect.stringContaining(open) });
    // Where only owners may rename, as in /tmp, it is as safe as its owner.
    chmodSync(open, 0o1777);
    expect(await look(join(open, 'data'))).toMatchObject({ kind: 'directory' });
  });

  test('what lies in a directory that a container may write to is refused, that directory is not', async () => {
    mkdirSync(join(directory, 'given', 'below'), { recursive: true });
    const writable = [join(directory, 'given')];
    expect(await look(join(directory, 'given', 'below'), { writable })).toMatchObject({ kind: 'refused' });
    expect(await look(join(directory, 'given'), { writable })).toMatchObject({ kind: 'directory' });
  });

  test('a source that became a link to elsewhere after its creation is refused at the start', async () => {
    await using subject = await openRuntime({ bindRoots: [directory] });
    const source = join(directory, 'data');
    mkdirSync(source);
    const { id } = await subject.runtime.create({
      ...sleeper,
      start: false,
      mounts: [{ kind: 'bind', source, target: '/workspace', readOnly: false }],
    });
    rmSync(source, { recursive: true });
    symlinkSync('/etc', source);
    await expect(subject.runtime.start(id)).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
    expect(subject.started).toEqual([]);
  });

  test('the directories of the runtime itself are never mounted', async () => {
    await using subject = await openRuntime({ bindRoots: [tmpdir()] });
    for (const place of ['state', 'volumes', ''])
      await expect(
        subject.runtime.create({
          ...sleeper,
          mounts: [
            {
              kind: 'bind',
              source: join(subject.directory, place).replace(/\/$/, ''),
              target: '/workspace',
              readOnly: true,
            },
          ],
        }),
      ).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
  });
});

describe('volumes', () => {
  const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const open = (volumesMax = 3): VolumeDirectory =>
    new VolumeDirectory({ directory: join(directory, 'volumes'), volumesMax, user });

  test('a volume is made, listed and removed, and another directory finds it again', async () => {
    const volumes = open();
    const made = await volumes.create({ name: 'b', labels: { of: 'us' } }, 5);
    await volumes.create({ name: 'a' }, 6);
    expect(await open().list()).toEqual([
      { name: 'a', createdAtMs: 6, labels: {}, mountPoint: join(directory, 'volumes', 'a', 'data') },
      made,
    ]);
    await volumes.remove('a');
    expect((await volumes.list()).map(({ name }) => name)).toEqual(['b']);
    await expect(volumes.remove('a')).rejects.toThrow(code('NOT_FOUND'));
  });

  test.each(['', '.', '..', 'a/b', '../x', '.hidden', 'a b', 'a\0', 'x'.repeat(65), '-rf'])(
    '%j is no name',
    async (name) => {
      await expect(open().create({ name }, 0)).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
      await expect(open().remove(name)).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
    },
  );

  test('of many that make one volume at once, one does, and one more than may be is refused', async () => {
    const volumes = open(2);
    const tries = await Promise.allSettled(['a', 'a', 'a', 'b', 'c'].map((name) => volumes.create({ name }, 0)));
    expect(tries.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled', 'rejected']);
    expect(tries[4]).toMatchObject({ reason: { code: 'OVERLOADED' } });
  });

  test('a link in the place of a volume is none', async () => {
    const volumes = open();
    await volumes.create({ name: 'a' }, 0);
    rmSync(join(directory, 'volumes', 'a', 'data'), { recursive: true });
    symlinkSync('/etc', join(directory, 'volumes', 'a', 'data'));
    expect(await volumes.find('a')).toBeUndefined();
    expect(await volumes.source('a')).toBeUndefined();
  });
});
