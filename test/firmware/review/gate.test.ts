/** Ways around the upgrade gate that were tried. */
import { expect, test } from 'vitest';
import type { Manifest } from '#wit/manifest';
import { type HostUnderTest, startHost } from '../host/host-under-test.ts';
import { addTool, signedBundle } from '../host/signed-bundle.ts';

const timeout = async (host: HostUnderTest, timeoutMs: number, version: string, sequence: number) => {
  const { manifest } = await signedBundle(host.key, { tools: [addTool] });
  const tools: Manifest['tools'] = manifest.tools.map((tool) => ({ ...tool, timeoutMs }));
  return signedBundle(host.key, { tools: [addTool], version, sequence, manifest: { tools } });
};

test('who uninstalls a bundle and sends it again with higher limits waits for an approval, as with an upgrade', async () => {
  await using host = await startHost();
  const operator = host.firmware.api({ name: 'someone', role: 'operator' });
  await operator.upload((await timeout(host, 30_000, '1.0.0', 1)).content);
  const greedy = await timeout(host, 600_000, '2.0.0', 2);
  await operator.removeVersion({ name: 'samples', version: '1.0.0' });
  const result = await operator.upload(greedy.content);
  expect(result).toMatchObject({
    state: 'waiting',
    upgrade: { newTokens: [], grownLimits: [expect.stringContaining('600000 ms')] },
  });
});

test('a rollback to a version that ran before asks nobody, also where its limits were higher', async () => {
  await using host = await startHost();
  const operator = host.firmware.api({ name: 'someone', role: 'operator' });
  await operator.upload((await timeout(host, 60_000, '1.0.0', 1)).content);
  expect(await operator.upload((await timeout(host, 30_000, '2.0.0', 2)).content)).toMatchObject({ state: 'active' });
  expect(await operator.rollback({ name: 'samples' })).toMatchObject({ version: '1.0.0' });
});
