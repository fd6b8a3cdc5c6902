import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type QuirkyDaemon, openQuirkyDaemon } from './quirky-daemon.ts';

/** Runs the script as a person would. */
async function checkQuilt(args: readonly string[]): Promise<{ readonly code: number; readonly table: string }> {
  const child = spawn(process.execPath, ['scripts/check-quilt.ts', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  return { table: await text(child.stdout), code: await exit };
}

function withImage({ address, image, wait }: QuirkyDaemon): string[] {
  return [address, '--image', image, '--command', wait];
}

test('check-quilt finds that everything works with a patched daemon but its figures', async () => {
  await using daemon = await openQuirkyDaemon({ kind: 'patched', listen: 'tcp' });
  const { code, table } = await checkQuilt(withImage(daemon));
  expect(table).not.toContain('FAILS');
  expect(table).toMatch(/a command with arguments, and its exit code +works/);
  expect(table).toMatch(/memory figures +unknown/);
  expect(code).toBe(0);
  expect([...daemon.containers.rows.keys(), ...daemon.containers.abandoned]).toStrictEqual([]);
});

test('check-quilt ends with 1 and says why where the daemon as published starts nothing', async () => {
  await using daemon = await openQuirkyDaemon({ kind: 'stock', faster: 40 });
  const { code, table } = await checkQuilt(withImage(daemon));
  expect(table).toMatch(/create a container +FAILS .*Container failed to become ready/);
  expect(table).toMatch(/reach it +works/);
  expect(code).toBe(1);
});

test('check-quilt without an image tries what needs none', async () => {
  await using daemon = await openQuirkyDaemon();
  const { code, table } = await checkQuilt([daemon.address]);
  expect(table).toMatch(/containers +skipped/);
  expect(code).toBe(0);
});

test('check-quilt says that nobody is there', async () => {
  const { code, table } = await checkQuilt(['unix:/nowhere/quilt.sock']);
  expect(table).toMatch(/reach it +FAILS .*HOST_UNREACHABLE/);
  expect(code).toBe(1);
});
