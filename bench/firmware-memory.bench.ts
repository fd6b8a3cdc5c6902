/** What a host takes while nobody calls it, and what a tool adds to it by being registered. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, startHostProcess } from '../test/firmware/process/aria-process.ts';
import { type PreparedHome, prepareHome } from './firmware/boot-homes.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';
import { type Reading, type Source, readings } from './readings.ts';
import { runProgram } from './run-program.ts';

const program = join(import.meta.dirname, 'programs/host-memory.ts');
const tools = 1_000;
/** Until a host that has just started is idle. */
const settledMs = 2_000;

interface Memory {
  readonly tools: number;
  readonly rssKiB: number;
  readonly privateKiB: number;
  readonly searchedRssKiB: number;
}

/** Two hosts, one after the other: without a bundle, and with a hundred of ten tools each. */
interface Pair {
  readonly bare: Memory;
  readonly full: Memory;
}

async function read({ home, tools: registered }: PreparedHome): Promise<Memory> {
  const memory = (await runProgram(['--expose-gc', program, home])) as unknown as Memory;
  if (memory.tools !== registered)
    throw new Error(`Cannot measure: ${memory.tools} tools are registered, and not ${registered}`);
  return memory;
}

async function open(): Promise<Source<Pair>> {
  await using stack = new AsyncDisposableStack();
  const bare = stack.use(await prepareHome({ bundles: 0, toolsEach: 0 }));
  const full = stack.use(await prepareHome({ bundles: 100, toolsEach: tools / 100 }));
  const owned = stack.move();
  return {
    take: async () => ({ bare: await read(bare), full: await read(full) }),
    dispose: () => owned.disposeAsync(),
  };
}

function eachTool(name: string, bounds: string, key: Exclude<keyof Memory, 'tools'>): Reading<Pair> {
  return { name, unit: 'KiB', bounds, of: ({ bare, full }) => (full[key] - bare[key]) / tools };
}

const registered: readonly Benchmark[] = readings(open, [
  {
    name: 'idle host without bundles: RSS',
    unit: 'KiB',
    bounds: 'The firmware in a process of its own, after a collection of garbage',
    of: ({ bare }) => bare.rssKiB,
  },
  {
    name: 'idle host without bundles: private memory',
    unit: 'KiB',
    bounds: 'The same without pages of files, which all processes share',
    of: ({ bare }) => bare.privateKiB,
  },
  {
    name: 'idle host with 1,000 tools: RSS',
    unit: 'KiB',
    bounds: 'A hundred bundles with ten tools each',
    of: ({ full }) => full.rssKiB,
  },
  eachTool('registered tool: RSS', 'The difference of the two, divided by 1,000', 'rssKiB'),
  eachTool('registered tool: private memory', 'The same of private memory', 'privateKiB'),
  eachTool('registered tool, after a search: RSS', 'The same when somebody has searched', 'searchedRssKiB'),
]);

const command: Benchmark = {
  name: 'aria up without bundles: RSS',
  unit: 'KiB',
  bounds: 'The real command, two seconds after READY, as it is',
  async setUp() {
    const { home, [Symbol.asyncDispose]: remove } = await prepareHome({ bundles: 0, toolsEach: 0 });
    return {
      async run() {
        await using host = await startHostProcess(home, freePorts, { ARIA_HOME: home });
        await sleep(settledMs);
        const status = await readFile(`/proc/${host.child.pid}/status`, 'utf8');
        return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN);
      },
      dispose: remove,
    };
  },
};

/** Each sample is a process, or the difference of two. */
export const group: BenchmarkGroup = {
  name: 'firmware-memory',
  rounds: 4,
  benchmarks: [...registered, command],
};
