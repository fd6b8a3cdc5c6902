import { aria, kv, log, tool, ToolError } from '@aria/sdk';
import { type Article, articles, bestArticles } from './articles.ts';

/** A ticket as it is kept. */
interface Ticket {
  subject: string;
  body: string;
  priority: 'low' | 'normal' | 'high';
  openedAt: string;
}

const tickets = kv('project-name.tickets');

@aria({
  name: 'project-name',
  version: '0.1.0',
  description: 'A help desk: an agent, and the tools that it works with',
})
export class DeskTools {
  /** Finds the articles that fit a question best. */
  @tool()
  findArticles(input: {
    /** The question, in the customer's own words. */
    query: string;
    /**
     * @minimum 1
     * @maximum 10
     * @integer
     * @default 3
     */
    limit?: number;
  }): { articles: { id: string; title: string }[] } {
    return { articles: bestArticles(input.query, input.limit ?? 3).map(({ id, title }) => ({ id, title })) };
  }

  /** Gives an article as a whole. */
  @tool()
  readArticle(input: {
    /** As findArticles gives it. */
    id: string;
  }): Article {
    const article = articles.find(({ id }) => id === input.id);
    if (article === undefined) {
      throw new ToolError('ARTICLE_UNKNOWN', `Cannot read "${input.id}": there is no such article`);
    }
    return article;
  }

  /** Opens a ticket for a person to answer, and gives its number. */
  @tool({ tokens: ['kv:project-name:rw'] })
  async openTicket(input: {
    /** @maxLength 200 */
    subject: string;
    body: string;
    /** @default "normal" */
    priority?: 'low' | 'normal' | 'high';
  }): Promise<{ number: string }> {
    const { subject, body, priority = 'normal' } = input;
    const ticket: Ticket = { subject, body, priority, openedAt: new Date().toISOString() };
    const number = crypto.randomUUID().slice(0, 8);
    await tickets.setJson(number, ticket);
    log.info('ticket opened', { number, priority });
    return { number };
  }
}
