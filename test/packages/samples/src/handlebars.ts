import { tool } from '@aria/sdk';
import Handlebars from 'handlebars';

const handlebars = Handlebars.create();
handlebars.registerHelper('shout', (text: string) => new Handlebars.SafeString(`<b>${Handlebars.escapeExpression(text).toUpperCase()}</b>`));
handlebars.registerPartial('line', '{{name}}: {{shout name}}\n');

export const handlebarsTool = tool({ description: 'Templates compiled inside the sandbox: helpers, partials, blocks, escapes, faults' }, ({ template, people }: { template: string; people: { name: string }[] }) => {
  try {
    return handlebars.compile(template)({ people });
  } catch (error) {
    return String(error);
  }
});

const people = [{ name: 'Zoë <z>' }, { name: 'straße' }];
export const inputs = [
  { template: '{{#each people}}{{@index}} {{> line}}{{else}}nobody{{/each}}{{#if people.length}}{{people.0.name}} {{{people.0.name}}}{{/if}}', people },
  { template: '{{#each people}}{{name}}{{else}}nobody{{/each}}', people: [] },
  { template: '{{#if people}}', people },
];
