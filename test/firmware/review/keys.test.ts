/** Keys that come, go and are planted while a host runs. */
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startHost } from '../host/host-under-test.ts';
import { addTool, countTool, echoTool, newKey, signedBundle, uploadOf } from '../host/signed-bundle.ts';

/** The directory is looked at every second. */
const waiting = { timeout: 10_000, interval: 50 };

test('a directory of keys that every user of the machine may write to trusts nobody', async () => {
  await using host = await startHost();
  const trust = join(host.home, 'trust');
  const { key, publicText } = newKey();
  await chmod(trust, 0o777);
  await writeFile(join(trust, 'planted.pub'), publicText, { mode: 0o644 });
  const planted = await signedBundle(key, { tools: [addTool] });
  await expect(host.owner.upload(planted.content)).rejects.toMatchObject({ code: 'KEY_INVALID' });
  await rm(join(trust, 'planted.pub'));
  await chmod(trust, 0o755);
  expect(await host.install({ tools: [addTool] })).toMatchObject({ state: 'active' });
});

test('what waits cannot be approved once its key is revoked, and nothing goes back to a version of it', async () => {
  await using host = await startHost();
  await host.install({ tools: [addTool] });
  await host.install({ tools: [addTool], version: '1.1.0' });
  const { upgrade } = await host.install({ tools: [{ ...countTool, tokens: ['fs:data:rw'] }], version: '2.0.0' });
  await writeFile(join(host.home, 'trust', 'tests.revoked'), 'stolen\n', { mode: 0o600 });
  await expect(host.owner.approve(upgrade?.id ?? '')).rejects.toMatchObject({ code: 'SIGNATURE_REVOKED' });
  await expect(host.owner.rollback({ name: 'samples' })).rejects.toMatchObject({ code: 'SIGNATURE_REVOKED' });
});

test('what a revoked key signed takes no new calls, and takes them again when the revocation goes; other bundles go on', async () => {
  await using host = await startHost({ toml: '[host]\nallow_unsigned = true\n' });
  await host.install({ tools: [addTool] });
  const { archive, hash } = await signedBundle(host.key, { name: 'unsigned', tools: [echoTool] });
  await host.owner.upload(uploadOf(archive, { hash, name: 'unsigned' }));
  const call = { tool: 'add', input: { a: 1, b: 2 } };
  expect(await host.owner.callTool(call)).toMatchObject({ kind: 'done' });
  const revocation = join(host.home, 'trust', 'tests.revoked');
  await writeFile(revocation, 'stolen\n', { mode: 0o600 });
  await vi.waitFor(() => expect(host.owner.callTool(call)).rejects.toMatchObject({ code: 'NOT_FOUND' }), waiting);
  expect(await host.owner.callTool({ tool: 'echo', input: {} })).toMatchObject({ kind: 'done' });
  await rm(revocation);
  await vi.waitFor(async () => expect(await host.owner.callTool(call)).toMatchObject({ kind: 'done' }), waiting);
});

test('a stray file among the keys takes no bundle out of service', async () => {
  await using host = await startHost();
  await host.install({ tools: [addTool] });
  const log = host.owner.logs({ follow: true, tail: 0, level: 'error' })[Symbol.asyncIterator]();
  const said = log.next();
  await writeFile(join(host.home, 'trust', 'notes.txt'), 'mine', { mode: 0o600 });
  expect((await said).value).toMatchObject({ message: 'changed keys do not count', fields: { code: 'KEY_INVALID' } });
  expect(await host.owner.callTool({ tool: 'add', input: { a: 1, b: 2 } })).toMatchObject({ kind: 'done' });
  await log.return?.();
});
