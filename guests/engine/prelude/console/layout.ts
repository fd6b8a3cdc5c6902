/** Lines and columns of `inspect`, by the rules of Node's `util.inspect` (compact: 3, breakLength: 80). */

const lineMax = 80;
const columnsMax = 15;
const shownMax = 100;

/** Entries between braces: on one line where they fit. */
export function fitted(
  entries: readonly string[],
  { base, open, close }: { readonly base: string; readonly open: string; readonly close: string },
  { oneLine, indentation }: { readonly oneLine: boolean; readonly indentation: number },
): string {
  const head = `${base === '' ? '' : `${base} `}${open}`;
  if (oneLine) {
    const start = entries.length + indentation + open.length + base.length + 10;
    const width = entries.reduce((sum, entry) => sum + entry.length, entries.length + start);
    const joined = entries.join(', ');
    if (width <= lineMax && !base.includes('\n') && !joined.includes('\n')) return `${head} ${joined} ${close}`;
  }
  const gap = `\n${' '.repeat(indentation)}`;
  return `${head}${gap}  ${entries.join(`,${gap}  `)}${gap}${close}`;
}

/** More than six short items of a list in columns. */
export function grouped(entries: readonly string[], list: readonly unknown[], indentation: number): readonly string[] {
  const count = list.length > shownMax ? entries.length - 1 : entries.length;
  const widths = entries.slice(0, count).map((entry) => entry.length);
  const widest = Math.max(...widths) + 2;
  const total = widths.reduce((sum, width) => sum + width + 2, 0);
  if (widest * 3 + indentation >= lineMax || (total / widest <= 5 && widest > 8)) return entries;
  const bias = Math.max(widest - 3 - Math.sqrt(widest - total / entries.length), 1);
  const columns = Math.min(
    Math.round(Math.sqrt(2.5 * bias * count) / bias),
    Math.floor((lineMax - indentation) / widest),
    12,
    columnsMax,
  );
  if (columns <= 1) return entries;
  const columnWidths = Array.from({ length: columns }, (_, column) =>
    widths.reduce((most, width, place) => (place % columns === column ? Math.max(most, width) : most), 0),
  );
  const numeric = list.every((item) => typeof item === 'number' || typeof item === 'bigint');
  const lines: string[] = [];
  for (let start = 0; start < count; start += columns) {
    const row = entries.slice(start, Math.min(start + columns, count));
    lines.push(rowText(row, columnWidths, numeric));
  }
  return [...lines, ...entries.slice(count)];
}

function rowText(row: readonly string[], widths: readonly number[], numeric: boolean): string {
  return row
    .map((entry, column) => {
      const width = widths[column] ?? 0;
      const last = column === row.length - 1;
      if (numeric) return last ? entry.padStart(width) : `${entry}, `.padStart(width + 2);
      return last ? entry : `${entry}, `.padEnd(width + 2);
    })
    .join('');
}
