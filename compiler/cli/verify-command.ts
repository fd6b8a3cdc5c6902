/** `arc verify`: whether a bundle is the one that a key signed, and what its signature says. */
import { resolve } from 'node:path';
import { columns, printable } from '#terminal';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';
import { signatureFileMissing } from './key-errors.ts';
import { type VerifiedFile, openVerifiedFile, ringOfHome, ringOfKey } from './verified-file.ts';

export interface VerifyOptions {
  readonly file: string;
  /** Path of the public key; the keys in `$ARIA_HOME/trust` where absent. */
  readonly key?: string;
  readonly json?: boolean;
}

/** Verifies. @throws {CodedError} `SIGNATURE_…`, `BUNDLE_…`, `KEY_INVALID`. */
export async function verifyCommand({ file, key, json }: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, signal, home } = context;
  const ring = key === undefined ? ringOfHome(home) : await ringOfKey(resolve(currentDirectory, key), key);
  progress.step('Verifying the bundle');
  const signed = { path: resolve(currentDirectory, file), shown: file, signal, missing: signatureFileMissing };
  const verified = await openVerifiedFile(signed, ring);
  progress.clear();
  await terminal.write(json ? `${JSON.stringify(verifiedJson(verified))}\n` : verifiedText(verified));
  return exitCodes.done;
}

function verifiedJson({ bundle, signature }: VerifiedFile): unknown {
  const { manifest, hash, manifestHash } = bundle;
  const { keyId, sequence, trustedComment, key } = signature;
  const { name, version } = manifest;
  return { kind: 'done', name, version, hash, manifestHash, keyId, key: key.name, sequence, trustedComment };
}

function verifiedText({ bundle, signature }: VerifiedFile): string {
  const { manifest, manifestHash } = bundle;
  const rows = columns([
    ['key', `${signature.keyId}, ${printable(signature.key.name)}`],
    ['sequence', String(signature.sequence)],
    ['manifest', `BLAKE3 ${manifestHash}`],
    ['comment', printable(signature.trustedComment).replaceAll('\t', ' ')],
  ]);
  return `${[`${manifest.name} ${manifest.version}: signature and comment verified`, ...rows].join('\n')}\n`;
}
