import { tool } from '@aria/sdk';

export const first = tool({ name: 'first', description: 'Has a broken token', tokens: ['kw:orders:rw'] }, async (input: { id: string }) => ({ id: input.id }));
