/** A host that is no root: runs guests with bubblewrap, and tells what came of them. Arguments: state directory, root directory, path of a secret, the secret. */
import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { ContainerProfile } from '../../../quilt-adapter/containers/backend.ts';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { smallLimits } from '../containers/small-limits.ts';

const [, , stateDirectory = '', rootDirectory = '', secretPath = '', secret = ''] = process.argv;
await using backend = await openBackend({ choice: 'bubblewrap', allowNone: false, stateDirectory, owner: 'ordinary' });

async function run(guest: string, words: readonly string[], profile: ContainerProfile): Promise<object> {
  await using container = await backend.start({
    id: guest,
    args: ['/bin/bun', '--no-install', `/aria/guests/${guest}.ts`, ...words],
    environment: { HOME: '/tmp', BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' },
    workingDirectory: '/',
    rootDirectory,
    mounts: [],
    limits: smallLimits,
    profile,
  });
  container.stderr.resume();
  const told = await text(container.stdout);
  const line = told.split('\n').findLast((one) => one.startsWith('{'));
  return { exit: await container.exited, found: line === undefined ? undefined : (JSON.parse(line) as unknown) };
}

const bare = { network: false, spawn: false };
process.stdout.write(
  JSON.stringify({
    user: process.geteuid?.(),
    controlGroups: backend.probe.controlGroups,
    look: await run('look-around', [secretPath, secret], bare),
    tricks: await run('tricks', ['1000000'], { network: true, spawn: true }),
    others: await run('start-others', [], bare),
    daemons: await run('outlive', ['end'], { network: false, spawn: true }),
  }),
);
