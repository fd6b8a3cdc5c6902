/** Reads the settings of a host: flags before environment before `--config` before the file of the home, of the user, of the system. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type LoadedConfig, composeConfig, laidConfig, runDirectoryIn } from './compose-config.ts';
import { type ConfigText, readConfigText } from './config-file.ts';
import { type ConfigSources, configFiles, homeOf } from './config-sources.ts';
import type { ConfigProblem } from './errors.ts';
import { namePattern } from './forms.ts';
import type { TrustedKeySetting } from '#wit/trust';
import type { HostConfig } from './host-config.ts';
import { families } from './settings.ts';

/**
 * Reads the settings of a host.
 * @throws {CodedError} `CONFIG_INVALID` with every fault that was found; `LISTEN_REFUSED`.
 */
export async function loadHostConfig(sources: ConfigSources): Promise<HostConfig> {
  return (await readHostConfig(sources)).config;
}

/** The same, with where each value is from. @throws {CodedError} as `loadHostConfig`. */
export async function readHostConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { texts, problems } = await readTexts(sources);
  const trusted: TrustedKeySetting[] = [];
  for (const file of sources.flags.trust ?? []) {
    const key = await trustedFile(resolve(sources.currentDirectory, file));
    if ('place' in key) problems.push(key);
    else trusted.push(key);
  }
  return composeConfig({ texts, trusted, problems }, sources);
}

/** Where a host is to be found by those who call it: whatever else is wrong with its configuration is the host's own affair. */
export async function locateHost(
  sources: ConfigSources,
): Promise<{ readonly home: string; readonly runDirectory: string }> {
  const { texts } = await readTexts(sources);
  return { home: homeOf(sources), runDirectory: runDirectoryIn(laidConfig(texts, sources), sources) };
}

async function readTexts(sources: ConfigSources): Promise<{ texts: ConfigText[]; problems: ConfigProblem[] }> {
  const texts: ConfigText[] = [];
  const problems: ConfigProblem[] = [];
  for (const { path, required } of configFiles(sources)) {
    const read = await readConfigText(path);
    if (read === undefined && required)
      problems.push({ place: path, state: 'there is no such file', remedy: 'Name a file that exists with --config' });
    else if (read !== undefined && 'text' in read) texts.push(read);
    else if (read !== undefined) problems.push(read);
  }
  return { texts, problems };
}

/** A key that a flag names, which the home need not have. */
async function trustedFile(file: string): Promise<TrustedKeySetting | ConfigProblem> {
  const place = `--trust ${file}`;
  const remedy = 'Name a public key file that "arc keygen" or minisign wrote, as "release.pub"';
  const name = basename(file).replace(/\.pub$/, '');
  if (!namePattern.test(name)) return { place, state: `"${name}" is no name of a key`, remedy };
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') return { place, state: `cannot be read: ${text.code ?? text.message}`, remedy };
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const reading = families.trust.public_key.form.read(lines.at(-1)?.trim(), { directory: '/', userHome: '/' });
  if (lines.length > 2 || 'state' in reading) return { place, state: 'it is no public key', remedy };
  const { revoked, upgrades } = families.trust;
  return { name, publicKey: reading.value, revoked: revoked.fallback, upgrades: upgrades.fallback };
}
