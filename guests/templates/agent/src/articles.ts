/** What the desk knows. A larger desk keeps its articles in a store: `kv`, `vectors` or `files` of '@aria/sdk'. */

/** An article. */
export interface Article {
  /** Lower-case words joined by dashes. */
  id: string;
  title: string;
  text: string;
}

/** All articles. */
export const articles: readonly Article[] = [
  {
    id: 'reset-password',
    title: 'Resetting a password',
    text: 'Choose "Forgot password" on the sign-in page. The link in the mail is good for one hour.',
  },
  {
    id: 'change-address',
    title: 'Changing the address of delivery',
    text: 'Until a parcel has left, its address can be changed under "My orders".',
  },
  {
    id: 'return-goods',
    title: 'Returning goods',
    text: 'Goods can be returned within 30 days. Print the label under "My orders" and hand the parcel in.',
  },
];

/** The articles that have the most words of a question, the best first. */
export function bestArticles(question: string, limit: number): Article[] {
  const words = wordsOf(question);
  return articles
    .map((article) => ({
      article,
      hits: [...wordsOf(`${article.title} ${article.text}`)].filter((word) => words.has(word)).length,
    }))
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => b.hits - a.hits)
    .slice(0, limit)
    .map(({ article }) => article);
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[a-z]{3,}/g));
}
