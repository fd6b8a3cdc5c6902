/** A host of its own, to be killed while its containers multiply. Arguments: back end, state directory, owner, root directory. Says the first processes, and waits. */
import process from 'node:process';
import type { BackendName } from '../../../quilt-adapter/containers/backend.ts';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { firstLine, mebibyte } from '../containers/backend-under-test.ts';

const [, , name, stateDirectory = '', owner = '', rootDirectory = ''] = process.argv;
const backend = await openBackend({ choice: name as BackendName, allowNone: false, stateDirectory, owner });
const pids: number[] = [];
for (const guest of ['fork-tree', 'outlive', 'waits']) {
  const container = await backend.start({
    id: `hostile-${guest}`,
    args: ['/bin/bun', '--no-install', `/aria/guests/${guest}.ts`],
    environment: { HOME: '/tmp' },
    workingDirectory: '/',
    rootDirectory,
    mounts: [],
    limits: {
      memoryBytesMax: 256 * mebibyte,
      cpusMax: 0.5,
      processesMax: 40,
      openFilesMax: 256,
      temporaryBytesMax: mebibyte,
    },
    profile: { network: false, spawn: true },
  });
  container.stderr.resume();
  if (guest !== 'fork-tree') await firstLine(container);
  container.stdout.resume();
  pids.push(container.pid);
}
process.stdout.write(`${JSON.stringify(pids)}\n`);
setInterval(() => undefined, 1000);
