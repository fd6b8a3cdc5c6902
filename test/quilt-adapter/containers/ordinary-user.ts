/** Run as a user without rights: probes everything, runs one container in bubblewrap, prints what it saw. Argument: a directory. */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { openBackend } from '../../../quilt-adapter/containers/open-backend.ts';
import { probeBackends } from '../../../quilt-adapter/containers/probe.ts';
import { buildRootDirectory } from '../../../quilt-adapter/containers/root-directory.ts';
import { smallLimits } from './small-limits.ts';

const home = process.argv[2] ?? '';
mkdirSync(home);
const options = { stateDirectory: path.join(home, 'state'), owner: 'ordinary' };
const probes = await probeBackends(options);
const root = await buildRootDirectory({ cacheDirectory: path.join(home, 'cache') });
const backend = await openBackend({ ...options, choice: 'bubblewrap', allowNone: false });
const script = `const s = require('fs').readFileSync('/proc/self/status', 'utf8');
  console.log(JSON.stringify(['Uid', 'CapBnd', 'NoNewPrivs', 'Seccomp'].map((n) => new RegExp('^' + n + ':\\\\s*(\\\\w+)', 'm').exec(s)[1])));`;
const container = await backend.start({
  id: 'ordinary',
  args: ['/bin/bun', '-e', script],
  environment: { HOME: '/tmp' },
  workingDirectory: '/',
  rootDirectory: root.path,
  mounts: [],
  limits: smallLimits,
  profile: { network: false, spawn: false },
});
container.stderr.pipe(process.stderr);
const output = await text(container.stdout);
const exit = await container.exited;
await backend[Symbol.asyncDispose]();
process.stdout.write(
  JSON.stringify({
    usable: Object.fromEntries(probes.map(({ name, usable }) => [name, usable])),
    groups: backend.probe.controlGroups,
    status: JSON.parse(output || '[]') as unknown,
    exit,
    left: readdirSync(options.stateDirectory),
  }),
);
