/** Calls into containers that are there: a new one from the pool, and one that is a session's. */
import { openPlainBun } from './baselines/sandboxed-bun.ts';
import { type BackendName, ContainerArenas, type MeasuredEngine } from './containers/arena.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const arenas = new ContainerArenas();
const warmUpRounds = 3;

/** Bun alone; nothing waits for it. */
const plain: Benchmark = {
  name: 'bun on the host',
  bounds: 'Bun and a script, spawn to the line that it prints',
  warmUpRounds,
  setUp: () =>
    arenas.with(async (arena) => {
      const sandbox = openPlainBun(arena.rootDirectory);
      return {
        before: () => arena.quiet(),
        run: () => arena.answerOf(sandbox),
        dispose: () => arenas.letGo(),
      };
    }),
};

function call(
  about: Pick<Benchmark, 'name' | 'bounds' | 'perRound'> & { readonly backend: BackendName },
  run: (engine: MeasuredEngine) => Promise<unknown>,
): Benchmark {
  const { backend, ...benchmark } = about;
  return {
    ...benchmark,
    warmUpRounds,
    setUp: () =>
      arenas.with(async (arena) => {
        const engine = await arena.engine({ backend, isPooled: true });
        // The first one says what the pool is to have ready.
        await run(engine);
        return {
          before: () => arena.quiet(),
          run: async () => void (await run(engine)),
          dispose: () => arenas.letGo(),
        };
      }),
  };
}

function waiting(backend: BackendName): Benchmark {
  return call(
    {
      name: `${backend}: a new container from the pool`,
      bounds: 'Call to result where one waits; the pool begins to make the next one at the same time',
      perRound: 2,
      backend,
    },
    (engine) => engine.call('answer'),
  );
}

const steady = 20;

function inSession(backend: BackendName): readonly Benchmark[] {
  return [
    call(
      {
        name: `${backend}: a call of a session`,
        bounds: 'All checks of a call, its frame to the container and back; no operations',
        perRound: steady,
        backend,
      },
      (engine) => engine.call('answer', 's'),
    ),
    call(
      {
        name: `${backend}: a call of a session that reads a key`,
        bounds: 'The same with one operation: two turns',
        perRound: steady,
        backend,
      },
      (engine) => engine.call('read', 's'),
    ),
    call(
      {
        name: `${backend}: a call of a session with Bun's own globals`,
        bounds: "The same as the first, with the host's API on a socket of the call",
        perRound: steady,
        backend,
      },
      (engine) => engine.callBun('answer', 's'),
    ),
  ];
}

/** One call at a time. */
export const group: BenchmarkGroup = {
  name: 'container-calls',
  baseline: 'bun on the host',
  rounds: 20,
  benchmarks: [
    plain,
    ...(['crun', 'runc', 'bubblewrap', 'none'] as const).map(waiting),
    ...(['crun', 'bubblewrap'] as const).flatMap(inSession),
  ],
};
