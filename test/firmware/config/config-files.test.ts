import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConfigSources } from '../../../firmware/config/config-sources.ts';
import { loadHostConfig, locateHost, readHostConfig } from '../../../firmware/config/load-config.ts';

const publicKey = 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3';
let directory = '';
let sources: ConfigSources;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aria-config-'));
  sources = {
    flags: {},
    environment: {},
    userHome: join(directory, 'user'),
    currentDirectory: directory,
    uid: 1000,
    systemFile: join(directory, 'etc/aria.toml'),
  };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(path: string, text: string | Uint8Array): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

test('files count in the order system, user, home, --config; those that are missing say nothing', async () => {
  put('etc/aria.toml', 'log.level = "debug"\nhost.drain = "1 s"\nstore.versions_kept = 1\nlimits.event_backlog = 100');
  put('user/.config/aria/aria.toml', 'log.level = "warn"\nhost.drain = "2 s"\nstore.versions_kept = 2');
  put('user/.aria/aria.toml', 'log.level = "error"\nhost.drain = "3 s"');
  put('mine.toml', 'log.level = "info"');
  const { config, files } = await readHostConfig({ ...sources, flags: { config: 'mine.toml' } });
  expect(config).toMatchObject({
    log: { level: 'info' },
    drainMsMax: 3000,
    store: { versionsKept: 2 },
    limits: { eventBacklog: 100 },
  });
  expect(files.map((file) => file.slice(directory.length + 1))).toEqual([
    'etc/aria.toml',
    'user/.config/aria/aria.toml',
    'user/.aria/aria.toml',
    'mine.toml',
  ]);
});

test('the file of the home is that of the home that was chosen, and XDG_CONFIG_HOME moves that of the user', async () => {
  put('other/aria.toml', 'log.level = "error"');
  put('xdg/aria/aria.toml', 'host.drain = "2 s"');
  const environment = { ARIA_HOME: join(directory, 'other'), XDG_CONFIG_HOME: join(directory, 'xdg') };
  expect(await loadHostConfig({ ...sources, environment })).toMatchObject({
    log: { level: 'error' },
    drainMsMax: 2000,
  });
});

test('a file that --config names has to be there', async () => {
  await expect(loadHostConfig({ ...sources, flags: { config: 'none.toml' } })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('none.toml: there is no such file'),
  });
});

test('what is no text is refused without being waited for', async () => {
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  mkdirSync(join(directory, 'folder'));
  symlinkSync('/dev/zero', join(directory, 'endless'));
  for (const [config, state] of [
    [pipe, 'no regular file'],
    ['folder', 'no regular file'],
    ['endless', 'no regular file'],
    [put('latin.toml', Uint8Array.of(0x61, 0xff)), 'not UTF-8'],
    [put('large.toml', `#${'a'.repeat(1024 * 1024)}`), 'more than'],
  ] as const)
    await expect(loadHostConfig({ ...sources, flags: { config } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(state),
    });
});

test('--trust trusts a key under the name of its file', async () => {
  put('release.pub', `untrusted comment: minisign public key\n${publicKey}\n`);
  const { trust } = await loadHostConfig({ ...sources, flags: { trust: ['release.pub'] } });
  expect(trust).toEqual([{ name: 'release', publicKey, revoked: false, upgrades: 'approve' }]);
});

test('the key of --trust counts before the one of the configuration, whose limits stay', async () => {
  put('release.pub', publicKey);
  put(
    'user/.aria/aria.toml',
    `[trust.release]\nbundles = ["a"]\nrevoked = true\npublic_key = "${publicKey.replace('f6', 'g6')}"`,
  );
  const { trust } = await loadHostConfig({ ...sources, flags: { trust: ['release.pub'] } });
  expect(trust).toEqual([{ name: 'release', publicKey, bundles: ['a'], revoked: true, upgrades: 'approve' }]);
});

test.each([
  ['secret.key', 'untrusted comment: minisign encrypted secret key\nRWRTY0Iy'],
  ['long.pub', `a\nb\n${publicKey}`],
  ['empty.pub', ''],
  ['a b.pub', publicKey],
])('--trust refuses %j', async (name, text) => {
  put(name, text);
  await expect(loadHostConfig({ ...sources, flags: { trust: [name] } })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`--trust ${join(directory, name)}`),
  });
});

test('a client finds the sockets although the configuration is wrong elsewhere', async () => {
  put('user/.aria/aria.toml', '[log]\nlevel = 3\n[listen]\nrun_directory = "sockets"');
  expect(await locateHost(sources)).toEqual({
    home: join(directory, 'user/.aria'),
    runDirectory: join(directory, 'user/.aria/sockets'),
  });
});
