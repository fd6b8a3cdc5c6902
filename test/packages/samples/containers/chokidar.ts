import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { tool } from '@aria/sdk';
import { watch } from 'chokidar';

export const inputs = [{ files: ['a.txt', 'b.txt'] }];

export const watched = tool({ description: 'Folders watched' }, async ({ files }: { files: string[] }): Promise<string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'watched-'));
  const seen: string[] = [];
  // The kernel's own watches are the machine's: a container has none.
  const watcher = watch(folder, { usePolling: true, interval: 20 });
  await new Promise<void>((resolve) => watcher.on('ready', () => resolve()));
  const all = new Promise<void>((resolve) =>
    watcher.on('add', (path) => {
      seen.push(basename(path));
      if (seen.length === files.length) resolve();
    }),
  );
  for (const file of files) await writeFile(join(folder, file), file);
  await all;
  await watcher.close();
  await rm(folder, { recursive: true });
  return seen.sort();
});
