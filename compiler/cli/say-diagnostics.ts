/** Tells what is wrong with the source, each with its line, as an editor would show it. */
import { readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { printable, printableInLine } from '#terminal';
import type { Diagnostic } from '../check/diagnostic.ts';
import { formatDiagnostics } from '../check/format-diagnostics.ts';
import type { CommandContext } from './context.ts';

/** More than this is counted, not listed; `--json` has all of them. */
const diagnosticsShownMax = 50;

/** Writes diagnostics to stderr, with paths from where the user stands. `directory`: what their files are relative to. */
export function sayDiagnostics(
  diagnostics: readonly Diagnostic[],
  directory: string,
  { terminal, currentDirectory }: Pick<CommandContext, 'terminal' | 'currentDirectory'>,
  shownMax = diagnosticsShownMax,
): void {
  if (diagnostics.length === 0) return;
  const paths = new Map<string, string>();
  const shown = diagnostics.slice(0, shownMax).map((diagnostic) => {
    const path = join(directory, diagnostic.file);
    const file = printable(shownPath(path, currentDirectory)).replaceAll('\n', '\\n');
    paths.set(file, path);
    const { message, remedy } = diagnostic;
    return { ...diagnostic, file, message: printableInLine(message), remedy: printableInLine(remedy) };
  });
  const text = formatDiagnostics(shown, {
    readSource: (file) => readText(paths.get(file) ?? file),
    colour: terminal.tints,
  });
  terminal.say(text.trimEnd());
  const more = diagnostics.length - shown.length;
  if (more > 0) terminal.say(`… and ${more} more; --json lists them all`);
}

/** The shorter of the path from where the user stands and the whole path. */
function shownPath(path: string, currentDirectory: string): string {
  const near = relative(currentDirectory, path);
  return near !== '' && near.length < path.length ? near : path;
}

/** Files beyond this are shown without their line, as what is said about them is mostly that they are too large. */
const excerptBytesMax = 8 * 1024 * 1024;

/** `undefined` where it cannot be read, since the message stands without it; a pipe would never end. */
function readText(path: string): string | undefined {
  try {
    const status = statSync(path);
    return status.isFile() && status.size <= excerptBytesMax ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
