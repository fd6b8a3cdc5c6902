/** Finds a Node on PATH that is too old to run this package's TypeScript, as on most machines. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a Node from 20 to 25; `undefined` where the machine has none. */
export function olderNode(): string | undefined {
  for (const directory of new Set((process.env['PATH'] ?? '').split(delimiter))) {
    const path = join(directory, 'node');
    if (!existsSync(path)) continue;
    const major = Number.parseInt(spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout, 10);
    if (major >= 20 && major < 26) return path;
  }
  return undefined;
}
