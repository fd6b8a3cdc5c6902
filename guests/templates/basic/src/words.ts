import { tool } from '@aria/sdk';

/** How many words a text has. */
export function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

/** A tool can be a function too; this one touches nothing, so it has no tokens. */
export const wordCount = tool(
  { name: 'wordCount', description: 'Counts the words of a text' },
  (input: { text: string }): { words: number } => ({ words: countWords(input.text) }),
);
