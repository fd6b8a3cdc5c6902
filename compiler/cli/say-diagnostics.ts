/** Tells what is wrong with the source, each with its line, as an editor would show it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../check/diagnostic.ts';
import { formatDiagnostics } from '../check/format-diagnostics.ts';
import type { Terminal } from './terminal.ts';

/** More than this is counted, not listed; `--json` has all of them. */
const diagnosticsShownMax = 50;

/** Writes diagnostics to stderr. `directory`: what their files are relative to. */
export function sayDiagnostics(diagnostics: readonly Diagnostic[], directory: string, terminal: Terminal): void {
  if (diagnostics.length === 0) return;
  const shown = diagnostics.slice(0, diagnosticsShownMax);
  const text = formatDiagnostics(shown, {
    readSource: (file) => readText(join(directory, file)),
    colour: terminal.tints,
  });
  terminal.say(text.trimEnd());
  const more = diagnostics.length - shown.length;
  if (more > 0) terminal.say(`… and ${more} more; --json lists them all`);
}

/** `undefined` where it cannot be read, since the message stands without it. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
