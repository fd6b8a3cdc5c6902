import { tool } from '@aria/sdk';

const table = { red: 1, green: 2 } as const;
/** Infers. */
export const infer = tool({}, async ({ colour }: { colour: keyof typeof table }) => ({
  value: table[colour],
  names: Object.keys(table),
  pair: [colour, 1] as const,
  nested: { found: colour in table, when: new Date(0).toISOString() },
}));
