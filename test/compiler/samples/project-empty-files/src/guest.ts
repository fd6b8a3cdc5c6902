import { tool } from '@aria/sdk';
import './empty.ts';
import './comments.ts';
/** Imports nothing. */
export const fine = tool({}, () => 1);
