import { tool } from '@aria/sdk';
import { TomlDate, TomlError, parse, stringify } from 'smol-toml';

export const smolToml = tool(
  { description: 'TOML 1.0 with dates of all four kinds, arrays of tables, big integers, faults with their lines' },
  ({ text }: { text: string }) => {
    try {
      const value = parse(text);
      const dates = Object.values(value).filter((entry) => entry instanceof TomlDate);
      return { value: JSON.stringify(value), text: stringify(value), dates: dates.map((date) => [date.isDate(), date.isTime(), date.isLocal()].join()) };
    } catch (error) {
      return { value: '', text: error instanceof TomlError ? `${error.line}:${error.column} ${error.message}` : String(error), dates: [] };
    }
  },
);

export const inputs = [
  { text: 'title = "ü\\u00e9 \\U0001F600"\nd1 = 1979-05-27T07:32:00-08:00\nd2 = 1979-05-27\nd3 = 07:32:00\nf = [1.5, -inf]\n[a.b]\nx = 0xDEAD_BEEF\n[[list]]\nn = 1\n[[list]]\nn = 2\n' },
  { text: 'a = 1\na = 2\n' },
];
