/** Numbers as people read them. */

/** Bytes as "12 B", "3.4 KiB", "1.2 MiB". */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** Rows as columns that stand below each other, two spaces between them. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>((all, row) => {
    for (const [index, cell] of row.entries()) all[index] = Math.max(all[index] ?? 0, cell.length);
    return all;
  }, []);
  return rows.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '),
  );
}

/** A text of unknown origin, safe for a terminal: control characters, but for tabs and line ends, stand as escapes. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) =>
    character === '\n' || character === '\t' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The same in a line of arc's own: further lines of the text are indented, so that none looks like one of arc's. */
export function printableInLine(text: string): string {
  return printable(text).replaceAll('\n', '\n    ');
}

/** "1 tool", "2 tools". */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
