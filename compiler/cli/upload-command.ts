/** `arc upload`: brings a signed bundle to a host, which verifies, registers and activates it. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type HostOptions, openHost, printable, sizeText, type Terminal } from '#terminal';
import type { InstallResult, UploadContent } from '#wit/api';
import { hashBytes } from '#wit/bundle';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';
import { readBundleFile } from './open-bundle.ts';

/** Options of the command. */
export interface UploadCommandOptions extends HostOptions {
  readonly file: string;
  readonly allowDowngrade?: boolean;
}

/** Bytes that are sent at once. */
const pieceBytes = 256 * 1024;

/** Uploads. Exits with 4 where the version waits for an approval. @throws {CodedError} `BUNDLE_…`, `SIGNATURE_…`, `HOST_UNREACHABLE`. */
export async function uploadCommand(options: UploadCommandOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, signal } = context;
  const path = resolve(currentDirectory, options.file);
  const archive = await readBundleFile({ path, shown: options.file, signal });
  const signature = await readFile(`${path}.minisig`, 'utf8').catch(() => undefined);
  await using host = await openHost(options, context);
  const content = uploadContent(archive, { name: basename(path), signature });
  const result = await host.upload(content, {
    signal,
    ...(options.allowDowngrade === true && { allowDowngrade: true }),
    progress: (sent) => progress.step(`Uploading, ${sizeText(sent)} of ${sizeText(archive.length)}`),
  });
  progress.clear();
  if (options.json) await terminal.write(`${JSON.stringify({ kind: 'done', ...result })}\n`);
  sayInstalled(result, terminal);
  return result.state === 'waiting' ? exitCodes.denied : exitCodes.done;
}

/** An archive in memory as what an upload takes. */
export function uploadContent(
  archive: Uint8Array,
  { name, signature }: { readonly name: string; readonly signature: string | undefined },
): UploadContent {
  return {
    name,
    size: archive.length,
    hash: hashBytes(archive),
    ...(signature !== undefined && { signature }),
    read: (offset) => pieces(archive, offset),
  };
}

async function* pieces(archive: Uint8Array, offset: number): AsyncIterable<Uint8Array> {
  for (let at = offset; at < archive.length; at += pieceBytes) yield archive.subarray(at, at + pieceBytes);
}

/** Tells what became of an installation, and what comes next. */
export function sayInstalled(result: InstallResult, terminal: Terminal): void {
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
