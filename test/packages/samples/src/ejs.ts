import { tool } from '@aria/sdk';
import ejs from 'ejs';

export const ejsTool = tool({ description: 'Templates with code, escapes, and trimmed lines, compiled inside the sandbox' }, ({ template, items }: { template: string; items: string[] }) => {
  try {
    return ejs.render(template, { items });
  } catch (error) {
    return (error as Error).name;
  }
});

export const inputs = [
  { template: '<ul>\n<%_ for (const item of items) { -%>\n  <li><%= item %>|<%- item %></li>\n<%_ } -%>\n</ul><%# no %>', items: ['a & ü', '<b>'] },
  { template: '<%= missing.name %>', items: [] },
];
