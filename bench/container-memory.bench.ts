/** What a container takes while nobody calls it: its first process, and the runtime that waits for its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { bunFile } from './baselines/sandboxed-bun.ts';
import { type BackendName, ContainerArenas } from './containers/arena.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';
import { type Reading, type Source, readings } from './readings.ts';

const arenas = new ContainerArenas();
/** Pages that all of them share are divided by as many, as they are in a pool. */
const count = 8;
/** Until what has started is idle. */
const settledMs = 1_000;
const plainBun = 'bun on the host';

interface Memory {
  readonly residentKiB: number;
  readonly proportionalKiB: number;
  readonly privateKiB: number;
  /** Of what waits for the container; absent where nothing does. */
  readonly besideKiB: number | undefined;
  /** By the control group; absent where there is none. */
  readonly chargedKiB: number | undefined;
}

async function rollupOf(pid: number): Promise<(name: string) => number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}

async function parentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN);
}

async function memoryOf(pid: number, chargedKiB: number | undefined): Promise<Memory> {
  const [of, parent] = [await rollupOf(pid), await parentOf(pid)];
  // Where nothing waits beside it, this process does.
  const beside = parent === process.pid ? undefined : (await rollupOf(parent))('Pss');
  return {
    residentKiB: of('Rss'),
    proportionalKiB: of('Pss'),
    privateKiB: of('Private_Dirty'),
    besideKiB: beside,
    chargedKiB,
  };
}

/** Idle containers of a back end, as its pool keeps them after so many calls at the same time. */
function openContainers(backend: BackendName): () => Promise<Source<readonly Memory[]>> {
  return () =>
    arenas.with(async (arena) => {
      const measured = await arena.engine({ backend, isPooled: true });
      const { engine, running } = measured;
      return {
        async take() {
          while (engine.figures().ready < count) {
            await Promise.all(Array.from({ length: count }, () => measured.call('answer')));
            await arena.quiet();
          }
          await sleep(settledMs);
          return Promise.all(
            Array.from(running, async (container) => {
              const { memoryBytes } = await container.usage();
              return memoryOf(container.pid, memoryBytes === undefined ? undefined : memoryBytes / 1024);
            }),
          );
        },
        dispose: () => arenas.letGo(),
      };
    });
}

/** The same of Bun alone: a script that waits. */
async function openPlain(): Promise<Source<readonly Memory[]>> {
  const arena = await arenas.hold();
  const children: ChildProcess[] = Array.from({ length: count }, () =>
    spawn(bunFile, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore', cwd: arena.directory }),
  );
  return {
    async take() {
      await sleep(settledMs);
      return Promise.all(children.flatMap(({ pid }) => (pid === undefined ? [] : memoryOf(pid, undefined))));
    },
    async dispose() {
      await Promise.all(
        children.map((child) => {
          const ended = once(child, 'exit');
          child.kill('SIGKILL');
          return ended;
        }),
      );
      await arenas.letGo();
    },
  };
}

function figures(name: string): readonly Reading<readonly Memory[]>[] {
  const reading = (label: string, bounds: string, key: keyof Memory): Reading<readonly Memory[]> => ({
    name: `${name}: ${label}`,
    unit: 'KiB',
    bounds,
    of: (all) => all.flatMap((memory) => memory[key] ?? []),
  });
  return [
    reading('PSS', `Of the first process; what ${count} of them share counts for an eighth`, 'proportionalKiB'),
    reading('private dirty', 'What one more takes of the machine', 'privateKiB'),
    reading('RSS', 'Shared pages in full', 'residentKiB'),
    ...(name === plainBun ? [] : [reading('PSS of the runtime', 'What waits for its end', 'besideKiB')]),
    ...(name === plainBun ? [] : [reading('control group', 'What counts against its limit', 'chargedKiB')]),
  ];
}

function idle(backend: BackendName): readonly Benchmark[] {
  const shown = figures(backend).filter(({ name }) => backend !== 'none' || !/runtime|control group/.test(name));
  return readings(openContainers(backend), shown);
}

/** All of them are up at the same time; samples are containers. */
export const group: BenchmarkGroup = {
  name: 'container-memory',
  baseline: `${plainBun}: PSS`,
  rounds: 3,
  benchmarks: [
    ...readings(openPlain, figures(plainBun)),
    ...(['crun', 'runc', 'bubblewrap', 'none'] as const).flatMap(idle),
  ],
};
