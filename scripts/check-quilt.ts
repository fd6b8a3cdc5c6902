/**
 * Tries our client against a live Quilt daemon and prints what worked.
 *
 *     node scripts/check-quilt.ts [ADDRESS] [--image FILE] [--command FILE] [--peer stock|patched|auto]
 *
 * ADDRESS: `host:port` or `unix:PATH`; 127.0.0.1:50051 where absent. `--image`: a .tar.gz of a root directory on the daemon's machine; without one only
 * what needs no container is tried. `--command`: one word, a program of that image that goes on until it is killed; `/aria-wait` where absent. An image
 * for it, on a machine with a static busybox:
 *
 *     mkdir -p root/bin && cp "$(command -v busybox)" root/bin/busybox && for name in sh sleep; do ln -s busybox root/bin/$name; done
 *     printf '#!/bin/sh\nexec sleep 600\n' > root/aria-wait && chmod +x root/aria-wait && tar -C root -czf /tmp/aria-check.tar.gz .
 *
 * Ends with 1 where something that must work did not.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { connectQuilt } from '../quilt-adapter/remote/connect-quilt.ts';
import type { QuiltPeer } from '../quilt-adapter/remote/settings.ts';
import type { ContainerRuntime, RuntimeCapabilities } from '../quilt-adapter/runtime/container-runtime.ts';
import { checkContainers } from './check-quilt/containers.ts';
import { Checks } from './check-quilt/checks.ts';

const { values, positionals } = parseArgs({
  options: {
    image: { type: 'string' },
    command: { type: 'string', default: '/aria-wait' },
    peer: { type: 'string', default: 'auto' },
  },
  allowPositionals: true,
});

/** What the daemon said of itself; after a probe it says more. */
let capabilities: RuntimeCapabilities | undefined;

/** What needs no container. */
async function checkDaemon(runtime: ContainerRuntime, checks: Checks): Promise<void> {
  await checks.must('reach it', async () => {
    capabilities = await runtime.capabilities();
    const { runtime: name, version } = capabilities;
    return `${name} ${version ?? ''}`;
  });
  if (checks.failed) return;
  await checks.must('figures of the machine', async () => {
    const { cpuCount, containersTotal, containersRunning } = await runtime.system();
    return `${cpuCount} cores, ${containersRunning} of ${containersTotal} containers running`;
  });
  const name = `aria-check-${process.pid}`;
  await checks.must('create, list and remove a volume', async () => {
    const { mountPoint } = await runtime.createVolume({ name });
    const listed = (await runtime.volumes()).some((volume) => volume.name === name);
    await runtime.removeVolume(name, { force: false });
    if (!listed) throw new Error('it was not in the list');
    return mountPoint;
  });
  await checks.refuses('a container that is not there', 'NOT_FOUND', () =>
    runtime.info(`aria-check-nobody-${process.pid}`),
  );
}

const [address = '127.0.0.1:50051'] = positionals;
const checks = new Checks();
await using runtime = connectQuilt({ address, peer: values.peer as QuiltPeer });
await checkDaemon(runtime, checks);
if (values.image === undefined) checks.skip('containers', 'name an image of the daemon with --image');
else if (checks.failed) checks.skip('containers', 'correct what fails first');
else await checkContainers(runtime, { image: values.image, command: values.command }, checks);
const before = capabilities;
// A probe since then knows more.
if (before !== undefined) capabilities = await runtime.capabilities().catch(() => before);
checks.print(capabilities);
process.exitCode = checks.failed ? 1 : 0;
