/** aria.toml with the places of its tables and keys, which the parser does not keep. */
import { TomlError, parse } from 'smol-toml';
import type { DiagnosticCollector, Place } from '../check/diagnostic.ts';
import { readConfigText } from './config-text.ts';

/** The name of the file. */
export const tomlName = 'aria.toml';

/** A table as it was parsed; untrusted keys reach no prototype. */
export type TomlTable = ReadonlyMap<string, unknown>;

/** The parsed file. */
export class TomlFile {
  readonly table: TomlTable;
  readonly #places: ReadonlyMap<string, Place>;

  constructor(table: TomlTable, places: ReadonlyMap<string, Place>) {
    this.table = table;
    this.#places = places;
  }

  /** Where a table or a key is; that of the nearest one around it where the key itself stands in an inline table. */
  place(path: readonly (string | number)[]): Place {
    for (let length = path.length; length > 0; length -= 1) {
      const found = this.#places.get(pathKey(path.slice(0, length)));
      if (found !== undefined) return found;
      const within = `${pathKey(path.slice(0, length)).slice(0, -1)},`;
      for (const [key, place] of this.#places) if (key.startsWith(within)) return place;
    }
    return { file: tomlName, line: 1, column: 1 };
  }
}

/** The file of a project that has none. */
export const noToml = new TomlFile(new Map(), new Map());

/** Reads aria.toml of a directory; an empty one where there is none, or where it cannot be read, which is reported. */
export function readTomlFile(directory: string, collector: DiagnosticCollector): TomlFile {
  const text = readConfigText(directory, tomlName, collector);
  return text === undefined ? noToml : parseTomlFile(text, collector);
}

/** The same of a text. */
export function parseTomlFile(text: string, collector: DiagnosticCollector): TomlFile {
  try {
    return new TomlFile(tableOf(parse(text)), placesOf(text));
  } catch (error) {
    const { line, column } = error instanceof TomlError ? error : { line: 1, column: 1 };
    const [message = ''] = error instanceof Error ? error.message.split('\n') : [];
    collector.report(
      { file: tomlName, line, column },
      { code: 'PROJECT_INVALID', message: `Cannot read "${tomlName}": ${message}`, remedy: 'Correct the TOML' },
    );
    return noToml;
  }
}

/** A value as a table; an empty one where it is none. */
export function tableOf(value: unknown): TomlTable {
  return new Map(isTable(value) ? Object.entries(value) : []);
}

/** Whether a value is a table. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

const header = /^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?/;
const assignment =
  /^\s*((?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'))*)\s*=/;
const part = /[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'/g;

/** The places of headers and keys by line; the text is known to be TOML. */
function placesOf(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const counts = new Map<string, number>();
  let table: readonly (string | number)[] = [];
  let fence: string | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (fence !== undefined) {
      if (line.includes(fence)) fence = undefined;
      continue;
    }
    const [, bracket, path = ''] = header.exec(line) ?? [];
    const [whole = '', key = ''] = bracket === undefined ? (assignment.exec(line) ?? []) : [];
    if (bracket === '[[') {
      const name = namesOf(path, counts);
      const count = counts.get(pathKey(name)) ?? 0;
      counts.set(pathKey(name), count + 1);
      table = [...name, count];
    } else if (bracket === '[') table = namesOf(path, counts);
    else if (key === '') continue;
    const at = bracket === undefined ? [...table, ...namesOf(key, new Map())] : table;
    const start = line.length - line.trimStart().length;
    if (!places.has(pathKey(at)))
      places.set(pathKey(at), {
        file: tomlName,
        line: index + 1,
        column: start + 1,
        endColumn: start + 1 + (key || line.trim()).length,
      });
    fence = openFence(line.slice(whole.length));
  }
  return places;
}

/** The names of a dotted path; a list of tables on the way stands for its last one. */
function namesOf(path: string, counts: ReadonlyMap<string, number>): readonly (string | number)[] {
  const names: (string | number)[] = [];
  const parts = path.match(part) ?? [];
  for (const [index, text] of parts.entries()) {
    names.push(unquoted(text));
    const count = counts.get(pathKey(names));
    if (count !== undefined && index < parts.length - 1) names.push(count - 1);
  }
  return names;
}

function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

/** The end of a text of several lines that begins in this line and does not end in it. */
function openFence(line: string): string | undefined {
  return ['"""', "'''"].find((quotes) => line.includes(quotes) && line.split(quotes).length % 2 === 0);
}

function pathKey(path: readonly (string | number)[]): string {
  return JSON.stringify(path);
}
