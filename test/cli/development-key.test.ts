/** The key that `arc dev` signs with. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { developmentKey } from '../../compiler/cli/development-key.ts';
import { temporaryDirectory } from './run-arc.ts';

test('is of this user alone, the same each time, also of sessions that begin together', async () => {
  using home = temporaryDirectory();
  const keys = await Promise.all([1, 2, 3].map(() => developmentKey(home.path)));
  const publicPath = join(home.path, 'trust/development.pub');
  expect(new Set(keys.map(({ publicKey }) => publicKey.keyId)).size).toBe(1);
  const keyId = keys[0]?.publicKey.keyId;
  expect((await developmentKey(home.path)).publicKey.keyId).toBe(keyId);
  expect(readFileSync(publicPath, 'utf8')).toContain(keyId);
  expect(statSync(join(home.path, 'development.key')).mode & 0o777).toBe(0o600);
  expect(statSync(publicPath).mode & 0o777).toBe(0o600);
});

test('puts its public half back where that is gone or another', async () => {
  using home = temporaryDirectory();
  await developmentKey(home.path);
  const publicPath = join(home.path, 'trust/development.pub');
  const text = readFileSync(publicPath, 'utf8');
  writeFileSync(publicPath, 'another');
  await developmentKey(home.path);
  expect(readFileSync(publicPath, 'utf8')).toBe(text);
});

test('that is damaged is refused and left as it is', async () => {
  using home = temporaryDirectory();
  const path = join(home.path, 'development.key');
  writeFileSync(path, 'no key', { mode: 0o600 });
  await expect(developmentKey(home.path)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  expect(readFileSync(path, 'utf8')).toBe('no key');
});
