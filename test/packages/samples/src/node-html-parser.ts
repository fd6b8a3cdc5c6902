import { tool } from '@aria/sdk';
import { parse } from 'node-html-parser';

export const nodeHtmlParser = tool({ description: 'Fast HTML parsing, selectors, attributes, changes' }, ({ html }: { html: string }) => {
  const root = parse(html);
  root.querySelector('#list')?.insertAdjacentHTML('beforeend', '<li class="new">neu</li>');
  return {
    items: root.querySelectorAll('#list li').map((item) => item.text),
    structured: root.querySelector('div')?.structuredText ?? '',
    attributes: root.querySelectorAll('[data-a]').map((element) => JSON.stringify(element.attributes)),
    html: root.toString(),
  };
});

export const inputs = [{ html: '<div><ul id="list"><li>Grüße &amp; K&uuml;sse</li><li data-a="1" b>日本</li></ul><p>a<br>b</p></div>' }];
