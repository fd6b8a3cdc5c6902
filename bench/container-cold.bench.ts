/** A new container without a pool, from the call to its result, beside Bun alone and in other sandboxes. */
import { type SandboxedBun, openBubblewrapAlone, openPlainBun, openPodman } from './baselines/sandboxed-bun.ts';
import { type ContainerArena, ContainerArenas, type EngineChoice, backendNames } from './containers/arena.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const arenas = new ContainerArenas();
const perRound = 2;
const warmUpRounds = 2;

function peer(
  name: string,
  bounds: string,
  open: (arena: ContainerArena) => SandboxedBun | Promise<SandboxedBun>,
): Benchmark {
  return {
    name,
    bounds,
    perRound,
    warmUpRounds,
    setUp: () =>
      arenas.with(async (arena) => {
        const sandbox = await open(arena);
        return {
          before: () => arena.quiet(),
          run: () => arena.answerOf(sandbox),
          dispose: async () => {
            await arena.quiet();
            await sandbox[Symbol.asyncDispose]();
            await arenas.letGo();
          },
        };
      }),
  };
}

function container(choice: EngineChoice): Benchmark {
  const { backend, isPooled } = choice;
  return {
    name: `${backend}: a new container${isPooled ? ' from the pool' : ''}`,
    bounds: isPooled
      ? 'The same where one waits'
      : 'Call to result where no container waits: control group, namespaces, Bun, agent, tool, all checks of a call',
    perRound,
    warmUpRounds,
    setUp: () =>
      arenas.with(async (arena) => {
        const engine = await arena.engine(choice);
        return {
          before: () => arena.quiet(),
          run: async () => void (await engine.call('answer')),
          dispose: () => arenas.letGo(),
        };
      }),
  };
}

/** Each sample starts processes; none of another one runs meanwhile. */
export const group: BenchmarkGroup = {
  name: 'container-cold',
  baseline: 'bun on the host',
  rounds: 15,
  benchmarks: [
    peer('bun on the host', 'The floor: Bun and a script, spawn to the line that it prints', ({ rootDirectory }) =>
      openPlainBun(rootDirectory),
    ),
    ...backendNames.map((backend) => container({ backend, isPooled: false })),
    container({ backend: 'crun', isPooled: true }),
    peer('bubblewrap alone', 'The same script, the same root directory, namespaces only', ({ rootDirectory }) =>
      openBubblewrapAlone(rootDirectory),
    ),
    peer('podman run --rootfs', 'The same script and root directory, crun below it', ({ directory, rootDirectory }) =>
      openPodman(directory, rootDirectory),
    ),
  ],
};
