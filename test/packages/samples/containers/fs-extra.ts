import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '@aria/sdk';
import fs from 'fs-extra';

export const inputs = [{ names: ['a', 'b/c'] }];

export const copied = tool({ description: 'Folders copied' }, async ({ names }: { names: string[] }): Promise<{ there: boolean[]; first: string; left: boolean }> => {
  const folder = await fs.mkdtemp(join(tmpdir(), 'copied-'));
  for (const name of names) await fs.outputJson(join(folder, 'from', `${name}.json`), { name });
  await fs.copy(join(folder, 'from'), join(folder, 'to'));
  await fs.move(join(folder, 'to'), join(folder, 'moved'));
  const there = await Promise.all(names.map((name) => fs.pathExists(join(folder, 'moved', `${name}.json`))));
  const first = (await fs.readJson(join(folder, 'moved', `${names[0]}.json`))) as { name: string };
  await fs.remove(folder);
  return { there, first: first.name, left: await fs.pathExists(folder) };
});
