import { tool } from '@aria/sdk';

type Level = 'low' | 'medium' | 'high';
const names = ['zoe', 'ann'] as const;

/** Takes it. */
export const take = tool({}, (input: { level: Level; size: 3 | 1 | 2; listed: (typeof names)[number]; mixed: 'b' | 1 | 'a' | null; optional?: Level }) => null);
