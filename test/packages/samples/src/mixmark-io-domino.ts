import { tool } from '@aria/sdk';
import domino from '@mixmark-io/domino';

export const mixmarkIoDomino = tool({ description: 'A page as the DOM has it: queries, changes, events' }, ({ html }: { html: string }) => {
  const document = domino.createDocument(html);
  const list = document.querySelector('ul');
  const heard: string[] = [];
  const event = document.createEvent('Event');
  event.initEvent('ping', true, false);
  list?.addEventListener('ping', ({ type }) => heard.push(type));
  list?.dispatchEvent(event);
  const item = document.createElement('li');
  item.classList.add('a');
  item.setAttribute('data-x', 'ü & "😀"');
  list?.appendChild(item);
  return { items: Array.from(document.querySelectorAll('ul > li:not(.old)'), ({ textContent }) => textContent), html: document.body.innerHTML, heard };
});

export const inputs = [{ html: '<!doctype html><p id=p>a <b>c</b><ul><li>eins<li class="old">Gr&uuml;&szlig;e<li>&#x1F600;</ul>' }];
