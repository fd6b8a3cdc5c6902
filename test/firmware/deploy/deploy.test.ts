/** What `docs/deploy.md` says is what happens: its commands run into a temporary root, its configurations are read, its table is the code's. `ARIA_UPDATE_DEPLOY=1` writes the table anew. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeConfig } from '../../../firmware/config/compose-config.ts';
import { type Setting, families, settings, variableOf } from '../../../firmware/config/settings.ts';
import { plainSources } from '../config/config-sources.ts';
import { hostProcess } from '../process/aria-process.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const documentPath = join(checkout, 'docs/deploy.md');
const page = readFileSync(documentPath, 'utf8');
const installer = join(checkout, 'deploy/install.sh');
let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'aria-deploy-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = checkout,
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...environment } };
    execFile(file, args, options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** The fenced blocks of a language. */
function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
}

const commands = blocks('sh').flatMap((block) =>
  block
    .trim()
    .split('\n')
    .map((line) => line.split(' ')),
);
const there = (program: string, word = '--version'): boolean =>
  spawnSync(program, [word], { stdio: 'ignore' }).status === 0;

describe('the installer', () => {
  /** The commands of the page that install, each into the same temporary root: so they also follow one another. */
  const installing = commands
    .map((words) => (words[0] === 'sudo' ? words.slice(1) : words))
    .filter(([program]) => program === 'deploy/install.sh')
    .map(([, ...args]) => args.filter((word, index) => word !== '--root' && args[index - 1] !== '--root'));

  test('every installation of the page works, one after the other', async () => {
    expect(installing.length).toBeGreaterThan(2);
    for (const args of installing)
      expect(await run(installer, ['--link', '--root', root, ...args])).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(root, 'etc/aria/Caddyfile'), 'utf8')).toMatch(/^aria\.example\.org \{$/m);
    expect(readFileSync(join(root, 'etc/aria/aria.toml'), 'utf8')).not.toContain('[web]');
  });

  test('data and secrets are for their owner only, the rest is readable', () => {
    const mode = (path: string): string => (statSync(join(root, path)).mode & 0o777).toString(8);
    expect(['var/lib/aria', 'var/lib/aria/trust', 'etc/aria', 'etc/aria/aria.toml'].map(mode)).toEqual([
      '700',
      '700',
      '755',
      '644',
    ]);
    expect(readlinkSync(join(root, 'usr/local/bin/aria'))).toBe('/opt/aria/firmware/cli/bin.js');
  });

  test('running it again changes nothing, and a configuration of the user stays', async () => {
    const toml = join(root, 'etc/aria/aria.toml');
    writeFileSync(toml, '[log]\nlevel = "warn"\n');
    const unit = join(root, 'etc/systemd/system/aria.service');
    const before = lstatSync(unit, { bigint: true }).mtimeNs;
    expect((await run(installer, ['--link', '--root', root])).stdout).not.toContain('wrote');
    expect(readFileSync(toml, 'utf8')).toBe('[log]\nlevel = "warn"\n');
    expect(lstatSync(unit, { bigint: true }).mtimeNs).toBe(before);
  });

  test('a unit that was changed by hand is put right, and said so', async () => {
    const unit = join(root, 'etc/systemd/system/aria.service');
    const shipped = readFileSync(unit, 'utf8');
    writeFileSync(unit, shipped.replace('WatchdogSec=30', 'WatchdogSec=3000'));
    expect((await run(installer, ['--link', '--root', root])).stdout).toContain(`wrote ${unit}`);
    expect(readFileSync(unit, 'utf8')).toBe(shipped);
  });

  test('a new configuration has the name of --domain, and is one that a host takes', async () => {
    const other = join(root, 'domain');
    await run(installer, [
      '--link',
      '--root',
      other,
      '--domain',
      'tools.example.org',
      '--user',
      'svc',
      '--prefix',
      '/srv/aria',
    ]);
    const text = readFileSync(join(other, 'etc/aria/aria.toml'), 'utf8');
    expect(composeConfig({ texts: [{ file: '/etc/aria/aria.toml', text }] }, plainSources).config.webHosts).toEqual([
      'tools.example.org',
    ]);
    const unit = readFileSync(join(other, 'etc/systemd/system/aria.service'), 'utf8');
    expect(unit).toContain('ExecStart=/srv/aria/node_modules/node/bin/node /srv/aria/firmware/cli/bin.js up\n');
    expect(unit).toContain('User=svc\nGroup=svc\n');
    expect(unit).not.toMatch(/@[A-Z]+@/);
  });

  test.each([
    [['--user', 'a b'], '--user is "a b"'],
    [['--user', '-x'], '--user is "-x"'],
    [['--prefix', '/opt/a|b'], '--prefix is'],
    [['--prefix', 'opt'], '--prefix is "opt"'],
    [['--prefix', '/'], '--prefix is "/"'],
    [['--domain', '$(id)'], '--domain is'],
    [['--domain', 'a/b'], '--domain is'],
    [['--domain', ''], '--domain'],
    [['--nope'], '"--nope" is no option'],
    [['--root'], '--root has no value'],
  ])('%j is refused before anything is done', async (args, message) => {
    const other = join(root, 'refused');
    const { code, stderr } = await run(installer, ['--root', other, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(existsSync(other)).toBe(false);
  });

  test('a copy has what a host needs and no package of the tests, and replaces the one before as a whole', async () => {
    const small = smallCheckout(join(root, 'checkout'));
    const other = join(root, 'copy');
    mkdirSync(join(other, 'opt/aria/before'), { recursive: true });
    // What a cut installation left.
    mkdirSync(join(other, 'opt/aria.new/half'), { recursive: true });
    mkdirSync(join(other, 'opt/aria.old'), { recursive: true });
    expect(await run(join(small, 'deploy/install.sh'), ['--root', other])).toMatchObject({ code: 0, stderr: '' });
    const found = await run('find', [join(other, 'opt'), '-mindepth', '2', '-not', '-type', 'd', '-printf', '%P\\n']);
    expect(found.stdout.trim().split('\n').sort()).toEqual(
      [...copiedFiles, 'node_modules/.bin/needed', 'node_modules/node/bin/node', 'package-lock.json']
        .map((path) => `aria/${path}`)
        .sort(),
    );
    expect(existsSync(join(other, 'opt/aria.new')) || existsSync(join(other, 'opt/aria.old'))).toBe(false);
  });

  test('the installed program does what it is for: a tool is built, uploaded and called, in a sandbox and in a container', async () => {
    const other = join(root, 'whole');
    // Users of containers have to pass here.
    chmodSync(root, 0o711);
    expect(await run(installer, ['--root', other])).toMatchObject({ code: 0, stderr: '' });
    const program = join(other, 'opt/aria');
    expect(existsSync(join(program, 'node_modules/vitest'))).toBe(false);
    const node = join(program, 'node_modules/node/bin/node');
    const home = join(other, 'var/lib/aria');
    const environment = {
      HOME: other,
      ARIA_HOME: home,
      ARIA_HOST_ALLOW_UNSIGNED: 'true',
      ARIA_LISTEN_GRPC: 'off',
      ARIA_LISTEN_WEB: 'off',
      ARIA_LISTEN_METRICS: 'off',
      ARIA_CONTAINERS_CACHE_DIRECTORY: join(other, 'cache'),
    };
    const command = async (folder: 'compiler' | 'firmware', ...args: readonly string[]): Promise<string> => {
      const script = join(program, folder, 'cli/bin.js');
      const { code, stdout, stderr } = await run(node, [script, ...args], environment, other);
      expect(code, `${args.join(' ')}: ${stderr}`).toBe(0);
      return stdout;
    };
    // As its unit says: what it makes is nobody else's where it does not say otherwise.
    const up = ['-c', 'umask 077; exec "$0" "$@"', node, join(program, 'firmware/cli/bin.js'), 'up', '--json'];
    const child = spawn('sh', up, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await using host = await hostProcess(child);
    expect(host.ready).toMatchObject({ ready: true });
    const { stdout } = await run(node, [join(program, 'firmware/cli/bin.js'), 'doctor', '--json'], environment);
    const { findings } = JSON.parse(stdout) as { findings: readonly { name: string; fine: boolean }[] };
    const bad = findings.filter(({ name, fine }) => !fine && name !== 'unsigned-bundles');
    expect(bad).toEqual([]);
    const hasContainers = spawnSync('crun', ['--version']).status === 0 && process.getuid?.() === 0;
    for (const target of hasContainers ? ['wasm', 'container'] : ['wasm']) {
      await command('compiler', 'new', target);
      await command('compiler', 'build', target, '--target', target, '-o', `${target}.aria`);
      await command('compiler', 'upload', `${target}.aria`);
      const answer = await command('firmware', 'call', `${target}/wordCount`, '--input', '{"text":"to be or not"}');
      expect(JSON.parse(answer)).toMatchObject({ words: 4 });
      expect(await command('firmware', 'tools', '--json')).toContain(`"${target}"`);
    }
  }, 120_000);
});

/** Of each part that a host needs one file. */
const copiedFiles = [
  'LICENSE',
  'README.md',
  'bin/node.js',
  'compiler/cli/bin.js',
  'deploy/Caddyfile',
  'deploy/aria.service',
  'deploy/install.sh',
  'docs/deploy.md',
  'firmware/cli/bin.js',
  'guests/sdk/index.ts',
  'host/engine/create-engine.ts',
  'host/imports/kv.ts',
  'host/index.ts',
  'host/native/out/engine.node',
  'host/operations/operations.ts',
  'host/runner/tool-runner.ts',
  'node_modules/needed/index.js',
  'node_modules/needed/node_modules/inner/index.js',
  'node_modules/needed/node_modules/twice/index.js',
  'package.json',
  'quilt-adapter/index.ts',
  'terminal/index.ts',
  'wit/README.md',
];

/** A checkout that is copied in a moment: a file of each part, packages that are needed, and some that only tests need. */
function smallCheckout(directory: string): string {
  const packages = {
    '': { dev: false },
    'node_modules/needed': {},
    'node_modules/needed/node_modules/inner': {},
    'node_modules/needed/node_modules/twice': {},
    'node_modules/twice': { dev: true },
    'node_modules/needed/node_modules/tested': { dev: true },
    'node_modules/tested': { dev: true },
    'node_modules/@scope/tested': { dev: true },
  };
  const leftOut = [
    'node_modules/tested/bin.js',
    'node_modules/twice/index.js',
    'node_modules/@scope/tested/a/b.js',
    'node_modules/needed/node_modules/tested/index.js',
    'node_modules/.cache/a',
    'test/a.test.ts',
    'bench/run.ts',
    '.git/HEAD',
    'host/native/target/a',
  ];
  for (const path of [...copiedFiles, ...leftOut]) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    const real = path.startsWith('deploy/') ? readFileSync(join(checkout, path)) : path;
    writeFileSync(join(directory, path), real, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
  }
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages }));
  mkdirSync(join(directory, 'node_modules/.bin'));
  symlinkSync('../needed/index.js', join(directory, 'node_modules/.bin/needed'));
  symlinkSync('../tested/bin.js', join(directory, 'node_modules/.bin/tested'));
  mkdirSync(join(directory, 'node_modules/node/bin'), { recursive: true });
  symlinkSync(process.execPath, join(directory, 'node_modules/node/bin/node'));
  return directory;
}

describe('the page', () => {
  test("its table of settings is the code's", async () => {
    const renewed = page.replace(
      /<!-- settings -->[\s\S]*<!-- \/settings -->/,
      () => `<!-- settings -->\n${settingsTable()}\n<!-- /settings -->`,
    );
    if (process.env['ARIA_UPDATE_DEPLOY'] === '1') await writeFile(documentPath, renewed);
    expect(await readFile(documentPath, 'utf8')).toBe(renewed);
  });

  test('every configuration in it is one that a host takes', () => {
    const tomls = blocks('toml');
    expect(tomls.length).toBeGreaterThan(2);
    for (const text of tomls)
      expect(composeConfig({ texts: [{ file: 'docs/deploy.md', text }] }, plainSources).files).toHaveLength(1);
  });

  test('every command of ours in it exists, with the options that it names', async () => {
    const ours = commands
      .map((words) => (words[0] === 'sudo' ? words.slice(1) : words))
      .filter(([program = '']) => program === 'aria' || program === 'arc');
    expect(ours.length).toBeGreaterThan(5);
    const helps = new Map<string, Promise<Ended>>();
    for (const [program = '', command = '', ...args] of ours) {
      const bin = join(checkout, program === 'aria' ? 'firmware' : 'compiler', 'cli/bin.js');
      const key = `${program} ${command}`;
      const help = await (helps.get(key) ?? helps.set(key, run(process.execPath, [bin, command, '--help'])).get(key));
      expect({ key, code: help?.code }).toEqual({ key, code: 0 });
      for (const option of args.filter((word) => word.startsWith('-')))
        expect(`${key}: ${help?.stdout}`).toMatch(new RegExp(`${option}[ ,\\n]`));
    }
  });

  test('every file that it links to is there', () => {
    const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = '']) => path);
    expect(links.filter((path) => !existsSync(join(checkout, 'docs', path)))).toEqual([]);
  });
});

describe.runIf(there('systemd-analyze'))('the unit', () => {
  test('systemd takes it as it is', async () => {
    const directory = join(root, 'unit');
    const user = spawnSync('id', ['-un']).stdout.toString().trim();
    mkdirSync(directory);
    const template = readFileSync(join(checkout, 'deploy/aria.service'), 'utf8');
    const unit = join(directory, 'aria.service');
    writeFileSync(unit, template.replaceAll('@PREFIX@', checkout.replace(/\/$/, '')).replaceAll('@USER@', user));
    const fine = { code: 0, stdout: '', stderr: '' };
    expect(await run('systemd-analyze', ['verify', '--man=no', unit])).toEqual(fine);
    // With the drop-in, too; a line that systemd does not know would be told.
    mkdirSync(`${unit}.d`);
    writeFileSync(`${unit}.d/containers.conf`, readFileSync(join(checkout, 'deploy/containers.conf')));
    expect(await run('systemd-analyze', ['verify', '--man=no', unit])).toEqual(fine);
    writeFileSync(`${unit}.d/containers.conf`, '[Service]\nNoSuchSetting=yes\n');
    expect(await run('systemd-analyze', ['verify', '--man=no', unit])).not.toEqual(fine);
  });

  test('it gives the host every directory that it makes sockets in', () => {
    const lines = readFileSync(join(checkout, 'deploy/aria.service'), 'utf8').split('\n');
    const valuesOf = (key: string) =>
      lines.flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
    const environment = Object.fromEntries(valuesOf('Environment').map((text) => text.split('=') as [string, string]));
    const { config } = composeConfig({ texts: [] }, { ...plainSources, environment });
    const given = valuesOf('RuntimeDirectory').flatMap((names) => names.split(' ').map((name) => `/run/${name}`));
    expect(given).toEqual([config.runDirectory, dirname(config.scheduler.socket ?? '')]);
  });

  test('it is exposed by no more than the page says', async () => {
    const unit = join(root, 'etc/systemd/system/aria.service');
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
    const [, exposure] = /Overall exposure level for aria\.service: (\d+\.\d+)/.exec(stdout) ?? [];
    expect(page).toContain(` ${exposure} of 10`);
  });
});

test.runIf(there('caddy', 'version'))('the Caddyfile is one that Caddy takes', async () => {
  const args = ['validate', '--adapter', 'caddyfile', '--config', join(checkout, 'deploy/Caddyfile')];
  expect(await run('caddy', args, { HOME: root })).toMatchObject({ code: 0 });
});

test.runIf(there('shellcheck'))('the installer has no fault that shellcheck knows', async () => {
  expect(await run('shellcheck', [installer])).toMatchObject({ code: 0, stdout: '' });
});

function settingsTable(): string {
  const rows = [
    ...Object.entries(settings).map(([key, one]) => settingRow(key, one, `\`${variableOf(key)}\``)),
    ...Object.entries(families).flatMap(([family, keys]) =>
      Object.entries(keys).map(([key, one]) => settingRow(`${family}.NAME.${key}`, one, '–')),
    ),
  ];
  return ['| key | variable | default | value | what it is for |', '|---|---|---|---|---|', ...rows].join('\n');
}

function settingRow(key: string, { form, fallback, about }: Setting<unknown>, variable: string): string {
  const cells = [
    `\`${key}\``,
    variable,
    fallback === undefined ? '–' : `\`${form.print(fallback)}\``,
    form.expected,
    about,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}
