import { tool } from '@aria/sdk';
import { CsvError, parse } from 'csv-parse/browser/esm/sync';

export const csvParse = tool(
  { description: 'CSV records with columns, casts, comments and byte order marks; faults with their codes' },
  ({ text, strict }: { text: string; strict: boolean }) => {
    try {
      return JSON.stringify(parse(text, { columns: true, bom: true, trim: true, comment: '#', skip_empty_lines: true, relax_column_count: !strict, cast: (value, { column }) => (column === 'age' ? Number(value) : value) }));
    } catch (error) {
      return error instanceof CsvError ? `${error.code}: ${error.message}` : String(error);
    }
  },
);

export const inputs = [
  { text: '\ufeffname,age\n# nobody\n"Zoë, ""Z""", 31\n日本,7\n', strict: true },
  { text: 'a,b\n1,2,3\n', strict: true },
  { text: 'a,b\n1,2,3\n4\n', strict: false },
];
