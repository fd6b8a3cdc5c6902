/** Writes one dependency into the text of aria.toml, and leaves every other character as its author wrote it. */
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import { DiagnosticCollector } from '../check/diagnostic.ts';
import { isTable, parseTomlFile, tomlName } from '../read/toml-file.ts';
import { projectFileInvalid } from './errors.ts';

const table = 'dependencies';
const header = /^\s*\[\s*(?:dependencies|"dependencies"|'dependencies')\s*\]\s*(?:#.*)?$/;
const anyHeader = /^\s*\[/;
/** A key with its value in quotes, and what is behind it. */
const line = /^(\s*(?:"[^"]*"|'[^']*'|[\w-]+(?:\s*\.\s*[\w-]+)*)\s*=\s*)(?:"[^"\\]*"|'[^']*')(.*)$/;

/** A dependency to be written. */
export interface DependencyLine {
  readonly name: string;
  readonly range: string;
}

/**
 * The text with the dependency in it: a new line in `[dependencies]`, or another value in the line that is there.
 * @param text of aria.toml, which is known to be TOML; `undefined` where there is no such file
 * @throws {CodedError} `CONFIG_INVALID` where it is written in a form that is not edited
 */
export function withDependency(text: string | undefined, wanted: DependencyLine): string {
  const before = text ?? '';
  const edited = edit(before, wanted);
  // Nothing but this one value may differ; TOML has more forms than are looked for here.
  if (edited === undefined || !isDeepStrictEqual(parsed(edited), expected(before, wanted)))
    throw projectFileInvalid(
      tomlName,
      `its [${table}] is not written line by line`,
      `Write ${wanted.name} = ${JSON.stringify(wanted.range)} into it yourself, and run "arc install"`,
    );
  return edited;
}

function edit(text: string, { name, range }: DependencyLine): string | undefined {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(lineEnd);
  const value = JSON.stringify(range);
  const written = `${name} = ${value}`;
  const file = parseTomlFile(text.replace(/^\uFEFF/, ''), new DiagnosticCollector());
  const known = file.table.get(table);
  if (isTable(known) && Object.hasOwn(known, name)) {
    const index = file.place([table, name]).line - 1;
    const [, key, rest = ''] = line.exec(lines[index] ?? '') ?? [];
    return key === undefined ? undefined : lines.with(index, `${key}${value}${rest}`).join(lineEnd);
  }
  if (known === undefined) return appended(text, [`[${table}]`, written], lineEnd);
  const start = file.place([table]).line - 1;
  if (!header.test(lines[start] ?? '')) return undefined;
  return lines.toSpliced(endOfTable(lines, start), 0, written).join(lineEnd);
}

/** The line after the last one of a table that says something; what is blank before the next header stays there. */
function endOfTable(lines: readonly string[], start: number): number {
  const next = lines.findIndex((one, index) => index > start && anyHeader.test(one));
  let end = next < 0 ? lines.length : next;
  while (end > start + 1 && /^\s*(?:#.*)?$/.test(lines[end - 1] ?? '')) end -= 1;
  return end;
}

function appended(text: string, added: readonly string[], lineEnd: string): string {
  if (text.trim() === '') return `${text}${added.join(lineEnd)}${lineEnd}`;
  const closed = text.endsWith(lineEnd) ? text : `${text}${lineEnd}`;
  return `${closed}${lineEnd}${added.join(lineEnd)}${lineEnd}`;
}

function parsed(text: string): unknown {
  try {
    return parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function expected(text: string, { name, range }: DependencyLine): unknown {
  const document = parsed(text);
  if (!isTable(document)) return undefined;
  const known = document[table];
  const likeParsed = (...parts: readonly object[]): object =>
    Object.assign(Object.create(Object.getPrototypeOf(document)) as object, ...parts);
  return likeParsed(document, { [table]: likeParsed(isTable(known) ? known : {}, { [name]: range }) });
}
