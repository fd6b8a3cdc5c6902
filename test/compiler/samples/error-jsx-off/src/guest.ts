import { tool } from '@aria/sdk';
import { page } from './page.tsx';

/** Shows a page. */
export const show = tool({}, () => page());
