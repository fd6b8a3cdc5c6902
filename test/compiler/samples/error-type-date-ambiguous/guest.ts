import { type Json, tool } from '@aria/sdk';

interface Loose {
  either: Date | string;
  number: bigint | string;
  both: Date | bigint;
  literal: Date | '2026-01-31T08:00:00Z';
  digit: bigint | '5';
  template: Date | `at ${string}`;
  any: Date | Json;
  lists: Date[] | string[];
  pairs: [Date, string] | [string, Date];
  tables: Record<string, Date> | Record<string, string>;
  shapes: { at: Date } | { at: string; where: string };
  deep: { list: { v: { at: Date }[] } | { v: { at: string }[]; w: 1 } }[];
}

/** Takes them. */
export const take = tool({}, (_input: Loose) => null);
/** Gives one of them. */
export const give = tool({}, (input: { text: string }): { found: Date | string } => ({ found: input.text }));
