/** Whether the data directory is whole, and only its owner's. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Stats, accessSync, constants, existsSync, lstatSync, statSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { CodedError } from '#wit/errors';
import { createKeyRing, readTrustDirectory } from '#wit/trust';
import { VersionIndex } from '../bundles/version-index.ts';
import { readHostConfig } from '../config/load-config.ts';
import { faultsOf, openForReading } from '../stores/inspect-database.ts';
import { type Check, Fault, type Scene, type Warning } from './doctor-check.ts';

export const homeChecks: readonly Check[] = [
  { name: 'configuration', remedy: 'Correct the places named', look: configurationValid },
  { name: 'home', remedy: 'Choose another data directory with --home or ARIA_HOME', look: homePrivate },
  {
    name: 'lock',
    remedy: 'Use a disk of this machine for the data directory: its file system has no locks',
    look: lockHeld,
  },
  { name: 'database', remedy: 'Stop the host and restore the data directory from a backup', look: databaseWhole },
  { name: 'bundles', remedy: 'Stop the host and restore the data directory from a backup', look: bundlesWhole },
  { name: 'compiled code', remedy: 'Remove the directory: what is in it is made again', look: compiledPrivate },
  { name: 'trust', remedy: 'Correct the file named', look: trustReadable },
  { name: 'tokens', remedy: 'Correct the file named', look: tokensPrivate },
  { name: 'log', remedy: 'Set log.file to a file that this user may write, or leave it out', look: logWritable },
  { name: 'certificates', remedy: 'Correct the files that [tls] names', look: certificatesValid },
];

/** Files counted at most; a cache with more is not measured to the end. */
const filesCountedMax = 100_000;
const dayMs = 24 * 60 * 60 * 1000;
const certificateDaysUseful = 14;

async function configurationValid({ sources }: Scene): Promise<string | Warning> {
  let files: readonly string[];
  try {
    ({ files } = await readHostConfig(sources));
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    const { message, remedy, details } = thrown.wire;
    const { violations } = details as {
      readonly violations?: readonly { readonly path: string; readonly message: string }[];
    };
    throw new Fault(
      message,
      violations?.map((one) => `${one.path}: ${one.message}`).join('\n              ') ?? remedy,
    );
  }
  for (const file of files) {
    const { mode } = statSync(file);
    if ((mode & 0o022) !== 0)
      throw new Fault(`others may write "${file}", and so decide whose bundles run`, `Run "chmod go-w ${file}"`);
  }
  return files.length === 0 ? 'no file; defaults' : files.join(', ');
}

function homePrivate({ home, sources: { uid } }: Scene): string | Warning {
  const found = statSync(home, { throwIfNoEntry: false });
  if (found === undefined) {
    const parent = nearest(home);
    if (!parent.isDirectory) throw new Error(`"${home}" is not there, and "${parent.path}" is no directory`);
    return `"${home}" is not there yet; "aria up" makes it`;
  }
  if (!found.isDirectory()) throw new Error(`"${home}" is no directory`);
  if (uid !== undefined && uid !== 0 && found.uid !== uid)
    throw new Fault(
      `"${home}" belongs to the user ${found.uid}`,
      `Run as that user, or choose another one with --home`,
    );
  if ((found.mode & 0o022) !== 0) throw new Fault(`others may write "${home}"`, `Run "chmod 700 ${home}"`);
  if ((found.mode & 0o077) !== 0)
    return {
      detail: `others may look into "${home}"`,
      remedy: `Run "chmod 700 ${home}": bundles, logs and what tools keep are there`,
    };
  return home;
}

function nearest(path: string): { readonly path: string; readonly isDirectory: boolean } {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? nearest(join(path, '..')) : { path, isDirectory: found.isDirectory() };
}

function lockHeld({ holder }: Scene): string {
  if (holder === 'free') return 'free; no host runs on it';
  if (holder === 'unknown') return 'held by a host that does not say who it is';
  return `held by the process ${holder.pid} of "${holder.machine}" since ${new Date(holder.sinceMs).toISOString()}`;
}

function databaseWhole({ home }: Scene): string | Warning {
  const path = join(home, 'aria.db');
  if (!existsSync(path)) return 'not there yet';
  const database = openForReading(path);
  try {
    const faults = faultsOf(database);
    if (faults === 'large')
      return {
        detail: 'too large for a quick look',
        remedy: `Run "sqlite3 ${path} 'PRAGMA quick_check'" when there is time`,
      };
    if (faults.length > 0) throw new Error(`"${path}" is damaged: ${faults.slice(0, 3).join('; ')}`);
    return `whole, ${sizeText(statSync(path).size)}`;
  } finally {
    database.close();
  }
}

function bundlesWhole({ home, config: { store } }: Scene): string | Warning {
  const path = join(home, 'aria.db');
  if (!existsSync(path)) return 'none';
  const database = openForReading(path);
  try {
    const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'bundle_versions'").get();
    if (known === undefined) return 'none';
    const index = new VersionIndex(database);
    const versions = index.versions().map(({ stored }) => stored);
    const { bytes } = index.usage();
    const bad = versions.flatMap(({ name, version, quarantined }) =>
      quarantined === undefined ? [] : [`${name} ${version} (${quarantined})`],
    );
    if (bad.length > 0)
      throw new Fault(
        `quarantined: ${bad.slice(0, 5).join(', ')}${bad.length > 5 ? `, and ${bad.length - 5} more` : ''}`,
        'Upload them again with "arc upload"',
      );
    const detail = `${versions.length} versions, ${sizeText(bytes)} of ${sizeText(store.bytesMax)}`;
    return bytes > store.bytesMax * 0.9
      ? { detail, remedy: 'Remove versions with "aria bundles --remove NAME@VERSION", or raise store.bytes_max' }
      : detail;
  } finally {
    database.close();
  }
}

async function compiledPrivate({ config: { store } }: Scene): Promise<string | Warning> {
  const directory = store.compiledDirectory;
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return 'none yet';
  if (!found.isDirectory()) throw new Fault(`"${directory}" is no directory`, `Remove "${directory}"`);
  // Whoever can write here has the host run what they like, as far as the key lets them.
  requirePrivate(directory, found, 0o022, 'write', '700');
  const key = join(directory, 'key');
  const keyFound = lstatSync(key, { throwIfNoEntry: false });
  if (keyFound !== undefined) requirePrivate(key, keyFound, 0o077, 'read', '600');
  let [bytes, files] = [0, 0];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || (files += 1) > filesCountedMax) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  const detail = `${sizeText(bytes)} of ${sizeText(store.compiledBytesMax)} in ${files} files`;
  return bytes > store.compiledBytesMax
    ? { detail, remedy: `Raise store.compiled_bytes_max, or stop the host and remove "${directory}"` }
    : detail;
}

function trustReadable({ home, config }: Scene): string | Warning {
  const { keys } = createKeyRing(readTrustDirectory(join(home, 'trust')), config.trust);
  const trusted = keys.filter(({ standing }) => standing.kind === 'trusted').map(({ name }) => name);
  const others = keys.flatMap(({ name, standing }) =>
    standing.kind === 'trusted' ? [] : [`${name}: ${standing.kind}`],
  );
  const detail = [trusted.length === 0 ? 'no key is trusted' : `trusted: ${trusted.join(', ')}`, ...others].join('; ');
  if (config.allowUnsigned)
    return {
      detail: `BUNDLES THAT NOBODY SIGNED RUN (host.allow_unsigned = true); ${detail}`,
      remedy:
        'Sign bundles with "arc sign", trust the key with --trust or [trust.NAME], and set host.allow_unsigned to false',
    };
  return trusted.length > 0
    ? detail
    : {
        detail: `${detail}, so no bundle runs`,
        remedy: `Put a public key into "${join(home, 'trust')}" as NAME.pub; "arc keygen NAME" makes one`,
      };
}

function tokensPrivate({ home, config }: Scene): string {
  const files = [
    ...['token', 'token-key'].map((name) => join(home, name)).filter((file) => existsSync(file)),
    ...config.accessTokens.map(({ file }) => file),
    ...(config.tls === undefined ? [] : [config.tls.key]),
  ];
  for (const file of files) {
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found === undefined)
      throw new Fault(
        `"${file}" is not there`,
        `Write the secret into "${file}" with mode 600, or take it out of aria.toml`,
      );
    requirePrivate(file, found, 0o077, 'read', '600');
  }
  if (files.length === 0) return 'none yet; "aria up" makes one';
  return `${files.length} secret ${files.length === 1 ? 'file' : 'files'}, readable by the owner only`;
}

function logWritable({ config: { log } }: Scene): string {
  if (log.file === undefined) return `level ${log.level}, to stderr`;
  const found = statSync(log.file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) throw new Error(`"${log.file}" is no file`);
  try {
    accessSync(found === undefined ? dirname(log.file) : log.file, constants.W_OK);
  } catch (error) {
    throw new Error(
      `"${log.file}" cannot be written: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`,
      { cause: error },
    );
  }
  return `level ${log.level}, to "${log.file}"`;
}

function requirePrivate(path: string, { mode, uid }: Stats, others: number, verb: string, wanted: string): void {
  if ((mode & others) !== 0) throw new Fault(`others may ${verb} "${path}"`, `Run "chmod ${wanted} ${path}"`);
  const self = process.getuid?.();
  if (self !== undefined && self !== 0 && uid !== self)
    throw new Fault(`"${path}" belongs to the user ${uid}`, `Run "chown ${self} ${path}"`);
}

async function certificatesValid({ config: { tls }, nowMs }: Scene): Promise<string | Warning> {
  if (tls === undefined) return 'no TLS; the APIs listen on loopback only';
  const certificate = new X509Certificate(await readFile(tls.certificate));
  const fix = 'Renew it, and restart the host';
  if (!certificate.checkPrivateKey(createPrivateKey(await readFile(tls.key))))
    throw new Fault(`"${tls.key}" is not the key of "${tls.certificate}"`, 'Name the files of one pair');
  if (tls.clientAuthority !== undefined) requireAuthority(tls.clientAuthority, await readFile(tls.clientAuthority));
  const daysLeft = Math.floor((certificate.validToDate.getTime() - nowMs) / dayMs);
  const detail = `valid until ${certificate.validToDate.toISOString()}`;
  if (certificate.validFromDate.getTime() > nowMs)
    throw new Fault(
      `it is valid from ${certificate.validFromDate.toISOString()} only`,
      'Set the clock, or use another certificate',
    );
  if (daysLeft < 0) throw new Fault(`it was ${detail}`, fix);
  return daysLeft < certificateDaysUseful ? { detail, remedy: fix } : detail;
}

function requireAuthority(path: string, content: Buffer): void {
  if (!new X509Certificate(content).ca)
    throw new Fault(`"${path}" is no certificate of an authority`, 'Set tls.client_authority to one');
}

function sizeText(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
