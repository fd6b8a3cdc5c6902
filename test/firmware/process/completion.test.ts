/** Completion as a shell does it: the script of `aria completion`, sourced, with the words of a command line. */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HostUnderTest, startHost } from '../host/host-under-test.ts';
import { addTool, countTool, echoTool } from '../host/signed-bundle.ts';
import { ariaPath, runAria } from './aria-process.ts';

let host: HostUnderTest;
let directory: string;

beforeAll(async () => {
  host = await startHost();
  directory = await mkdtemp(join(tmpdir(), 'aria-'));
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/aria'), `#!/bin/sh\nexec '${process.execPath}' '${ariaPath}' "$@"\n`);
  chmodSync(join(directory, 'bin/aria'), 0o755);
  writeFileSync(join(directory, 'input.json'), '{}');
  mkdirSync(join(directory, 'inner'));
  await host.install({ name: 'demo', tools: [addTool, countTool] });
  await host.install({ name: 'other', tools: [addTool, echoTool] });
  await host.install({ name: 'other', version: '1.1.0', tools: [{ ...echoTool, tokens: ['spawn:self:exec'] }] });
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(directory, shell), (await runAria(['completion', shell], { home: host.home })).stdout);
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** What bash offers for the last word. */
function complete(words: readonly string[], home = host.home): Promise<readonly string[]> {
  const script = `source ./bash
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_aria
[ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  const environment = {
    ...process.env,
    ARIA_HOME: home,
    PATH: `${join(directory, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  return new Promise((resolve, reject) => {
    execFile(
      'bash',
      ['--norc', '-c', script, 'bash', 'aria', ...words],
      { cwd: directory, env: environment },
      (error, stdout, stderr) =>
        error || stderr !== '' ? reject(error ?? new Error(stderr)) : resolve(stdout.split('\n').filter(Boolean)),
    );
  });
}

describe('bash', () => {
  test('completes commands, options and the values of options', async () => {
    expect(await complete(['ro'])).toEqual(['rollback']);
    expect(await complete([''])).toEqual(expect.arrayContaining(['up', 'call', 'tools', 'help', '--version']));
    expect(await complete(['help', 'app'])).toEqual(['approve']);
    expect(await complete(['completion', ''])).toEqual(['bash', 'zsh', 'fish']);
    expect(await complete(['up', '--al'])).toEqual(['--allow-unsigned']);
    expect(await complete(['up', '--engine', ''])).toEqual(['auto', 'wasmtime', 'v8']);
    expect(await complete(['logs', '--level', 'w'])).toEqual(['warn']);
    expect(await complete(['up', '--trust', 'inp'])).toEqual(['input.json']);
    expect(await complete(['status', '--home', 'in'])).toEqual(['inner']);
    expect(await complete(['call', 'add', '--input', '@inp'])).toEqual(['@input.json']);
    expect(await complete(['call', 'add', '--input', '{'])).toEqual([]);
    expect(await complete(['nothing', ''])).toEqual([]);
  });

  test('completes names that the host tells: of tools, qualified where two have one, of bundles, of what waits', async () => {
    expect(await complete(['call', ''])).toEqual(['demo/add', 'other/add', 'count', 'echo']);
    expect(await complete(['call', 'c'])).toEqual(['count']);
    expect(await complete(['call', '--timeout', '100', 'e'])).toEqual(['echo']);
    expect(await complete(['call', '--home', host.home, 'e'], '/nowhere')).toEqual(['echo']);
    expect(await complete(['rollback', 'o'])).toEqual(['other']);
    expect(await complete(['approve', 'up'])).toEqual([expect.stringMatching(/^upgrade-[0-9a-f]+$/)]);
    expect(await complete(['call', 'count', ''])).toEqual([]);
  });

  test('offers nothing of names where no host runs, and says nothing', async () => {
    expect(await complete(['call', ''], '/nowhere')).toEqual([]);
  });

  test('neither expands nor offers what is no name, whatever a host tells', async () => {
    writeFileSync(join(directory, 'bin/aria'), `#!/bin/sh\nprintf '%s\\n' '$(touch pwned)' 'a b' ';ls' 'fine'\n`);
    expect(await complete(['call', ''])).toEqual(['fine']);
    expect(spawnSync('ls', [join(directory, 'pwned')]).status).not.toBe(0);
  });
});

describe.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const)('%s', (shell, args) => {
  test.skipIf(spawnSync(shell, ['-c', 'exit']).error !== undefined)('takes its script', () => {
    const found = spawnSync(shell, [...args, join(directory, shell)], { encoding: 'utf8' });
    expect(found).toMatchObject({ status: 0, stderr: '' });
  });
});

test('another shell is refused with the names of those that there are', async () => {
  const { code, stderr } = await runAria(['completion', 'tcsh'], { home: host.home });
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
