/** What each way to a host adds to a call: the runner alone, the service around it, gRPC, WebSocket, the command line. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { makeBundle } from '../test/conformance/tool-bundle.ts';
import { ariaPath } from '../test/firmware/process/aria-process.ts';
import { makeHome } from '../test/firmware/host/host-under-test.ts';
import { CallProcess } from './firmware/call-process.ts';
import type { CallFigures } from './firmware/call-orders.ts';
import { signArchive } from './firmware/many-bundles.ts';
import { type Benchmark, type BenchmarkGroup, percentile } from './harness.ts';
import { readings } from './readings.ts';

/** Which process measures a way, and how many calls it makes in a tenth of a second or two. */
interface Way {
  readonly by: 'host' | 'direct' | 'client';
  readonly calls: number;
  readonly bounds: string;
}

const ways = {
  echo: { by: 'client', calls: 600, bounds: 'A bare gRPC server over a Unix socket, messages of the same length' },
  direct: { by: 'direct', calls: 2_000, bounds: 'The runner of a host, in its own process' },
  service: { by: 'host', calls: 2_000, bounds: 'The service of a running host, called in its process' },
  socket: { by: 'client', calls: 400, bounds: 'gRPC over the Unix socket of a host, from another process' },
  grpc: { by: 'client', calls: 400, bounds: 'gRPC over TCP on loopback, with a token' },
  ws: { by: 'client', calls: 400, bounds: 'JSON-RPC over WebSocket on loopback' },
} as const satisfies Record<string, Way>;

type WayName = keyof typeof ways;

const labels: Readonly<Record<WayName, string>> = {
  echo: 'bare gRPC echo',
  direct: 'direct',
  service: 'service',
  socket: 'gRPC over a Unix socket',
  grpc: 'gRPC over TCP',
  ws: 'WebSocket',
};
const wayNames = Object.keys(ways) as WayName[];

/** What both tools do: nothing, and nothing for a while. */
const waitMs = 5;
const samples = [
  { name: 'noop', body: 'return {};' },
  { name: 'pause', body: `await new Promise((resolve) => setTimeout(resolve, ${waitMs})); return {};` },
];

/** The processes of a group, and what they found last. */
interface Arena {
  readonly home: string;
  readonly measure: (way: WayName, order: { tool: string; calls: number; lanes: number }) => Promise<CallFigures>;
  /** Median of the last measurement of the noop in a way, in microseconds. */
  readonly median: (way: WayName) => number;
  readonly dispose: () => Promise<void>;
}

async function openArena(): Promise<Arena> {
  const stack = new AsyncDisposableStack();
  try {
    const { home, key } = await makeHome();
    stack.defer(() => rm(home, { recursive: true, force: true }));
    const { archive, signature } = signArchive(key, await makeBundle(samples), { name: 'calls', sequence: 1 });
    const [file, echo, beside] = [join(home, 'calls.aria'), join(home, 'echo.sock'), join(home, 'direct')];
    await writeFile(file, archive);
    await writeFile(`${file}.minisig`, signature);
    await mkdir(beside, { mode: 0o700 });
    const host = stack.use(await CallProcess.start('call-host.ts', [home, file]));
    const direct = stack.use(await CallProcess.start('call-direct.ts', [beside, file]));
    stack.use(await CallProcess.start('call-echo.ts', [echo]));
    const { socket = '', grpc = '', ws = '' } = host.about;
    const client = stack.use(await CallProcess.start('call-client.ts', [home, socket, grpc, ws, echo]));
    const processes = { host, direct, client };
    const medians = new Map<WayName, number>();
    return {
      home,
      async measure(way, order) {
        const figures = await processes[ways[way].by].measure({ way, ...order });
        if (order.tool === 'noop')
          medians.set(
            way,
            percentile(
              figures.latenciesUs.toSorted((left, right) => left - right),
              0.5,
            ),
          );
        return figures;
      },
      median: (way) => medians.get(way) ?? Number.NaN,
      dispose: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Benchmarks of a group share its processes; the last one that is disposed of ends them. */
class Arenas {
  #open: Promise<Arena> | undefined;
  #holders = 0;

  hold(): Promise<Arena> {
    this.#holders += 1;
    return (this.#open ??= openArena());
  }

  async letGo(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    const open = this.#open;
    this.#open = undefined;
    await (await open)?.dispose();
  }
}

const warmUpRounds = 3;

/** Latencies and calls a second of one measurement. */
function measured(
  arenas: Arenas,
  way: WayName,
  order: { tool: string; calls: number; lanes: number },
): readonly Benchmark[] {
  const label = order.tool === 'noop' ? labels[way] : `${labels[way]}, a tool that waits ${waitMs} ms`;
  return readings(
    async () => {
      const arena = await arenas.hold();
      return { take: () => arena.measure(way, order), dispose: () => arenas.letGo() };
    },
    [
      { name: label, unit: 'us', bounds: ways[way].bounds, of: ({ latenciesUs }) => latenciesUs },
      {
        name: `${label}: calls a second`,
        unit: '1/s',
        bounds: `So many in ${order.calls} calls, ${order.lanes} at the same time`,
        of: ({ perSecond }) => perSecond,
      },
    ],
    { warmUpRounds },
  );
}

/** Of one round: both were measured within a second. */
function added(arenas: Arenas, way: WayName): Benchmark {
  return {
    name: `${labels[way]}: added to a direct call`,
    unit: 'ms',
    bounds: 'Median of the calls of a round, less that of its direct calls',
    warmUpRounds,
    async setUp() {
      const arena = await arenas.hold();
      return { run: () => (arena.median(way) - arena.median('direct')) / 1_000, dispose: () => arenas.letGo() };
    },
  };
}

/** Whole processes. */
function commandLine(arenas: Arenas): readonly Benchmark[] {
  const run = promisify(execFile);
  const command = (name: string, bounds: string, args: readonly string[]): Benchmark => ({
    name,
    bounds,
    warmUpRounds,
    async setUp() {
      const { home } = await arenas.hold();
      const env = { ...process.env, ARIA_HOME: home };
      return { run: () => run(process.execPath, [...args], { env }), dispose: () => arenas.letGo() };
    },
  });
  return [
    command('node -e 0', 'The floor of every command', ['-e', '0']),
    command('aria call', 'A process for each call', [ariaPath, 'call', 'noop', '--input', '{}']),
  ];
}

function groupOf(lanes: number): BenchmarkGroup {
  const arenas = new Arenas();
  const noop = wayNames.flatMap((way) => {
    const calls = ways[way].calls * (lanes === 1 ? 1 : 2);
    return measured(arenas, way, { tool: 'noop', calls, lanes });
  });
  const pause = (['direct', 'socket'] as const).flatMap((way) =>
    measured(arenas, way, { tool: 'pause', calls: 10 * lanes, lanes }),
  );
  const others = (['service', 'socket', 'grpc', 'ws'] as const).map((way) => added(arenas, way));
  return {
    name: `firmware-calls-${lanes}`,
    baseline: labels.echo,
    rounds: 15,
    benchmarks: [...noop, ...(lanes === 1 ? [...others, ...commandLine(arenas)] : pause)],
  };
}

/** So many calls at the same time. */
export const groups: readonly BenchmarkGroup[] = [1, 16, 80].map(groupOf);
