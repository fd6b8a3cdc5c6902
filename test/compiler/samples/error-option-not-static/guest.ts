import { tool } from '@aria/sdk';

let changing = 5;
const computed = 2 * 3;
function make(): string[] {
  return [];
}
/** Not static. */
export const dynamic = tool({ timeout: changing, retryCount: computed, tokens: make(), name: `a${computed}`, memoryMiB: Math.random() > 2 ? 1 : 2 }, () => null);
const rest = make();
/** A spread that is not static. */
export const spread = tool({ tokens: ['kv:a:r', ...rest] }, () => null);
