/** How many calls a second containers serve: one call for each, and in containers that sessions keep. */
import { openPlainBun } from './baselines/sandboxed-bun.ts';
import { type BackendName, ContainerArenas } from './containers/arena.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const arenas = new ContainerArenas();
const widths = [2, 8, 20] as const;
/** Of one sample, for each that is under way: some seconds of new containers, a tenth of a second of sessions. */
const callsEach = { fresh: 4, session: 50 } as const;

/** Each lane begins its next one as its last one ends. @returns calls a second. */
async function pump(width: number, calls: number, run: (lane: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let left = calls;
  const lane = async (_: unknown, index: number): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await run(index);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return (calls / (performance.now() - started)) * 1_000;
}

function plain(width: number): Benchmark {
  return {
    name: `bun on the host, ${width} at the same time`,
    bounds: 'Processes of Bun a second, until they have ended',
    unit: '1/s',
    setUp: () =>
      arenas.with(async (arena) => {
        const sandbox = openPlainBun(arena.rootDirectory);
        return {
          before: () => arena.quiet(),
          run: () =>
            pump(width, width * callsEach.fresh, async () => {
              const { answered, ended } = sandbox.start();
              await answered;
              await ended;
            }),
          dispose: () => arenas.letGo(),
        };
      }),
  };
}

function served(backend: BackendName, width: number, kind: keyof typeof callsEach): Benchmark {
  return {
    name: `${backend}, ${width} at the same time: ${kind === 'fresh' ? 'a container each' : 'in sessions'}`,
    bounds:
      kind === 'fresh'
        ? 'Calls a second where each has a container of its own: starts and ends are in it'
        : 'Calls a second into as many containers as are under way',
    unit: '1/s',
    setUp: () =>
      arenas.with(async (arena) => {
        const measured = await arena.engine({ backend, isPooled: true });
        return {
          before: () => arena.quiet(),
          run: () =>
            pump(width, width * callsEach[kind], (lane) =>
              measured.call('answer', kind === 'fresh' ? undefined : `lane ${lane}`),
            ),
          dispose: () => arenas.letGo(),
        };
      }),
  };
}

/** Every width, interleaved. */
export const group: BenchmarkGroup = {
  name: 'container-throughput',
  baseline: 'bun on the host, 2 at the same time',
  rounds: 5,
  benchmarks: widths.flatMap((width) => [
    plain(width),
    ...(['crun', 'bubblewrap'] as const).flatMap((backend) => [
      served(backend, width, 'fresh'),
      served(backend, width, 'session'),
    ]),
  ]),
};
