/** A call in a fresh sandbox, async JavaScript, JSON in and out: on each engine from the same component, and in other sandboxes. */
import { openExtism } from './baselines/extism/extism.ts';
import { openIsolatedVm } from './baselines/isolated-vm.ts';
import { openNodeVm } from './baselines/node-vm.ts';
import { type Peer, peerScript } from './baselines/peer.ts';
import { openQuickJsEmscripten } from './baselines/quickjs-emscripten.ts';
import { callToEnd, withTool } from './engine-calls.ts';
import { type EngineForm, engineForms } from './engines.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const input = { name: 'Ada', n: 1 };
const warmUpRounds = 4;

const boundsOf: Readonly<Record<EngineForm, string>> = {
  'native, whole': 'Open, begin and dispose in a fresh instance; compiled as a whole, as a hot tool is',
  'native, shared': 'The same beside the engine that all tools share',
  v8: 'The same in a worker with limits',
  jco: 'The same component, transpiled, on the main thread without any limit',
};

function engineCall(form: EngineForm, batch: number): Benchmark {
  return {
    name: batch === 1 ? form : `${form}, ${batch} in a row`,
    bounds:
      batch === 1 ? boundsOf[form] : `${boundsOf[form]}; the mean of ${batch}, garbage collected meanwhile included`,
    unit: 'us',
    perRound: batch === 1 ? 50 : 2,
    batch,
    warmUpRounds,
    setUp: () => withTool(form, 'greet', (loaded) => () => callToEnd(loaded, input)),
  };
}

function peerCall(name: string, bounds: string, open: (script: string) => Peer | Promise<Peer>): Benchmark {
  return {
    name,
    bounds,
    unit: 'us',
    perRound: 10,
    warmUpRounds,
    async setUp() {
      const { fresh, dispose } = await open(await peerScript('greet'));
      const run = async (): Promise<unknown> => {
        const output = fresh(JSON.stringify(input));
        return void JSON.parse(typeof output === 'string' ? output : await output);
      };
      return { run, dispose };
    },
  };
}

/** Engines and peers, interleaved. */
export const group: BenchmarkGroup = {
  name: 'fresh',
  baseline: 'jco',
  rounds: 20,
  benchmarks: [
    ...engineForms.map((form) => engineCall(form, 1)),
    ...engineForms.map((form) => engineCall(form, 100)),
    peerCall(
      'Extism',
      'Its JavaScript SDK: a plugin of QuickJS-ng, made of a compiled module, on this thread',
      openExtism,
    ),
    peerCall('quickjs-emscripten, fresh instance', 'An instance of its compiled module for each call', (script) =>
      openQuickJsEmscripten(script, 'fresh'),
    ),
    peerCall('quickjs-emscripten, shared instance', 'A context for each call, all in one linear memory', (script) =>
      openQuickJsEmscripten(script, 'shared'),
    ),
    peerCall('isolated-vm', 'An isolate of V8 for each call, from a snapshot, with a memory limit', openIsolatedVm),
    peerCall('node:vm', 'A context for each call, no sandbox by its own documentation', openNodeVm),
  ],
};
