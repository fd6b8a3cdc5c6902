import { tool } from '@aria/sdk';
/** Is fine itself. */
export const fine = tool({ timeOut: 1 }, () => 1);
