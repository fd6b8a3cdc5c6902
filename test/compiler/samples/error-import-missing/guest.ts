import { tool } from '@aria/sdk';
import { gone } from './gone.ts';
import left from 'left-pad-that-is-not-installed';
import deep from '@scope/also-not/deep';

/** Imports what is not there. */
export const wrong = tool({}, () => [gone, left, deep]);
