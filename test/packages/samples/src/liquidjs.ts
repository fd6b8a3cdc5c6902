import { tool } from '@aria/sdk';
import { Liquid } from 'liquidjs';

const liquid = new Liquid({ timezoneOffset: 0, templates: { card: '<{{ name | upcase }}>' } });
liquid.registerFilter('shout', (text: string) => `${text}!`);

export const liquidjs = tool({ description: 'Templates with loops, filters, dates, partials, faults with their lines' }, async ({ template, names }: { template: string; names: string[] }) => {
  try {
    return (await liquid.parseAndRender(template, { names, when: '2026-05-06T07:08:09Z' })) as string;
  } catch (error) {
    return (error as Error).message;
  }
});

const names = ['Zoë', 'straße', '日本'];
export const inputs = [
  { template: '{% for name in names reversed %}{{ forloop.index }} {{ name | capitalize | shout | escape }}{% unless forloop.last %}, {% endunless %}{% endfor %} {{ when | date: "%A, %d %B %Y %H:%M" }} {% render "card", name: names[1] %} {{ names | sort | join: "+" | size }} {{ 10.5 | plus: 2 | round }}', names },
  { template: '{% if names %}', names },
  { template: '{{ names | map: "length" | join }} {% assign x = "a,b" | split: "," %}{{ x.last }}', names },
];
