import { tool } from '@aria/sdk';
import MiniSearch from 'minisearch';

export const minisearch = tool({ description: 'An index of full text with prefixes, fuzziness, filters, suggestions; kept as JSON' }, ({ texts, query }: { texts: string[]; query: string }) => {
  const options = { fields: ['text'], storeFields: ['text'] };
  const index = new MiniSearch(options);
  index.addAll(texts.map((text, id) => ({ id, text })));
  index.discard(0);
  const again = MiniSearch.loadJSON(JSON.stringify(index), options);
  return {
    found: again.search(query, { prefix: true, fuzzy: 0.2, filter: ({ id }) => id !== 3 }).map(({ id, score, terms }) => `${id} ${score.toFixed(6)} ${terms.join('+')}`),
    suggested: again.autoSuggest(query).map(({ suggestion }) => suggestion),
    count: again.documentCount,
  };
});

export const inputs = [{ texts: ['zen and the art', 'Zen Garten für alle', 'zenith of archery', 'zen', 'Grüße, zenartig — «Kunst»'], query: 'zen art' }];
