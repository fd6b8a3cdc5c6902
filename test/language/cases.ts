/**
 * The cases: plain JavaScript in `cases/*.js`, each the body of an async function behind a line `//# name`.
 * They are text and never imported, so that nothing but the two engines reads them.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const directory = join(import.meta.dirname, 'cases');

/** A case. */
export interface LanguageCase {
  /** Its file without `.js`. */
  readonly area: string;
  /** What it shows; unique in the suite. */
  readonly name: string;
  /** Body of an async function. */
  readonly source: string;
}

/** What a case came to: a value as `show` writes it, or the name of what was thrown. */
export type CaseResult = { readonly value: string } | { readonly thrown: string };

function readCases(file: string): LanguageCase[] {
  const [, ...parts] = readFileSync(join(directory, file), 'utf8').split(/^\/\/# /m);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { area: basename(file, '.js'), name: part.slice(0, end), source: part.slice(end + 1) };
  });
}

/** Every case, by area. */
export const languageCases: readonly LanguageCase[] = readdirSync(directory)
  .filter((file) => file.endsWith('.js'))
  .toSorted()
  .flatMap(readCases);

/** JavaScript of a function `runCase(source)` that gives a `CaseResult`; both engines evaluate this text. */
export const runCaseText = `${readFileSync(join(import.meta.dirname, 'show.js'), 'utf8')}
const AsyncFunction = (async () => {}).constructor;
async function runCase(source) {
  try {
    return { value: JSON.stringify(show(await new AsyncFunction(source)())) };
  } catch (error) {
    return { thrown: String((error && error.name) || error) };
  }
}
`;
