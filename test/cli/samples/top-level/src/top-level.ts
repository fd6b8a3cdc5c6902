import { tool } from '@aria/sdk';

function readSettings(): string {
  throw new Error('no settings here');
}

const settings = readSettings();

export const first = tool({ name: 'first', description: 'Cannot be loaded' }, async (input: { id: string }) => ({ id: input.id, settings }));
