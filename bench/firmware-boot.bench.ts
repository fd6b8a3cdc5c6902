/** From the start of `aria up` to the line that says READY, with few and many installed bundles, and where the time goes. */
import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { type HostStatus, bootPhases, connectHost } from '#wit/api';
import { freePorts, startHostProcess } from '../test/firmware/process/aria-process.ts';
import { prepareHome } from './firmware/boot-homes.ts';
import type { BundleCount } from './firmware/many-bundles.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';
import { type Reading, type Source, readings } from './readings.ts';

/** A start. */
interface Start {
  /** Since the process was started, by the clock of who started it. */
  readonly readyMs: number;
  readonly status: HostStatus;
}

const counts: readonly BundleCount[] = [
  { bundles: 1, toolsEach: 10 },
  { bundles: 100, toolsEach: 10 },
  { bundles: 1_000, toolsEach: 1 },
];

async function start(home: string, tools: number): Promise<Start> {
  const startedMs = performance.now();
  await using host = await startHostProcess(home, freePorts, { ARIA_HOME: home });
  const readyMs = performance.now() - startedMs;
  if (!host.ready.ready) throw new Error(`Cannot measure: ${JSON.stringify(host.ready)}`);
  await using connection = await connectHost({ home });
  const status = await connection.status();
  if (status.components.tools !== tools)
    throw new Error(`Cannot measure: ${status.components.tools} tools are registered, and not ${tools}`);
  return { readyMs, status };
}

async function open({ bundles, toolsEach }: BundleCount): Promise<Source<Start>> {
  const prepared = await prepareHome({ bundles, toolsEach });
  return {
    take: () => start(prepared.home, prepared.tools),
    dispose: () => prepared[Symbol.asyncDispose](),
  };
}

function withBundles(count: BundleCount): readonly Benchmark[] {
  const label = `${count.bundles} bundles, ${count.bundles * count.toolsEach} tools`;
  const phases = bootPhases.map((phase): Reading<Start> => ({
    name: `${label}: phase "${phase}"`,
    unit: 'ms',
    bounds: "Of the host's own timeline",
    of: ({ status }) => status.boot.find((report) => report.phase === phase)?.durationMs ?? Number.NaN,
  }));
  return readings(
    () => open(count),
    [
      {
        name: `${label}: READY`,
        unit: 'ms',
        bounds: 'From the start of the process to its JSON line: Node, modules, phases, listening sockets',
        of: ({ readyMs }) => readyMs,
      },
      {
        name: `${label}: before the first phase`,
        unit: 'ms',
        bounds: 'Node and modules, by the timeline',
        of: ({ status }) => status.boot[0]?.startedMs ?? Number.NaN,
      },
      ...phases,
    ],
  );
}

/** Each sample is a process. Code of modules and of the guest engine is cached, as from the second start on. */
export const group: BenchmarkGroup = {
  name: 'firmware-boot',
  baseline: 'node -e 0',
  rounds: 8,
  benchmarks: [
    {
      name: 'node -e 0',
      bounds: 'The floor of any process',
      perRound: 2,
      setUp: () => ({ run: () => promisify(execFile)(process.execPath, ['-e', '0']) }),
    },
    ...counts.flatMap(withBundles),
  ],
};
