/** The packages that Aria is measured beside: their own package.json, installed with this Node, so that compiled ones fit it. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { LeftOut } from './harness.ts';

const directory = join(import.meta.dirname, 'peers');
const requirePeer = createRequire(join(directory, 'package.json'));
/** npm and a compiler, where the registry has no compiled form for this Node. */
const installMsMax = 10 * 60_000;

let failure: string | undefined;
let installed: Promise<void> | undefined;

/** What was installed last, by npm's own record of it. */
function isInstalled(): boolean {
  const record = join(directory, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const packages = (file: string): Record<string, { version?: string }> =>
    (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, { version?: string }> }).packages;
  const present = packages(record);
  return Object.entries(packages(join(directory, 'package-lock.json'))).every(
    ([path, { version }]) => path === '' || present[path]?.version === version,
  );
}

async function install(): Promise<void> {
  if (isInstalled()) return;
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  try {
    await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: directory,
      env: { ...process.env, PATH: path },
      timeout: installMsMax,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    failure = stderr.split('\n').find((line) => /^npm (error|ERR!)/.test(line)) ?? String(error);
  }
}

/** Loads a peer, installing all of them first. @throws {LeftOut} with the reason where the registry or the machine does not give it. */
export async function loadPeer(name: string): Promise<unknown> {
  installed ??= install();
  await installed;
  try {
    return requirePeer(name);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new LeftOut(`npm could not install "${name}": ${failure ?? reason}`);
  }
}

/** A file of an installed peer, by its name in the package's exports. */
export function peerFile(name: string): string {
  return requirePeer.resolve(name);
}
