/** What is in a text. */
export interface TextStats {
  words: number;
  characters: number;
  /** The longest word. */
  longest: string;
  /** The most frequent words with their counts, at most five. */
  frequent: { word: string; count: number }[];
}

/** The work that every benchmark of calls does: split, count, sort. */
export function textStats(text: string): TextStats {
  const words = text.toLowerCase().match(/[a-z']+/g) ?? [];
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequent = [...counts].map(([word, count]) => ({ word, count })).sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
  return {
    words: words.length,
    characters: text.length,
    longest: words.reduce((longest, word) => (word.length > longest.length ? word : longest), ''),
    frequent: frequent.slice(0, 5),
  };
}
