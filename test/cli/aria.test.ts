import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../../firmware/cli/bin.js', import.meta.url));
let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'aria-home-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

function aria(args: readonly string[], ariaHome = home): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [bin, ...args],
      // Another host of this machine may have the usual ports.
      {
        env: {
          ...process.env,
          ARIA_HOME: ariaHome,
          ...{ ARIA_LISTEN_GRPC: 'off', ARIA_LISTEN_WEB: 'off', ARIA_LISTEN_METRICS: 'off' },
        },
      },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

test('aria doctor builds and calls a tool, and says that everything is fine', async () => {
  const { code, stdout } = await aria(['doctor', '--json']);
  const { fine, findings } = JSON.parse(stdout) as { fine: boolean; findings: { name: string; fine: boolean }[] };
  expect({ code, fine }).toEqual({ code: 0, fine: true });
  const names = ['node', 'machine', 'cache directory', 'guest engine', 'engine v8', 'engine wasmtime'];
  expect(findings.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});

test('aria doctor names a directory that cannot be used, says what to do, and exits with 1', async () => {
  const file = join(home, 'a-file');
  await writeFile(file, '');
  const { code, stdout } = await aria(['doctor'], file);
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED {2}cache directory/);
  expect(stdout).toMatch(/next: .*ARIA_HOME/);
});

test('aria refuses unknown commands with the nearest name and exit code 2', async () => {
  const { code, stdout, stderr } = await aria(['docter']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/doctor/);
});

test('aria --help begins with an example', async () => {
  const { code, stdout } = await aria(['--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Examples:\n {2}aria /);
});

test.runIf(existsSync('/proc/self'))('aria doctor ends where no directory can be made, and says so', async () => {
  const { code, stdout } = await aria(['doctor', '--json'], '/proc/none');
  const { findings } = JSON.parse(stdout) as { findings: { name: string; fine: boolean; detail: string }[] };
  expect(code).toBe(1);
  expect(findings.filter(({ fine }) => !fine)).toContainEqual(
    expect.objectContaining({
      name: 'cache directory',
      detail: expect.stringContaining('"/proc/none/cache"') as unknown,
    }),
  );
});
