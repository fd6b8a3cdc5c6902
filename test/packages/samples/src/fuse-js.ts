import { tool } from '@aria/sdk';
import Fuse from 'fuse.js';

export const fuseJs = tool({ description: 'Fuzzy search with weights, scores, matches, and extended queries' }, ({ books, query }: { books: { title: string; author: string }[]; query: string }) => {
  const fuse = new Fuse(books, { keys: [{ name: 'title', weight: 2 }, 'author'], includeScore: true, includeMatches: true, threshold: 0.5, useExtendedSearch: true, ignoreDiacritics: true });
  return fuse.search(query).map(({ item, score = 0, matches = [] }) => ({ title: item.title, score: Math.round(score * 1e9) / 1e9, at: matches.map(({ key, indices }) => `${String(key)} ${indices.join(' ')}`) }));
});

const books = [{ title: 'Old Man’s War', author: 'John Scalzi' }, { title: 'Über die Brücke', author: 'Zoë Müller' }, { title: 'The Lock Artist', author: 'Steve Hamilton' }];
export const inputs = [{ books, query: 'brucke' }, { books, query: 'lok artst' }, { books, query: '^the !war | scalzi$' }];
