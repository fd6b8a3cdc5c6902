import { tool } from '@aria/sdk';

/** Wrong. */
export const wrong = tool({ timeout: '5', tokens: 'kv:a:r', description: 5, inputs: [] } as object, () => null);
