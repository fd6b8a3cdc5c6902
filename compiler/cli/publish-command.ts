/** `arc publish`: puts a bundle and its signature into a registry. What was published goes to stdout as NAME@VERSION. */
import { resolve } from 'node:path';
import { sizeText } from '#terminal';
import { type ExitCode, exitCodes } from '#wit/errors';
import { registryPathOf } from '../packages/project-files.ts';
import { publishBundle } from '../packages/publish.ts';
import type { CommandContext } from './context.ts';
import { readBundleFile } from './open-bundle.ts';
import { openRegistry } from './registry-location.ts';

export interface PublishOptions {
  readonly file: string;
  readonly registry?: string;
  readonly allowUnsigned?: boolean;
  readonly json?: boolean;
}

/** Publishes. @throws {CodedError} `BUNDLE_…`, `SIGNATURE_…`, `IO_FAILED`, `USAGE`; then nothing is published. */
export async function publishCommand(
  { file, registry: option, allowUnsigned = false, json }: PublishOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, signal } = context;
  const project = { path: await registryPathOf(currentDirectory), directory: currentDirectory };
  const registry = openRegistry({ option, project }, context);
  const path = resolve(currentDirectory, file);
  progress.step('Verifying the bundle');
  const archive = await readBundleFile({ path, shown: file, signal });
  progress.step('Publishing');
  const { version, unchanged } = await publishBundle({ archive, path, shown: file, allowUnsigned }, registry);
  progress.clear();
  const { name, version: number, hash, manifestHash, signature, dependencies } = version;
  const facts = { name, version: number, hash, manifestHash, keyId: signature?.keyId ?? null, dependencies };
  if (json)
    await terminal.write(`${JSON.stringify({ kind: 'done', ...facts, unchanged, registry: registry.location })}\n`);
  else await terminal.write(`${name}@${number}\n`);
  const signed = signature === undefined ? 'unsigned' : `signed by ${signature.keyId}`;
  terminal.say(
    `${terminal.tint('green', unchanged ? 'unchanged' : 'published')} ${name} ${number}: ${sizeText(archive.length)}, ${signed}`,
  );
  if (signature === undefined) terminal.say('hosts run unsigned bundles only where they are configured to');
  terminal.say(`${terminal.tint('cyan', 'next:')} arc install ${name}`);
  return exitCodes.done;
}
