/** A host whose boot failed tells what is wrong, to those who may hear it. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeHome, startOn } from '../host/host-under-test.ts';

test('a viewer reads the status of a host whose boot failed, and not its log', async () => {
  const { home } = await makeHome();
  await writeFile(join(home, 'aria.db'), 'no database at all, '.repeat(100));
  {
    await using firmware = await startOn(home);
    expect(firmware.failure).toMatchObject({ code: 'STORE_CORRUPT' });
    const viewer = firmware.api({ name: 'screen', role: 'viewer' });
    expect((await viewer.status()).boot.some(({ state }) => state === 'failed')).toBe(true);
    await expect(firstOf(viewer.logs({ tail: 10 }))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    const operator = firmware.api({ name: 'pager', role: 'operator' });
    expect(await firstOf(operator.logs({ tail: 10 }))).toBeDefined();
  }
  await rm(home, { recursive: true });
});

async function firstOf<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  for await (const item of items) return item;
  return undefined;
}
