import { tool } from '@aria/sdk';

interface Input {
  lines: number[];
  name?: string;
}
/** Contradicts itself. */
export const sum = tool(
  { inputs: { lines: 'string', nane: 'string', note: 'text' } as never, outputs: { total: 'string' } },
  (input: Input) => ({ total: input.lines.length, more: input.name ?? '' }),
);
/** Has no properties. */
export const none = tool({ outputs: { total: 'number' } }, () => 5);
