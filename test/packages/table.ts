/** The table of `docs/packages.md`, made of what the tests saw. */

/** A package as the table shows it. */
export interface PackageRow {
  readonly name: string;
  readonly version: string;
  /** What a tool did with it, or wanted to. */
  readonly exercised: string;
  /** Bytes of the tool's text with the package in it; absent where there is no such tool. */
  readonly sourceBytes?: number;
  /** Why it does not belong into a WASM tool, with the code that says so. */
  readonly refused?: {
    readonly code: string;
    readonly why: string;
    /** Whether it was called in a container, and answered as in Node. */
    readonly answers: boolean;
  };
}

const start = '<!-- table: written by test/packages -->';
const end = '<!-- end of table -->';

/** The document with the table of these rows in place of the one that it has. @throws {Error} where it has none. */
export function withTable(document: string, rows: readonly PackageRow[]): string {
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`Cannot write the table: the document has no "${start}" before "${end}"`);
  return `${document.slice(0, from)}${start}\n${tableOf(rows)}\n${document.slice(to)}`;
}

function tableOf(rows: readonly PackageRow[]): string {
  const sorted = rows.toSorted((a, b) => Number(a.refused !== undefined) - Number(b.refused !== undefined));
  return [
    '| package | version | exercised | belongs into | why | source |',
    '|---|---|---|---|---|---|',
    ...sorted.map(({ name, version, exercised, refused, sourceBytes }) =>
      [
        '',
        `\`${name}\``,
        version,
        exercised.replaceAll('|', '\\|'),
        refused === undefined ? 'a WASM tool' : 'a container',
        refused === undefined ? 'answers as in Node' : refusalText(refused),
        sourceBytes === undefined ? '' : `${Math.ceil(sourceBytes / 1024)} KiB`,
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ].join('\n');
}

function refusalText({ why, code, answers }: NonNullable<PackageRow['refused']>): string {
  return `${why} (\`${code}\`)${answers ? '; answers there as in Node' : ''}`;
}
