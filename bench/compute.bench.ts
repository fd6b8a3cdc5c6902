/** JavaScript that only computes: an interpreter in a sandbox beside V8 with its compiler. */
import { openIsolatedVm } from './baselines/isolated-vm.ts';
import { openNodeVm } from './baselines/node-vm.ts';
import { type Peer, peerScript } from './baselines/peer.ts';
import { callToEnd, withTool } from './engine-calls.ts';
import { type EngineForm, engineForms } from './engines.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const works = {
  'fib(24)': { work: 'fib', n: 24 },
  'JSON of 200 records, 20 times': { work: 'json', n: 20 },
  'sort of 20,000 numbers': { work: 'sort', n: 20_000 },
} as const;

type Work = keyof typeof works;

const warmUpRounds = 3;

function onEngine(form: EngineForm, work: Work): Benchmark {
  return {
    name: `${work}: ${form}`,
    bounds: 'QuickJS-ng in a fresh instance, limits and metering included',
    perRound: 3,
    warmUpRounds,
    setUp: () => withTool(form, 'compute', (loaded) => () => callToEnd(loaded, works[work])),
  };
}

function onPeer(name: string, open: (script: string) => Peer | Promise<Peer>, work: Work): Benchmark {
  return {
    name: `${work}: ${name}`,
    bounds: 'V8 with its compiler, in a context that lives and is warm',
    perRound: 3,
    warmUpRounds,
    async setUp() {
      const { steady, dispose } = await open(await peerScript('compute'));
      const json = JSON.stringify(works[work]);
      return { run: () => steady?.(json), dispose };
    },
  };
}

/** One group for each work, since each is a ratio of its own. */
export const groups: readonly BenchmarkGroup[] = (Object.keys(works) as Work[]).map((work) => ({
  name: `compute-${works[work].work}`,
  baseline: `${work}: node:vm`,
  rounds: 10,
  benchmarks: [
    ...engineForms.map((form) => onEngine(form, work)),
    onPeer('isolated-vm', openIsolatedVm, work),
    onPeer('node:vm', openNodeVm, work),
  ],
}));
