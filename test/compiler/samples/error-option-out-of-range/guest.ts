import { tool } from '@aria/sdk';

/** Too much. */
export const much = tool({ timeout: 90_000_000, computeMs: 0, memoryMiB: 1.5, retryCount: -1 }, () => null);
/** Too little. */
export const little = tool({ timeout: 0, memoryMiB: 70_000, retryCount: 101 }, () => null);
