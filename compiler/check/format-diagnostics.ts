/** Diagnostics as text for people: place, message, the line with a caret under what is meant, and what to do. */
import { type Diagnostic, type Severity, sortDiagnostics } from './diagnostic.ts';

/** How the text comes about. */
export interface DiagnosticFormat {
  /** The text of a file, by its path in the diagnostics; `undefined` where there is none. */
  readonly readSource: (file: string) => string | undefined;
  /** Whether to colour for a terminal. Default: no. */
  readonly colour?: boolean;
}

/** What TypeScript counts as the end of a line. */
const lineEnd = /\r\n|[\n\r\u2028\u2029]/;
/** Longer lines, of generated code, are shown as a window of this many characters around the caret. */
const lineCharactersMax = 120;
const colours: Readonly<Record<Severity | 'place' | 'quiet', string>> = {
  error: '\u001B[31;1m',
  warning: '\u001B[33;1m',
  place: '\u001B[1m',
  quiet: '\u001B[2m',
};

/** Writes diagnostics in the order of the source, then how many there are; empty for none. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], format: DiagnosticFormat): string {
  if (diagnostics.length === 0) return '';
  const sources = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const known = sources.get(file) ?? format.readSource(file)?.split(lineEnd) ?? [];
    sources.set(file, known);
    return known;
  };
  const parts = sortDiagnostics(diagnostics).map((diagnostic) =>
    formatOne(diagnostic, linesOf(diagnostic.file), format.colour ?? false),
  );
  return `${parts.join('\n')}\n${summary(diagnostics)}\n`;
}

function formatOne(diagnostic: Diagnostic, lines: readonly string[], colour: boolean): string {
  const { file, line, column, severity, code, message, remedy } = diagnostic;
  const tint = (kind: keyof typeof colours, text: string): string =>
    colour ? `${colours[kind]}${text}\u001B[0m` : text;
  const head = `${tint('place', `${file}:${line}:${column}`)} ${tint(severity, `${severity} ${code}`)} ${message}`;
  const text = lines[line - 1];
  const gutter = `${line} | `;
  const excerpt = text === undefined ? [] : excerptOf(diagnostic, text);
  const shown = excerpt.map((part, index) => {
    const before = index === 0 ? gutter : `${' '.repeat(gutter.length - 2)}| `;
    return `  ${tint('quiet', before)}${index === 0 ? part : tint(severity, part)}`;
  });
  return [head, ...shown, `  ${tint('quiet', 'remedy:')} ${remedy}`, ''].join('\n');
}

/** The line and the carets below it, as wide as a terminal shows them. */
function excerptOf({ column, endColumn }: Diagnostic, text: string): readonly string[] {
  const start = column - 1;
  const end = Math.min(
    Math.max(endColumn === undefined ? column : endColumn - 1, column),
    Math.max(text.length, column),
  );
  const from =
    text.length <= lineCharactersMax
      ? 0
      : Math.max(0, Math.min(start - lineCharactersMax / 4, text.length - lineCharactersMax));
  const window = text.slice(from, from + lineCharactersMax);
  // A character that steers a terminal is shown as one that does not, as wide, so that the carets stay below what they mean.
  const shown = window
    .replaceAll('\t', ' ')
    .replaceAll(/(?!\u200D)[\p{Cc}\p{Cf}]/gu, (character) => '\uFFFD'.repeat(character.length));
  const carets = Math.max(1, Math.min(end, from + lineCharactersMax) - start);
  const padding = shown.slice(0, start - from);
  return [shown, `${' '.repeat(cells(padding))}${'^'.repeat(Math.max(1, cells(text.slice(start, start + carets))))}`];
}

/** How many cells of a terminal a text takes: wide characters take two, marks none. */
function cells(text: string): number {
  let count = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    count += /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u.test(
      character,
    )
      ? 2
      : 1;
  }
  return count;
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const counted = [counting(errors, 'error'), counting(diagnostics.length - errors, 'warning')];
  return counted.filter((text) => text !== '').join(', ');
}

function counting(count: number, noun: string): string {
  if (count === 0) return '';
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
