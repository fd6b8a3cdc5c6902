/** Many at the same time: twenty calls, each in a container of its own, until the last of them has ended and nothing of it is left. */
import { type SandboxedBun, openBubblewrapAlone, openPlainBun, openPodman } from './baselines/sandboxed-bun.ts';
import { type ContainerArena, ContainerArenas, type EngineChoice } from './containers/arena.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const arenas = new ContainerArenas();
const crowd = 20;

async function together(run: () => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: crowd }, run));
}

function peers(
  name: string,
  bounds: string,
  open: (arena: ContainerArena) => SandboxedBun | Promise<SandboxedBun>,
): Benchmark {
  return {
    name,
    bounds,
    setUp: () =>
      arenas.with(async (arena) => {
        const sandbox = await open(arena);
        return {
          before: () => arena.quiet(),
          run: () =>
            together(async () => {
              const { answered, ended } = sandbox.start();
              await answered;
              await ended;
            }),
          dispose: async () => {
            await sandbox[Symbol.asyncDispose]();
            await arenas.letGo();
          },
        };
      }),
  };
}

function containers(choice: EngineChoice): Benchmark {
  const { backend, isPooled } = choice;
  return {
    name: `${backend}: ${isPooled ? 'from the pool' : 'new containers'}`,
    bounds: isPooled
      ? 'As many wait as the pool keeps after twenty at once; meanwhile it makes the next ones'
      : 'No container waits',
    setUp: () =>
      arenas.with(async (arena) => {
        const measured = await arena.engine(choice);
        return {
          before: async () => {
            // The pool keeps as many as were taken lately; other samples have let it forget.
            if (isPooled) await together(() => measured.call('answer'));
            await arena.quiet();
          },
          run: async () => {
            await together(() => measured.call('answer'));
            await measured.ended();
          },
          dispose: () => arenas.letGo(),
        };
      }),
  };
}

/** Each sample is twenty. */
export const group: BenchmarkGroup = {
  name: 'container-crowd',
  baseline: 'bun on the host',
  rounds: 5,
  benchmarks: [
    peers('bun on the host', 'Twenty processes without a sandbox', ({ rootDirectory }) => openPlainBun(rootDirectory)),
    ...(['crun', 'bubblewrap'] as const).flatMap((backend) => [
      containers({ backend, isPooled: false }),
      containers({ backend, isPooled: true }),
    ]),
    peers('bubblewrap alone', 'Namespaces only', ({ rootDirectory }) => openBubblewrapAlone(rootDirectory)),
    peers('podman run --rootfs', 'Twenty commands of podman', ({ directory, rootDirectory }) =>
      openPodman(directory, rootDirectory),
    ),
  ],
};
