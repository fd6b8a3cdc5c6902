import { tool } from '@aria/sdk';
import Mustache from 'mustache';

export const mustache = tool({ description: 'Sections, inverted sections, partials, lambdas, delimiters' }, ({ template, names }: { template: string; names: string[] }) =>
  Mustache.render(template, { names, empty: names.length === 0, bold: () => (text: string, render: (text: string) => string) => `<b>${render(text)}</b>` }, { item: '[{{.}}]' }),
);

export const inputs = [{ template: '{{#names}}{{> item}} {{#bold}}{{.}}{{/bold}};{{/names}}{{^names}}none{{/names}}{{=<% %>=}}<% names.0 %> <%& names.1 %>', names: ['Zoë', '<b>', '日本'] }, { template: '{{^names}}none{{/names}}{{#empty}}!{{/empty}}', names: [] }];
