/** What one change of a host does to the others, and to what it has written already. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { startHost } from '../host/host-under-test.ts';
import { addTool, countTool, echoTool, waitTool } from '../host/signed-bundle.ts';

test('a bundle that is uninstalled while a call runs on it holds up no other change', async () => {
  await using host = await startHost();
  await host.install({ name: 'slow', tools: [waitTool] });
  const abort = new AbortController();
  const call = host.owner.callTool({ tool: 'wait', input: { ms: 25_000 } }, { signal: abort.signal });
  while (host.firmware.status().calls.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
  const changes = host.owner
    .removeVersion({ name: 'slow', version: '1.0.0' })
    .then(() => host.install({ name: 'other', tools: [addTool] }));
  expect(
    await Promise.race([changes.then(({ state }) => state), call.then(({ kind }) => `the call ended first: ${kind}`)]),
  ).toBe('active');
  abort.abort();
  await call;
});

test('a version that is removed takes the upgrade that waits for it along', async () => {
  await using host = await startHost();
  await host.install({ tools: [addTool] });
  const { upgrade } = await host.install({ tools: [{ ...countTool, tokens: ['fs:data:rw'] }], version: '2.0.0' });
  expect(upgrade).toBeDefined();
  await host.owner.removeVersion({ name: 'samples', version: '2.0.0' });
  expect(await host.owner.listUpgrades()).toEqual([]);
  await expect(host.owner.approve(upgrade?.id ?? '')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('an upload that is active says so, also where the collection after it fails', async () => {
  await using host = await startHost({ settings: { 'store.versions_kept': '1' } });
  await host.install({ tools: [addTool], version: '1.0.0' });
  await host.install({ tools: [addTool], version: '2.0.0' });
  await host.install({ tools: [addTool], version: '3.0.0' });
  const database = new Database(join(host.home, 'aria.db'));
  database.exec(`CREATE TRIGGER broken BEFORE UPDATE ON bundle_collections BEGIN SELECT RAISE(ABORT, 'broken'); END`);
  database.close();
  expect(await host.install({ tools: [echoTool], version: '4.0.0' })).toMatchObject({ state: 'active' });
});
