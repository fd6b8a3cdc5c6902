/**
 * Installs the packages of the corpus outside of the checkout, once per lock file. After a change of `package.json` the lock file is
 * written anew by `npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved` in a copy of `samples`.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** The packages, or why there are none. */
export type InstalledCorpus =
  | { readonly kind: 'installed'; /** Holds `node_modules`. */ readonly directory: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** Optional packages are compiled code; install scripts would compile more of it. Neither is of use to a tool. */
const npmArguments = ['install', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--prefer-offline'];

const samples = join(import.meta.dirname, 'samples');

/** Asks npm only where this lock file was not installed before. Two at a time do not disturb each other. */
export async function installCorpus(): Promise<InstalledCorpus> {
  const lock = await readFile(join(samples, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 16);
  const directory = join(homedir(), '.cache/aria/packages', hash);
  if (existsSync(directory)) return { kind: 'installed', directory };
  const unfinished = `${directory}.${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true });
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(samples, file), join(unfinished, file));
    await promisify(execFile)('npm', npmArguments, { cwd: unfinished, maxBuffer: 16 * 1024 * 1024 });
    await rename(unfinished, directory);
    return { kind: 'installed', directory };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (existsSync(directory)) return { kind: 'installed', directory };
    return { kind: 'missing', reason: error instanceof Error ? error.message : String(error) };
  }
}
