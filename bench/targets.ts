/** What the figures are meant to be, on a quiet machine, and whether the committed results reach it. Nothing fails where they do not. */
import type { ResultLine } from './report.ts';

/** One figure, and its limit. */
interface Target {
  readonly name: string;
  /** Group and name of a line of the results. */
  readonly from: readonly [group: string, name: string];
  /** Which number of the line; `p50` where absent. */
  readonly figure?: 'p50' | 'p99';
  /** The figure is divided by this one: times as fast, or as large. The other line is measured in the same rounds. */
  readonly under?: readonly [group: string, name: string];
  /** As in the line, `x` for a quotient. */
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const hot = 'native, whole';
const shared = 'native, shared';

/** In the order in which a call is lived through: call, operations, throughput, limits, start, install, memory, build; then the firmware around it, and containers. */
const targets: readonly Target[] = [
  { name: 'fresh call, hot tool compiled whole', from: ['fresh', `${hot}, 100 in a row`], unit: 'us', atMost: 25 },
  { name: 'fresh call, shared engine', from: ['fresh', `${shared}, 100 in a row`], unit: 'us', atMost: 35 },
  {
    name: 'fresh call, hot: times as fast as jco',
    from: ['fresh', 'jco'],
    under: ['fresh', hot],
    unit: 'x',
    atLeast: 15,
  },
  {
    name: 'fresh call, shared: times as fast as jco',
    from: ['fresh', 'jco'],
    under: ['fresh', shared],
    unit: 'x',
    atLeast: 15,
  },
  { name: 'steady turn, hot', from: ['steady', `${hot}, 100 in a row`], unit: 'us', atMost: 8 },
  { name: 'steady turn, shared', from: ['steady', `${shared}, 100 in a row`], unit: 'us', atMost: 8 },
  {
    name: 'one operation over its own work, hot',
    from: ['engine-operations', `${hot}: one timer of 200`],
    unit: 'us',
    atMost: 6,
  },
  {
    name: 'one operation over its own work, shared',
    from: ['engine-operations', `${shared}: one timer of 200`],
    unit: 'us',
    atMost: 6,
  },
  {
    name: 'fresh call with three operations, hot',
    from: ['engine-operations', `${hot}: fresh call with three overlapping`],
    unit: 'us',
    atMost: 50,
  },
  {
    name: 'fresh call with three operations, shared',
    from: ['engine-operations', `${shared}: fresh call with three overlapping`],
    unit: 'us',
    atMost: 50,
  },
  {
    name: 'fresh calls a second, one thread',
    from: ['throughput', `${hot}: one after the other`],
    unit: '1/s',
    atLeast: 40_000,
  },
  {
    name: 'fresh calls a second, two threads',
    from: ['throughput', `${hot}: 64 in flight`],
    unit: '1/s',
    atLeast: 70_000,
  },
  {
    name: 'noop at 80 in flight, p99',
    from: ['throughput', `${shared}: noop, 80 in flight`],
    figure: 'p99',
    unit: 'ms',
    atMost: 3,
  },
  { name: 'a suspended call', from: ['suspended-engine', `${shared}: private memory each`], unit: 'KiB', atMost: 160 },
  {
    name: 'cancelling 1,000 suspended calls',
    from: ['suspended-engine', `${shared}: cancel all`],
    unit: 'ms',
    atMost: 50,
  },
  {
    name: 'past a deadline, p99',
    from: ['limits', `${shared}: past a deadline of 20 ms`],
    figure: 'p99',
    unit: 'ms',
    atMost: 2,
  },
  {
    name: 'event loop beside a spinning guest, p99',
    from: ['limits', `${shared}: event loop beside a spinning guest`],
    figure: 'p99',
    unit: 'ms',
    atMost: 10,
  },
  {
    name: "addon's share of start to first result, on demand",
    from: ['native-start', "native on demand: the addon's share"],
    unit: 'ms',
    atMost: 3,
  },
  {
    name: 'compiling a tool at install',
    from: ['many-engine-tools', `${shared}: compile a tool at install`],
    unit: 'ms',
    atMost: 30,
  },
  { name: 'an idle tool', from: ['many-engine-tools', `${shared}: idle tool`], unit: 'KiB', atMost: 16 },
  {
    name: 'addon without a compiler',
    from: ['many-engine-tools', 'library that the host loads'],
    unit: 'bytes',
    atMost: 2_200_000,
  },
  {
    name: 'slope of RSS over 1,000,000 calls, hot',
    from: ['soak', `${hot}: slope of RSS over 1,000,000 fresh calls`],
    unit: 'KiB',
    atLeast: -1_024,
    atMost: 1_024,
  },
  {
    name: 'slope of RSS over 1,000,000 calls, shared',
    from: ['soak', `${shared}: slope of RSS over 1,000,000 fresh calls`],
    unit: 'KiB',
    atLeast: -1_024,
    atMost: 1_024,
  },
  {
    name: 'arc build after an edit, daemon',
    from: ['compiler-10', 'an edit of one tool under --watch'],
    unit: 'ms',
    atMost: 300,
  },
  {
    name: 'arc build after an edit, warm cache',
    from: ['compiler-1', 'arc build after a change of one tool'],
    unit: 'ms',
    atMost: 300,
  },
  { name: 'arc build, nothing cached', from: ['compiler-1', 'arc build, nothing cached'], unit: 'ms', atMost: 1_500 },
  {
    name: 'gRPC over a Unix socket, added to a direct call',
    from: ['firmware-calls-1', 'gRPC over a Unix socket: added to a direct call'],
    unit: 'ms',
    atMost: 0.4,
  },
  {
    name: 'READY with 100 bundles, 1,000 tools registered',
    from: ['firmware-boot', '100 bundles, 1000 tools: READY'],
    unit: 'ms',
    atMost: 1_500,
  },
  {
    name: 'RSS of an idle registered tool',
    from: ['firmware-memory', 'registered tool: RSS'],
    unit: 'KiB',
    atMost: 64,
  },
  { name: 'rollback, p99', from: ['firmware-upload', 'rollback'], figure: 'p99', unit: 'ms', atMost: 1_000 },
  {
    name: 'arc dev, from an edit to the new result',
    from: ['firmware-dev', 'arc dev: from an edit to the new result'],
    unit: 'ms',
    atMost: 1_000,
  },
  {
    name: 'a new container from the pool',
    from: ['container-calls', 'crun: a new container from the pool'],
    unit: 'ms',
    atMost: 15,
  },
  {
    name: 'a call into a container that is up',
    from: ['container-calls', 'crun: a call of a session'],
    unit: 'ms',
    atMost: 1,
  },
  {
    name: 'a new container of crun: times as long as bun',
    from: ['container-cold', 'crun: a new container'],
    under: ['container-cold', 'bun on the host'],
    unit: 'x',
    atMost: 3,
  },
  {
    name: 'podman: times as long as a container from the pool',
    from: ['container-cold', 'podman run --rootfs'],
    under: ['container-cold', 'crun: a new container from the pool'],
    unit: 'x',
    atLeast: 5,
  },
  {
    name: 'podman, 20 at once: times as long as the pool',
    from: ['container-crowd', 'podman run --rootfs'],
    under: ['container-crowd', 'crun: from the pool'],
    unit: 'x',
    atLeast: 5,
  },
];

type Verdict = 'reached' | 'missed' | 'no figure';

/** One target beside its figure. */
interface TargetLine {
  readonly verdict: Verdict;
  readonly text: string;
}

function line(results: readonly ResultLine[], [group, name]: readonly [string, string]): ResultLine | undefined {
  return results.find((result) => result.group === group && result.name === name);
}

/** The figure, or why there is none. */
function figureOf(target: Target, results: readonly ResultLine[]): number | string {
  const { from, under, figure = 'p50' } = target;
  const found = [from, ...(under ? [under] : [])].map((place) => line(results, place));
  const [over = Number.NaN, below = 1] = found.map((result) => result?.[figure]);
  const missing = found.findIndex((result) => result?.[figure] === undefined || result[figure] === null);
  if (missing >= 0) return found[missing]?.leftOut ?? `not measured: npm run bench -- ${from[0]}`;
  return Number((over / below).toPrecision(4));
}

function judge(target: Target, results: readonly ResultLine[]): TargetLine {
  const { name, unit, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target;
  const figure = figureOf(target, results);
  const limits = [
    ...(Number.isFinite(atLeast) ? [`at least ${atLeast}`] : []),
    ...(Number.isFinite(atMost) ? [`at most ${atMost}`] : []),
  ].join(', ');
  if (typeof figure === 'string') return { verdict: 'no figure', text: `${name.padEnd(52)} ${figure}` };
  const verdict = figure >= atLeast && figure <= atMost ? 'reached' : 'missed';
  return { verdict, text: `${name.padEnd(52)}${String(figure).padStart(12)} ${unit.padEnd(6)} ${limits}` };
}

/** Every target with its figure, as text. */
export function targetTable(results: readonly ResultLine[]): string {
  const judged = targets.map((target) => judge(target, results));
  const count = (wanted: Verdict): number => judged.filter(({ verdict }) => verdict === wanted).length;
  const rows = judged.map(({ verdict, text }) => `${verdict.padEnd(10)} ${text}`);
  return [
    ...rows,
    `${count('reached')} reached, ${count('missed')} missed, ${count('no figure')} without a figure`,
  ].join('\n');
}
