import { tool } from '@aria/sdk';
import { limits } from '../limits.ts';

/** Second. */
export const alpha = tool({ timeout: limits.timeout }, () => 2);
