import { tool } from '@aria/sdk';
import lunr from 'lunr';

export const lunrTool = tool({ description: 'An index of full text with stemming, fields, boosts, wildcards, fuzzy terms' }, ({ texts, queries }: { texts: string[]; queries: string[] }) => {
  const index = lunr((builder) => {
    builder.ref('id');
    builder.field('text');
    texts.forEach((text, id) => builder.add({ id, text }));
  });
  const again = lunr.Index.load(JSON.parse(JSON.stringify(index)));
  return queries.map((query) => again.search(query).map(({ ref, score }) => `${ref} ${score.toFixed(6)}`));
});

export const inputs = [{ texts: ['The foxes were running quickly', 'A runner ran over the bridge', 'Über die Brücke läuft der Fuchs', 'quick brown fox'], queries: ['fox', 'run*', 'brücke', 'fax~1', '+fox -quickly', 'text:quick^10 bridge'] }];
