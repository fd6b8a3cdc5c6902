/** A host of its own, to be killed: opens a back end, starts containers, says so, and waits. Arguments: back end, state directory, owner, root directory, number of containers. */
import process from 'node:process';
import type { BackendName } from '../../../quilt-adapter/containers/backend.ts';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { smallLimits } from './small-limits.ts';

const [, , name, stateDirectory = '', owner = '', rootDirectory = '', count = '1'] = process.argv;
const backend = await openBackend({ choice: name as BackendName, allowNone: true, stateDirectory, owner });
const pids: number[] = [];
for (let index = 0; index < Number(count); index += 1) {
  const container = await backend.start({
    id: `orphan-${index}`,
    args: ['/bin/bun', '-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);'],
    environment: { HOME: '/tmp', ARIA_OWNER: owner },
    workingDirectory: '/',
    rootDirectory,
    mounts: [],
    limits: smallLimits,
    profile: { network: false, spawn: false },
  });
  container.stdout.resume();
  container.stderr.resume();
  pids.push(container.pid);
}
process.stdout.write(`${JSON.stringify(pids)}\n`);
setInterval(() => undefined, 1000);
