import { tool } from '@aria/sdk';

/** No name. */
export default tool({}, () => null);
