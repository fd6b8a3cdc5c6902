/** https://console.spec.whatwg.org/#table, in the manner of Node's. */
import { inspect } from './inspect.ts';

const rowsMax = 1_000;
const columnsMax = 50;
const valuesTitle = 'Values';

interface Row {
  readonly index: string;
  readonly value: unknown;
}

/** Rows in a frame, or undefined where the data is no table. */
export function table(data: unknown, wanted?: readonly string[]): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const rows = rowsOf(data).slice(0, rowsMax);
  const columns = wanted ?? columnsOf(rows);
  const primitives = rows.some(({ value }) => typeof value !== 'object' || value === null);
  const titles = [data instanceof Map || data instanceof Set ? '(iteration index)' : '(index)', ...columns];
  if (primitives) titles.push(valuesTitle);
  const cells = rows.map(({ index, value }) => {
    const isRow = typeof value === 'object' && value !== null;
    const row = columns.map((key) =>
      isRow && Object.hasOwn(value, key) ? cell((value as Record<string, unknown>)[key]) : '',
    );
    return primitives ? [index, ...row, isRow ? '' : cell(value)] : [index, ...row];
  });
  return framed(titles, cells);
}

function rowsOf(data: object): Row[] {
  if (data instanceof Map) {
    return [...data].map(([key, value], index) => ({
      index: String(index),
      value: { Key: key as unknown, Values: value as unknown },
    }));
  }
  if (data instanceof Set) return [...data].map((value: unknown, index) => ({ index: String(index), value }));
  return Object.entries(data).map(([index, value]) => ({ index, value: value as unknown }));
}

/* The keys of all rows in the order of an object that has them all: indexes first. */
function columnsOf(rows: readonly Row[]): readonly string[] {
  const found = new Map<string, boolean>();
  for (const { value } of rows) {
    if (typeof value === 'object' && value !== null) for (const key of Object.keys(value)) found.set(key, true);
  }
  return Object.keys(Object.fromEntries(found)).slice(0, columnsMax);
}

/* As Node does it: an object of more than two keys is only named. */
function cell(value: unknown): string {
  const isLarge = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 2;
  return inspect(value, { depth: isLarge ? -1 : 0 });
}

function framed(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map(
    (title, column) => rows.reduce((most, row) => Math.max(most, (row[column] ?? '').length), title.length) + 2,
  );
  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => '─'.repeat(width)).join(middle)}${right}`;
  const line = (row: readonly string[]): string =>
    `│${row.map((text, column) => ` ${text.padEnd((widths[column] ?? 0) - 1)}`).join('│')}│`;
  return [rule('┌', '┬', '┐'), line(titles), rule('├', '┼', '┤'), ...rows.map(line), rule('└', '┴', '┘')].join('\n');
}
