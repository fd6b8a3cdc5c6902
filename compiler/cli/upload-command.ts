/** `arc upload`: brings a signed bundle to a host, which verifies, registers and activates it; dependencies that the host lacks go with it. */
import { basename, dirname, join, resolve } from 'node:path';
import { type HostOptions, openHost, printable, sizeText, type Terminal } from '#terminal';
import type { AriaApi, InstallResult } from '#wit/api';
import { CodedError, type ExitCode, exitCodes } from '#wit/errors';
import { packagesName } from '../packages/packages-name.ts';
import { type LockedBundle, lockBytesMax, lockName, parseLock } from '../packages/lock-file.ts';
import { PackageCache } from '../packages/package-cache.ts';
import {
  type BundleToUpload,
  type BundleUploaded,
  type UploadHearing,
  uploadBundle,
  uploadContent,
} from './bundle-upload.ts';
import type { CommandContext } from './context.ts';
import { readBundleFile } from './open-bundle.ts';
import { readSignatureBeside } from './signature-beside.ts';
import { readSmallFile } from './small-file.ts';

/** Options of the command. */
export interface UploadCommandOptions extends HostOptions {
  readonly file: string;
  readonly allowDowngrade?: boolean;
}

/** Uploads. Exits with 4 where the version waits for an approval. @throws {CodedError} `BUNDLE_…`, `SIGNATURE_…`, `HOST_UNREACHABLE`. */
export async function uploadCommand(options: UploadCommandOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, home, signal } = context;
  const path = resolve(currentDirectory, options.file);
  const archive = await readBundleFile({ path, shown: options.file, signal });
  const signature = await readSignatureBeside(path, options.file);
  await using host = await openHost(options, context);
  const bundle = {
    archive,
    content: uploadContent(archive, { name: basename(path), signature }),
    // A bundle lies in its project, or in a directory of it; or it is uploaded from there.
    locked: () => lockedIn([dirname(path), dirname(dirname(path)), currentDirectory]),
    cache: new PackageCache(join(home, packagesName)),
  };
  const { result, brought } = await tellTree(host, bundle, {
    context,
    signal,
    ...(options.allowDowngrade === true && { allowDowngrade: true }),
    progress: (sent) => progress.step(`Uploading, ${sizeText(sent)} of ${sizeText(archive.length)}`),
  });
  progress.clear();
  if (options.json) await terminal.write(`${JSON.stringify({ kind: 'done', ...result, brought })}\n`);
  sayInstalled(result, terminal);
  return result.state === 'waiting' ? exitCodes.denied : exitCodes.done;
}

/** Uploads, and tells which dependencies go along; of those that do not fit together, the tree is shown before the error. */
export async function tellTree(
  host: AriaApi,
  bundle: BundleToUpload,
  { context, ...options }: UploadHearing & { readonly context: CommandContext },
): Promise<BundleUploaded> {
  const { terminal, progress } = context;
  try {
    return await uploadBundle(host, bundle, {
      ...options,
      bringing: ({ name, version, by }) => {
        progress.clear();
        terminal.say(`${printable(`${name} ${version}`)} goes first: ${printable(by)} needs it`);
      },
    });
  } catch (thrown) {
    progress.clear();
    const tree = thrown instanceof CodedError ? thrown.wire.details['treeText'] : undefined;
    if (typeof tree === 'string') terminal.say(printable(tree));
    throw thrown;
  }
}

/** What the first lock file of these directories names; nothing where none of them has one that can be read. */
export async function lockedIn(directories: readonly string[]): Promise<ReadonlyMap<string, LockedBundle>> {
  for (const directory of directories) {
    const file = await readSmallFile(join(directory, lockName), lockBytesMax);
    if (file.kind !== 'read') continue;
    const lock = parseLock(file.text);
    if (!('state' in lock)) return new Map(lock.map((locked) => [locked.name, locked]));
  }
  return new Map();
}

/** Tells what became of an installation, and what comes next. */
function sayInstalled(result: InstallResult, terminal: Terminal): void {
  const { name, version, state, previousVersion, upgrade, unchanged } = result;
  const title = printable(`${name} ${version}`);
  if (upgrade !== undefined) {
    terminal.say(`${title} is installed and waits: it asks for more than was granted`);
    for (const wanted of [...upgrade.newTokens, ...upgrade.grownLimits]) terminal.say(`  ${printable(wanted)}`);
    terminal.say(`next: aria approve ${upgrade.id}`);
    return;
  }
  const before = previousVersion === undefined ? '' : ` in place of ${printable(previousVersion)}`;
  terminal.say(unchanged ? `${title} was ${state} already` : `${title} is ${state}${before}`);
  terminal.say(`next: aria tools --bundle ${printable(name)}`);
}
