import { tool } from '@aria/sdk';
import MarkdownIt from 'markdown-it';

const markdown = new MarkdownIt({ linkify: true, typographer: true, breaks: true });

export const markdownIt = tool({ description: 'CommonMark with links found in text, typographic quotes, tables, entities' }, ({ text }: { text: string }) => ({
  html: markdown.render(text),
  inline: markdown.renderInline('**a** &amp; &copy; &#128512;'),
  tokens: markdown.parse(text, {}).map(({ type, nesting }) => `${type} ${nesting}`),
}));

export const inputs = [{ text: '# "Quotes" -- and... (c)\n\nSee www.bücher.example/a?b=ü or a@example.com\n\n| a | b |\n|---|---|\n| x | ~~y~~ |\n\n    code <b>\n\n[l](http://example.com/ä "t")  ![i](javascript:alert)\n' }];
