/** Passwords of keys: asked for on the terminal, or lines of stdin. Never arguments or variables, which other processes may see. */
import process from 'node:process';
import { isCancel, password as askHidden } from '@clack/prompts';
import { canAsk, interrupted } from '#terminal';
import { passwordBytesMax } from '#wit/minisign';
import type { CommandContext } from './context.ts';
import { passwordNotGiven } from './key-errors.ts';

/** Where passwords come from. */
export interface PasswordOptions {
  /** "arc sign", for messages. */
  readonly command: string;
  /** One line of stdin for each password, in the order in which they are wanted. */
  readonly passwordStdin?: boolean | undefined;
  /** Whoever wants JSON is a program, and is not asked. */
  readonly json?: boolean | undefined;
}

/** Gives passwords, one after the other. */
export interface Passwords {
  /** The password of a key that is there. @throws {CodedError} `USAGE`, `CANCELLED`. */
  known(shown: string): Promise<string>;
  /** A password for a new key; a person writes it twice. @throws {CodedError} `USAGE`, `CANCELLED`. */
  chosen(shown: string): Promise<string>;
}

/** More than the passwords of two keys is no password. */
const stdinBytesMax = 4 * (passwordBytesMax + 2);

/** Nothing is asked or read until a password is wanted. */
export function openPasswords(options: PasswordOptions, context: CommandContext): Passwords {
  if (options.passwordStdin !== true) return askedPasswords(options, context);
  let lines: string[] | undefined;
  const next = async (shown: string): Promise<string> => {
    lines ??= (await readText(context)).split(/\r?\n/);
    const line = lines.shift();
    if (line === undefined || line === '') throw passwordNotGiven(options.command, `the password of "${shown}"`);
    return line;
  };
  return { known: next, chosen: next };
}

async function readText({ terminal, signal }: CommandContext): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true }).decode(await terminal.readAll(stdinBytesMax, signal));
}

function askedPasswords({ command, json }: PasswordOptions, { signal, progress }: CommandContext): Passwords {
  const ask = async (message: string, validate: (value: string) => string | undefined): Promise<string> => {
    progress.clear();
    const answer = await askHidden({
      message,
      input: process.stdin,
      output: process.stderr,
      signal,
      validate: (value) => validate(value ?? ''),
    });
    if (isCancel(answer)) throw interrupted(command);
    return answer;
  };
  const mayAsk = (wanted: string): void => {
    if (!canAsk() || json === true) throw passwordNotGiven(command, wanted);
  };
  return {
    known: async (shown) => {
      mayAsk(`the password of "${shown}"`);
      return ask(`Password of "${shown}"`, (value) => (value === '' ? 'It is not empty' : undefined));
    },
    chosen: async (shown) => {
      mayAsk(`a password for "${shown}"`);
      const chosen = await ask(`Password for "${shown}"`, passwordProblem);
      await ask('The same again', (value) => (value === chosen ? undefined : 'The two are not the same'));
      return chosen;
    },
  };
}

function passwordProblem(value: string): string | undefined {
  if (value === '') return 'An empty one protects nothing; --no-password makes a key without';
  return Buffer.byteLength(value) > passwordBytesMax ? `At most ${passwordBytesMax} bytes` : undefined;
}
