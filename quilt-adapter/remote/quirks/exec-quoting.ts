/**
 * ExecContainer joins its vector with blanks and gives it to a shell, and ignores environment and working directory. So it gets ONE string, in
 * which every argument stands between single quotes, and which sets directory and variables itself.
 */
import { specInvalid } from '../errors.ts';

/** Of the whole string in UTF-8: 120 kB went through, 131 kB did not (one argument of Linux holds 131,071 bytes). */
export const lineBytesMax = 120_000;

/** What to run. */
export interface ShellCommand {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

/** One argument for a POSIX shell: whatever is in it, the shell passes it on unchanged. */
export function quoted(argument: string): string {
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

/** The string for `sh -c`. With `replace` the command takes the place of the shell. @throws {CodedError} `CONTAINER_SPEC_INVALID`. */
export function shellLine(command: ShellCommand, { replace = false }: { readonly replace?: boolean } = {}): string {
  const { args, environment = {}, workingDirectory } = command;
  if (args.length === 0) throw specInvalid('the command is empty', 'Name a program');
  const parts: string[] = [];
  if (workingDirectory !== undefined) parts.push(`cd ${quoted(absolute(workingDirectory))}`);
  for (const [name, value] of Object.entries(environment)) parts.push(`export ${variableName(name)}=${quoted(value)}`);
  parts.push(`${replace ? 'exec ' : ''}${args.map(quoted).join(' ')}`);
  const line = parts.join(' && ');
  checkLine(line);
  return line;
}

function checkLine(line: string): void {
  if (line.includes('\0'))
    throw specInvalid('the command holds a NUL character', 'Leave it out: no program can take one');
  if (!line.isWellFormed()) {
    throw specInvalid('the command holds half of a UTF-16 pair', 'Send whole characters, or encode bytes as text');
  }
  const bytes = Buffer.byteLength(line);
  if (bytes <= lineBytesMax) return;
  throw specInvalid(
    `the command has ${bytes} bytes with its quotes, and ${lineBytesMax} are the maximum`,
    'Put what is long into a file that the container sees, and pass its path',
    { bytes, bytesMax: lineBytesMax },
  );
}

function absolute(directory: string): string {
  if (directory.startsWith('/')) return directory;
  throw specInvalid(`the working directory "${directory.slice(0, 200)}" is not absolute`, 'Start it with "/"');
}

function variableName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name)) return name;
  throw specInvalid(
    `no shell can set a variable "${name.slice(0, 200)}"`,
    'Use letters, digits and "_" in names of variables, and no digit first',
  );
}
