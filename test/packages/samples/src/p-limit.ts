import { tool } from '@aria/sdk';
import pLimit from 'p-limit';

export const pLimitTool = tool({ description: 'Promises side by side up to a maximum, in the order of their start' }, async ({ jobs, width }: { jobs: number[]; width: number }) => {
  const limit = pLimit(width);
  let [open, most] = [0, 0];
  const results = await Promise.all(jobs.map((job) => limit(async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setTimeout(resolve, 1));
    open -= 1;
    return job * 2;
  })));
  const mapped = await limit.map(jobs, async (job) => `#${job}`);
  return { results, most, mapped, left: [limit.activeCount, limit.pendingCount] };
});

export const inputs = [{ jobs: [5, 1, 3, 2, 8, 13], width: 2 }];
