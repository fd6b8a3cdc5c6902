import { tool } from '@aria/sdk';
import { Marked } from 'marked';

const marked = new Marked({ gfm: true }, { renderer: { heading: ({ text, depth }) => `<h${depth} id="${encodeURIComponent(text.toLowerCase())}">${text}</h${depth}>\n` } });

export const markedTool = tool({ description: 'GitHub’s Markdown to HTML with tables, tasks and a renderer of one’s own; tokens' }, ({ text }: { text: string }) => ({
  html: marked.parse(text, { async: false }),
  inline: marked.parseInline('a *b* `c<d>` <e@example.com>', { async: false }),
  tokens: marked.lexer(text).map(({ type }) => type),
}));

export const inputs = [
  { text: '# Grüße 😀\n\n* [x] done\n* [ ] **open** ~~old~~\n\n| a | b |\n|:--|--:|\n| 1 | `2` |\n\n```ts\nlet a = 1 < 2;\n```\n\n> quote\nhttps://example.com/ä <b>raw</b>\n\n1. one\n   - two\n' },
];
