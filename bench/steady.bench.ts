/** What the work costs in a sandbox that lives already. */
import { openExtism } from './baselines/extism/extism.ts';
import { openIsolatedVm } from './baselines/isolated-vm.ts';
import { openNodeVm } from './baselines/node-vm.ts';
import { type Peer, peerScript } from './baselines/peer.ts';
import { openQuickJsEmscripten } from './baselines/quickjs-emscripten.ts';
import { answers, beginCall, withTool } from './engine-calls.ts';
import { engineLimits } from './engine-limits.ts';
import { type EngineForm, engineForms } from './engines.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const json = JSON.stringify({ name: 'Ada', n: 1 });
const warmUpRounds = 4;
/** More turns than are measured. */
const turns = 100_000;
/** The compute time of all of them together. */
const limits = { ...engineLimits, computeMsMax: 600_000 };

function turn(form: EngineForm, batch: number): Benchmark {
  return {
    name: batch === 1 ? form : `${form}, ${batch} in a row`,
    bounds: 'A resume: the call of the others, JSON in and out, and the operation that ends the turn',
    unit: 'us',
    perRound: batch === 1 ? 50 : 2,
    batch,
    warmUpRounds,
    setUp: () =>
      withTool(form, 'greetings', async (loaded) => {
        const call = loaded.open(limits);
        let turn = await beginCall(call, { times: turns, json });
        return () => {
          const next = call.resume(answers(turn), Date.now());
          if (!(next instanceof Promise)) {
            turn = next;
            return undefined;
          }
          return next.then((settled) => void (turn = settled));
        };
      }),
  };
}

function peerCall(name: string, open: (script: string) => Peer | Promise<Peer>): Benchmark {
  return {
    name,
    bounds: 'Another call in a sandbox that has served others, their state included',
    unit: 'us',
    perRound: 50,
    warmUpRounds,
    async setUp() {
      const { steady, dispose } = await open(await peerScript('greet'));
      return { run: () => steady?.(json), dispose };
    },
  };
}

/** Engines and peers, interleaved. */
export const group: BenchmarkGroup = {
  name: 'steady',
  baseline: 'jco',
  rounds: 20,
  benchmarks: [
    ...engineForms.map((form) => turn(form, 1)),
    ...engineForms.map((form) => turn(form, 100)),
    peerCall('Extism', openExtism),
    peerCall('quickjs-emscripten', (script) => openQuickJsEmscripten(script, 'shared')),
    peerCall('isolated-vm', openIsolatedVm),
    peerCall('node:vm', openNodeVm),
  ],
};
