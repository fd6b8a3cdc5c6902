/** Calls by the runner, as the service makes them: `call-direct.ts DIRECTORY FILE`. The host is opened as `firmware/open-engines.ts` opens it. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createHost, engineHere, openArtifactKey } from '#host';
import { readBundle } from '#wit/bundle';
import { serveOrders } from '../firmware/call-orders.ts';

const [home = '', file = ''] = process.argv.slice(2);
const directory = join(home, 'compiled');
await mkdir(directory, { recursive: true, mode: 0o700 });
const host = createHost({
  profile: 'server',
  cacheDirectory: join(home, 'cache'),
  warm: true,
  ...(engineHere() === 'wasmtime' && { artifacts: { directory, key: await openArtifactKey(join(directory, 'key')) } }),
});
const runner = await host.load(readBundle(await readFile(file)));

async function call(tool: string): Promise<void> {
  const outcome = await runner.run({ id: 'bench', tool, input: {} });
  if (outcome.kind !== 'done') throw new Error(`the call failed with ${JSON.stringify(outcome.error)}`);
}

serveOrders({ direct: call }, { engine: host.engine }, () => host[Symbol.asyncDispose]());
