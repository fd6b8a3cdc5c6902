/** `docs/hosting.md` as it stands: its commands and programs, in their order, against a real host. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isErrorCode } from '#wit/errors';
import { type HostProcess, freePorts, startHostProcess } from './aria-process.ts';
import { composeConfig } from '../../../firmware/config/compose-config.ts';
import { plainSources } from '../config/config-sources.ts';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(checkout, 'docs/hosting.md'), 'utf8');
const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}));

let directory: string;
let home: string;
let host: HostProcess | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aria-'));
  home = join(directory, 'h');
  mkdirSync(join(directory, 'bin'));
  for (const [name, path] of [
    ['aria', 'firmware/cli/bin.js'],
    ['arc', 'compiler/cli/bin.js'],
  ] as const) {
    writeFileSync(join(directory, 'bin', name), `#!/bin/sh\nexec '${process.execPath}' '${checkout}${path}' "$@"\n`);
    chmodSync(join(directory, 'bin', name), 0o755);
  }
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** With the ports of the host of this test in place of the usual ones. */
function here(text: string): string {
  const { grpc, ws, metrics } = host?.ready ?? {};
  return text
    .replaceAll('127.0.0.1:7600', grpc ?? '')
    .replaceAll('127.0.0.1:7601', ws ?? '')
    .replaceAll('127.0.0.1:9090', metrics ?? '');
}

/** Runs a script; what stands behind a # at the end of a command has to be in what it writes. */
function run(script: string): Promise<void> {
  const bin = [join(directory, 'bin'), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const environment = {
    ...process.env,
    PATH: bin,
    ARIA_HOME: home,
    ARIA_CHECKOUT: checkout,
    NODE_PATH: join(checkout, 'node_modules'),
  };
  return new Promise((resolve, reject) => {
    execFile(
      'bash',
      ['-euo', 'pipefail', '-c', script],
      { cwd: directory, env: environment },
      (error, stdout, stderr) => {
        const missing = [...script.matchAll(/ # (.*)$/gm)].find(([, words = '']) => !stdout.includes(words))?.[1];
        if (error === null && missing === undefined) resolve();
        else reject(new Error(`${script}\nwrote no ${missing ?? ''}\n${stdout}\n${stderr}`, { cause: error }));
      },
    );
  });
}

test('its commands and programs do what it says', async () => {
  expect(blocks.length).toBeGreaterThan(10);
  for (const { language, text } of blocks) {
    if (language === 'sh') await run(here(text));
    else if (language === 'js') {
      const [, name = ''] = /^\/\/ (\w+\.[cm]js): /.exec(text) ?? [];
      writeFileSync(join(directory, name), here(text));
    } else if (language === 'toml')
      expect(composeConfig({ texts: [{ file: 'docs/hosting.md', text }] }, plainSources).files).toHaveLength(1);
    else if (text === 'aria up --trust release.pub\n')
      host = await startHostProcess(home, ['--trust', join(directory, 'release.pub'), ...freePorts], {
        ARIA_STORE_COMPILED_DIRECTORY: join(process.env['HOME'] ?? tmpdir(), '.cache/aria/compiled'),
      });
    else throw new Error(`nothing runs this block:\n${text}`);
  }
}, 120_000);

test('its table of codes has only codes that there are', () => {
  const [, table = ''] = page.split('| code | what it means here |');
  const codes = [...table.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, code = '']) => code);
  expect(codes.length).toBeGreaterThan(15);
  expect(codes.filter((code) => !isErrorCode(code))).toEqual([]);
});
