/** `arc keygen`: makes a key pair, as minisign would. The path of the public key goes to stdout. */
import { randomBytes } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { printable } from '#terminal';
import { type ExitCode, exitCodes } from '#wit/errors';
import { type SecretKey, encodeSecretKey, generateKeyPair, printPublicKey, sign } from '#wit/minisign';
import type { CommandContext } from './context.ts';
import { fileUnwritable, keyExists, optionsContradict } from './key-errors.ts';
import { openSecretKey } from './open-key.ts';
import { openPasswords } from './passwords.ts';

export interface KeygenOptions {
  /** Path of the key without ".key" and ".pub". */
  readonly name: string;
  /** False for a key that whoever reads it can use. */
  readonly password?: boolean;
  /** Path of the secret key that the new one replaces. */
  readonly rotate?: string;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

/** A file of a key pair. */
interface KeyFile {
  /** As the user named it. */
  readonly shown: string;
  readonly path: string;
  readonly mode: number;
}

/** Makes a key pair. @throws {CodedError} `KEY_EXISTS`, `KEY_…` for the one that it replaces, `USAGE`, `CANCELLED`, `IO_FAILED`; then nothing is left. */
export async function keygenCommand(options: KeygenOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, currentDirectory } = context;
  const { name, password = true, rotate, passwordStdin, json } = options;
  if (!password && rotate === undefined && passwordStdin === true)
    throw optionsContradict('arc keygen', '--no-password and --password-stdin contradict each other');
  const fileOf = (suffix: string, mode: number): KeyFile => {
    return { shown: `${name}${suffix}`, path: resolve(currentDirectory, `${name}${suffix}`), mode };
  };
  const [secretFile, publicFile, rotationFile] = [
    fileOf('.key', 0o600),
    fileOf('.pub', 0o644),
    fileOf('.pub.minisig', 0o644),
  ];
  for (const file of [secretFile, publicFile, ...(rotate === undefined ? [] : [rotationFile])]) await checkFree(file);
  const passwords = openPasswords({ command: 'arc keygen', passwordStdin, json }, context);
  const old = rotate === undefined ? undefined : await openSecretKey(rotate, passwords, context);
  const chosen = password ? await passwords.chosen(secretFile.shown) : undefined;
  const key = generateKeyPair(randomBytes);
  if (chosen !== undefined) progress.step('Protecting the key with the password');
  const protection = chosen === undefined ? undefined : { password: chosen, random: randomBytes };
  const publicText = printPublicKey(key.publicKey);
  await writeNew([
    { ...secretFile, text: await encodeSecretKey(key, protection) },
    { ...publicFile, text: publicText },
    ...(old === undefined ? [] : [{ ...rotationFile, text: rotationText(old, publicText, publicFile) }]),
  ]);
  progress.clear();
  const { keyId } = key.publicKey;
  const made = { keyId, publicKey: publicText.split('\n')[1], encrypted: password };
  const paths = { secret: secretFile.path, public: publicFile.path, ...(old && { rotation: rotationFile.path }) };
  if (json) await terminal.write(`${JSON.stringify({ kind: 'done', ...made, paths })}\n`);
  else await terminal.write(`${publicFile.shown}\n`);
  sayMade(
    { keyId, protectedBy: password, replaces: old?.publicKey.keyId },
    [secretFile, publicFile, rotationFile],
    context,
  );
  return exitCodes.done;
}

/** Looked at before a password is asked for, and again by the writing. */
async function checkFree({ path, shown }: KeyFile): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) throw keyExists(shown);
}

/** All of them or none. */
async function writeNew(files: readonly (KeyFile & { readonly text: string })[]): Promise<void> {
  const written: string[] = [];
  try {
    for (const { path, shown, mode, text } of files) {
      await using file = await open(path, 'wx', mode).catch((cause: unknown) => {
        const taken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
        throw taken ? keyExists(shown) : fileUnwritable(shown, cause);
      });
      written.push(path);
      await file.writeFile(text);
      await file.sync();
    }
  } catch (thrown) {
    for (const path of written) await rm(path, { force: true });
    throw thrown;
  }
}

/** The old key vouches for the file of the new one; from when counts where the old one is retired later. */
function rotationText(old: SecretKey, publicText: string, { path }: KeyFile): string {
  const trustedComment = `timestamp:${Math.floor(Date.now() / 1000)}\tfile:${printable(basename(path)).replaceAll(/[\t\n]/g, ' ')}\thashed`;
  return sign({ message: new TextEncoder().encode(publicText), trustedComment }, old);
}

function sayMade(
  key: { readonly keyId: string; readonly protectedBy: boolean; readonly replaces: string | undefined },
  [secret, open, rotation]: readonly KeyFile[],
  { terminal }: CommandContext,
): void {
  const shown = (file: KeyFile | undefined): string => printable(file?.shown ?? '');
  const how = key.protectedBy ? 'protected by its password' : 'without a password: keep it where nobody else reads';
  terminal.say(`${terminal.tint('green', 'made')} the key ${key.keyId}`);
  terminal.say(`  ${shown(secret)}  secret, ${how}`);
  terminal.say(`  ${shown(open)}  public, for the hosts that are to trust it`);
  if (key.replaces !== undefined) terminal.say(`  ${shown(rotation)}  the key ${key.replaces} vouches for it`);
  terminal.say(`${terminal.tint('cyan', 'next:')} arc build . --sign ${shown(secret)}`);
  terminal.say(`      aria up --trust ${shown(open)}`);
}
