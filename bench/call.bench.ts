/** What a call costs in a fresh sandbox, and what another turn costs in a living one. */
import { openYardstick } from './baselines/componentize.ts';
import { engineLimits } from './engine-limits.ts';
import type { BenchmarkGroup } from './harness.ts';
import {
  buildSample,
  callStart,
  callTool,
  componentOf,
  openComponent,
  openSample,
  resumeTimers,
  sampleText,
} from './workload.ts';

const input = { text: sampleText };
const perRound = 50;
const rounds = 20;

/** Yardstick and ours, interleaved. */
export const group: BenchmarkGroup = {
  name: 'call',
  baseline: 'componentize-qjs: fresh instance and call',
  rounds,
  benchmarks: [
    {
      name: 'componentize-qjs: fresh instance and call',
      bounds: 'What the same tool costs through componentize-qjs and jco, on the main thread without any limit',
      perRound,
      warmUpRounds: 4,
      async setUp() {
        const { instantiate, dispose } = await openYardstick();
        return { run: () => void instantiate().run(JSON.stringify(input)), dispose };
      },
    },
    {
      name: 'fresh call',
      bounds: 'A whole call through the runner: schemas, limits, a fresh instance in a worker, the outcome',
      perRound,
      warmUpRounds: 4,
      async setUp() {
        const { host, runner } = await openSample(await buildSample());
        return { run: () => callTool(runner, 'stats', input), dispose: () => host[Symbol.asyncDispose]() };
      },
    },
    {
      name: 'fresh call, engine only',
      bounds: 'Open, begin and dispose of a fresh instance in a worker, without runner and schemas',
      perRound,
      warmUpRounds: 4,
      async setUp() {
        const { engine, loaded } = await openComponent(componentOf(await buildSample(), 'stats'));
        const run = async (): Promise<void> => {
          using call = loaded.open(engineLimits);
          await call.begin(callStart(input));
        };
        return { run, dispose: () => engine[Symbol.asyncDispose]() };
      },
    },
    {
      name: 'steady: another turn in a living instance',
      bounds: 'The work in an instance that lives already: a resume, since the ABI gives each instance one call',
      perRound,
      warmUpRounds: 4,
      async setUp() {
        const { engine, loaded } = await openComponent(componentOf(await buildSample(), 'waits'));
        const call = loaded.open(engineLimits);
        let turn = await call.begin(callStart({ ...input, times: perRound * (rounds + 5), ms: 1, inTurn: true }));
        const run = async (): Promise<void> => {
          turn = await resumeTimers(call, turn);
        };
        return { run, dispose: () => engine[Symbol.asyncDispose]() };
      },
    },
    {
      name: 'componentize-qjs: another call on one instance',
      bounds: 'The work in an instance of the yardstick that lives already, state of earlier calls included',
      perRound,
      warmUpRounds: 4,
      async setUp() {
        const { instantiate, dispose } = await openYardstick();
        const instance = instantiate();
        return { run: () => void instance.run(JSON.stringify(input)), dispose };
      },
    },
  ],
};
