/** Opens the keys that a command line names. */
import { resolve } from 'node:path';
import { printable } from '#terminal';
import { type SecretKey, decodeSecretKey, isEncrypted, keyTextBytesMax } from '#wit/minisign';
import type { CommandContext } from './context.ts';
import { keyUnreadable } from './key-errors.ts';
import type { Passwords } from './passwords.ts';
import { readSmallFile } from './small-file.ts';

/** Opens a secret key; its password is asked for where it has one. @throws {CodedError} `KEY_INVALID`, `KEY_PASSWORD_WRONG`, `USAGE`. */
export async function openSecretKey(shown: string, passwords: Passwords, context: CommandContext): Promise<SecretKey> {
  const { terminal, progress, currentDirectory } = context;
  const { text, mode } = await readKeyFile(resolve(currentDirectory, shown), shown);
  if ((mode & 0o077) !== 0)
    terminal.say(
      `${terminal.tint('yellow', 'warning')} other users may read "${printable(shown)}": run "chmod 600 ${printable(shown)}"`,
    );
  if (!isEncrypted(text, shown)) return decodeSecretKey(text, { shown });
  const password = await passwords.known(shown);
  progress.step('Deriving the key from the password');
  const key = await decodeSecretKey(text, { password, shown });
  progress.clear();
  return key;
}

/** The text of a key's file. `path`: absolute. @throws {CodedError} `KEY_INVALID`. */
export async function readKeyFile(
  path: string,
  shown: string,
): Promise<{ readonly text: string; readonly mode: number }> {
  const file = await readSmallFile(path, keyTextBytesMax);
  switch (file.kind) {
    case 'read':
      return file;
    case 'absent':
      throw keyUnreadable(shown, 'there is no such file');
    case 'refused':
      throw keyUnreadable(shown, file.state);
  }
}
