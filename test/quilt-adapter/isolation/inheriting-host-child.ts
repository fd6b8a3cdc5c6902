/** A host that was given files when it was started: tells which of them a container of it has. Arguments: back end, root directory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { BackendName } from '../../../quilt-adapter/containers/backend.ts';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { smallLimits } from '../containers/small-limits.ts';

const [, , name, rootDirectory = ''] = process.argv;
const directory = mkdtempSync(path.join(tmpdir(), 'aria-inheriting-'));
try {
  await using backend = await openBackend({
    choice: name as BackendName,
    allowNone: false,
    stateDirectory: path.join(directory, 'state'),
    owner: `inheriting-${process.pid}`,
  });
  await using container = await backend.start({
    id: 'inheriting',
    args: ['/bin/bun', '--no-install', '/aria/guests/look-around.ts', '/nothing', 'nothing'],
    environment: { HOME: '/tmp', BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' },
    workingDirectory: '/',
    rootDirectory,
    mounts: [],
    limits: smallLimits,
    profile: { network: false, spawn: false },
  });
  container.stderr.resume();
  process.stdout.write(JSON.stringify((JSON.parse(await text(container.stdout)) as { files: unknown }).files));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
