import { tool } from '@aria/sdk';
import { load } from 'cheerio';

export const cheerio = tool({ description: 'HTML parsed by the standard, selectors, traversal, changes, tables to data' }, ({ html }: { html: string }) => {
  const $ = load(html);
  $('li.old').remove();
  $('ul').append('<li class="new">neu &amp; frisch</li>').attr('data-count', String($('li').length));
  return {
    title: $('title').text(),
    items: $('ul > li').map((_, item) => $(item).text().trim()).get(),
    links: $('a[href^="http"]:not(.x)').map((_, link) => $(link).attr('href')).get(),
    rows: $('tr').toArray().map((row) => $(row).find('td').toArray().map((cell) => $(cell).text())),
    html: $('ul').parent().html(),
    extracted: JSON.stringify($.extract({ links: [{ selector: 'a', value: 'href' }], first: 'li' })),
  };
});

export const inputs = [{ html: '<!doctype html><title>Grüße &#x1F600;</title><body><div><ul><li>eins<li class=old>zwei<li>drei &lt;</ul></div><a href=https://example.com/?a=1&amp;b=2>x</a><a class=x href="http://b">y</a><table><tr><td>1<td>ü</table>' }];
