import { tool } from '@aria/sdk';
import fs from 'fs-extra';

export const copy = tool({ description: 'Folders copied' }, async ({ from, to }: { from: string; to: string }) => {
  await fs.copy(from, to);
});
