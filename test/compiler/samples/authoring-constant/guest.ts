import { tool } from '@aria/sdk';

export const wordCount = tool({ name: 'word-count', description: 'Counts words' }, async (input: { text: string }) => ({
  count: input.text.split(/\s+/).filter(Boolean).length,
}));
