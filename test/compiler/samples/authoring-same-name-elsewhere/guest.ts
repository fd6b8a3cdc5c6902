import { tool as real } from '@aria/sdk';

function tool(options: { name: string }, run: () => void): () => void {
  return options.name === '' ? run : () => {};
}
export const notATool = tool({ name: 'x' }, () => {});
/** The only tool. */
export const isATool = real({}, () => null);
