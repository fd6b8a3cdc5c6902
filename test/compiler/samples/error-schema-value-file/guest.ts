import { tool } from '@aria/sdk';
import { z } from 'zod';

/** Takes a file. */
export const take = tool({ inputs: z.object({ scan: z.file().max(1000) }) }, () => null);
