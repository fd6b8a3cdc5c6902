/** Keeps a directory of cache entries below its maximum. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** After a removal this share is free, so that it does not happen every time. */
const freedShare = 0.1;

/** Removes the files that were used longest ago while all together have more than `bytesMax`. A missing directory is empty. */
export async function pruneDirectory(directory: string, bytesMax: number): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const entries = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const found = await stat(path).catch(() => undefined);
      return { path, size: found?.size ?? 0, usedMs: found?.mtimeMs ?? 0 };
    }),
  );
  let total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total <= bytesMax) return;
  for (const { path, size } of entries.toSorted((left, right) => left.usedMs - right.usedMs)) {
    if (total <= bytesMax * (1 - freedShare)) return;
    await rm(path, { force: true });
    total -= size;
  }
}
