import { tool } from '@aria/sdk';
import leven, { closestMatch } from 'leven';

export const levenTool = tool({ description: 'Distances between words, the nearest of a list' }, ({ word, words }: { word: string; words: string[] }) => ({
  distances: words.map((other) => leven(word, other)),
  bounded: words.map((other) => leven(word, other, { maxDistance: 2 })),
  nearest: closestMatch(word, words) ?? null,
}));

export const inputs = [{ word: 'größe', words: ['grösse', 'Größe', 'groß', '', 'grüße', '😀'] }];
