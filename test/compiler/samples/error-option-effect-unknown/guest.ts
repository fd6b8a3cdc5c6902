import { tool } from '@aria/sdk';

/** Wrong. */
export const wrong = tool({ effect: 'idempotant' } as object, () => null);
