import { tool } from '@aria/sdk';

/**
 * First line,
 * second line.
 *
 * Another paragraph with {@link other}.
 * @example ignored()
 */
export const documented = tool({}, () => null);
/** Not this. */
export const other = tool({ description: 'But this' }, () => null);
