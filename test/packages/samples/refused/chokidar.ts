import { tool } from '@aria/sdk';
import { watch } from 'chokidar';

export const watchFolder = tool({ description: 'Folders watched' }, ({ folder }: { folder: string }) => {
  watch(folder);
});
