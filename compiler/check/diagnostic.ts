/** What the compiler says about a user's source: values, collected, sorted and printed once. */
import type { DiagnosticCode } from './codes.ts';

/** `error` stops the build; `warning` does not. */
export type Severity = 'error' | 'warning';

/** Where a diagnostic points. Lines and columns count from 1; columns count UTF-16 units. */
export interface Place {
  /** Relative to the project's directory, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Column after the last character, where the range ends on the same line. */
  readonly endColumn?: number;
}

/** A failure of the user's source, with its place and what to do about it. */
export interface Diagnostic extends Place {
  /** One of ours, or `TS` and the number of TypeScript's own. */
  readonly code: DiagnosticCode | `TS${number}`;
  readonly severity: Severity;
  /** "Cannot <action>: <state>", without a full stop; TypeScript's own words for a `TS` code. */
  readonly message: string;
  /** An imperative that the reader can carry out now. */
  readonly remedy: string;
}

/** Collects the diagnostics of one build. */
export class DiagnosticCollector {
  readonly #collected: Diagnostic[] = [];

  /** Reports a failure of the source; `severity` is `error` unless it says otherwise. */
  report(place: Place, facts: Omit<Diagnostic, keyof Place | 'severity'> & { readonly severity?: Severity }): void {
    this.#collected.push({
      code: facts.code,
      severity: facts.severity ?? 'error',
      message: facts.message,
      remedy: facts.remedy,
      file: place.file,
      line: place.line,
      column: place.column,
      ...(place.endColumn === undefined ? {} : { endColumn: place.endColumn }),
    });
  }

  /** How many have been reported so far. */
  get count(): number {
    return this.#collected.length;
  }

  /** Whether something of ours is already said about this very place. */
  hasAt(place: Place): boolean {
    return this.#collected.some(
      ({ file, line, column }) => file === place.file && line === place.line && column === place.column,
    );
  }

  /** Whether an error of ours is already said about this line. */
  hasOnLine(file: string, line: number): boolean {
    return this.#collected.some(
      (one) => one.file === file && one.line === line && one.severity === 'error' && !one.code.startsWith('TS'),
    );
  }

  /** Everything that was reported, in the order of the source, without repetition. */
  sorted(): readonly Diagnostic[] {
    return sortDiagnostics(this.#collected);
  }
}

/** Sorts by file, place and code; of several that say the same of one place (a type of two tools) the first is kept. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = diagnostics.toSorted(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
  const kept = new Map<string, Diagnostic>();
  for (const diagnostic of sorted) {
    const { file, line, column, code, remedy } = diagnostic;
    const key = JSON.stringify([file, line, column, code, remedy]);
    if (!kept.has(key)) kept.set(key, diagnostic);
  }
  return [...kept.values()];
}

/** Whether a build has to stop. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** Orders by code units, whatever the locale of the machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
