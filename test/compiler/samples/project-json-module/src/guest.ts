import { tool } from '@aria/sdk';
import rates from './rates.json' with { type: 'json' };

/** Gives the rates. */
export const all = tool({}, () => rates);
