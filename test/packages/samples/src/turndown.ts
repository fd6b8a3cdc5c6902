import { tool } from '@aria/sdk';
import domino from '@mixmark-io/domino';
import TurndownService from 'turndown';

const service = new TurndownService({ headingStyle: 'atx', bulletListMarker: '-', codeBlockStyle: 'fenced' });
service.addRule('strike', { filter: ['del'], replacement: (content) => `~~${content}~~` });

export const turndown = tool({ description: 'HTML to Markdown with rules of one’s own; the page comes from domino, since a tool has no document' }, ({ html }: { html: string }) =>
  service.turndown(domino.createDocument(html).body as never),
);

export const inputs = [{ html: '<h1>Grüße</h1><p>a <b>b</b> <i>c</i> <del>d</del> <a href="http://x/ü" title="t">l</a></p><ul><li>1<ol><li>2</li></ol></li></ul><pre><code class="language-js">a &lt; b</code></pre><blockquote>q</blockquote><img src="i.png" alt="_x_">' }];
