import { tool } from '@aria/sdk';

// Never ends, so that whoever builds this has to be interrupted.
let rounds = 0;
while (rounds >= 0) rounds = (rounds + 1) % 1_000;

export const count = tool({ name: 'count', description: 'Tells the rounds' }, async (): Promise<{ rounds: number }> => ({ rounds }));
