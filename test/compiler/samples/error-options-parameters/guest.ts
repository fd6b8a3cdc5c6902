import { tool } from '@aria/sdk';

/** Takes them. */
export const take = tool(
  {
    parameters: [
      { name: 'count', type: 'string', required: false },
      { name: 'text', type: 'string', format: 'emial' },
      { name: 'size', type: 'number', format: 'date' },
      { name: 'more', type: 'object', required: true },
      { name: 'mor', type: 'any' },
      { name: 'count', type: 'number', requird: true },
      { type: 'string' },
      'text',
    ],
  } as object,
  (_input: { count: number; text: string; size: number; more?: { a: number }; when: Date }) => null,
);
/** Takes one. */
export const computed = tool({ parameters: [{ name: 'a'.repeat(2), type: 'string' }] }, (_input: { aa: string }) => null);
