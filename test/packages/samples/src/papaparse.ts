import { tool } from '@aria/sdk';
import Papa from 'papaparse';

export const papaparse = tool(
  { description: 'CSV with guessed delimiters, headers, quotes, types, faults by row; writing' },
  ({ text }: { text: string }) => {
    const { data, errors, meta } = Papa.parse<Record<string, unknown>>(text, { header: true, dynamicTyping: true, skipEmptyLines: true });
    return {
      rows: JSON.stringify(data),
      faults: errors.map(({ code, row }) => `${code} ${row}`),
      meta: [meta.delimiter, meta.linebreak, ...(meta.fields ?? [])],
      written: Papa.unparse([{ a: 'x;y', b: '"q"' }, { a: 'zwei\nZeilen', b: 'ü' }], { delimiter: ';', newline: '\n' }),
    };
  },
);

export const inputs = [{ text: 'name;age;ok\r\n"Zoë ""Z""";31;true\r\nBob;x\r\n\r\n"two\r\nlines";2.5;false;more\r\n' }, { text: '\ufeffa,b\n1,2' }];
