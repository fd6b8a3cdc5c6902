import { tool } from '@aria/sdk';
import { closest, distance } from 'fastest-levenshtein';

export const fastestLevenshtein = tool({ description: 'Distances by bits in typed arrays, also of long texts' }, ({ word, words }: { word: string; words: string[] }) => ({
  distances: words.map((other) => distance(word, other)),
  nearest: closest(word, words),
  long: distance(word.repeat(40), words.join('').repeat(9)),
}));

export const inputs = [{ word: 'größe', words: ['grösse', 'Größe', 'groß', 'grüße', '日本語'] }];
