/** `arc sign`: signs a bundle; the path of the signature goes to stdout. */
import { resolve } from 'node:path';
import { printable } from '#terminal';
import { readBundle } from '#wit/bundle';
import { type ExitCode, exitCodes } from '#wit/errors';
import { shownPath } from './build-command.ts';
import type { CommandContext } from './context.ts';
import { openSecretKey } from './open-key.ts';
import { readBundleFile } from './open-bundle.ts';
import { openPasswords } from './passwords.ts';
import { signBundle } from './sign-bundle.ts';

export interface SignOptions {
  readonly file: string;
  /** Path of the secret key. */
  readonly key: string;
  /** Seconds since 1970 where absent. */
  readonly seq?: number;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

/** Signs a bundle that verifies. @throws {CodedError} `BUNDLE_…`, `KEY_…`, `IO_FAILED`. */
export async function signCommand(options: SignOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, signal } = context;
  const path = resolve(currentDirectory, options.file);
  progress.step('Verifying the bundle');
  const archive = await readBundleFile({ path, shown: options.file, signal });
  const bundle = readBundle(archive);
  progress.clear();
  const key = await openSecretKey(options.key, openPasswords({ command: 'arc sign', ...options }, context), context);
  const request = { path, archive, bundle, nowMs: Date.now(), sequence: options.seq, signal };
  const signature = await signBundle(request, key);
  const { name, version } = bundle.manifest;
  const { hash, manifestHash } = bundle;
  const shown = shownPath(signature.path, currentDirectory);
  if (options.json)
    await terminal.write(`${JSON.stringify({ kind: 'done', name, version, hash, manifestHash, ...signature })}\n`);
  else await terminal.write(`${shown}\n`);
  terminal.say(
    `${terminal.tint('green', 'signed')} ${printable(`${name} ${version}`)}: key ${signature.keyId}, sequence ${signature.sequence}`,
  );
  terminal.say(`${terminal.tint('cyan', 'next:')} arc upload ${printable(options.file)}`);
  return exitCodes.done;
}
