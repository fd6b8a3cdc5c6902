/** How many calls a second, and how long one of many at the same time takes. */
import type { LoadedComponent } from '#wit/interfaces';
import { beginCall, callToEnd, withTool } from './engine-calls.ts';
import { engineLimits } from './engine-limits.ts';
import { type EngineForm, engineForms } from './engines.ts';
import type { Benchmark, BenchmarkGroup } from './harness.ts';

const input = { name: 'Ada', n: 1 };
/** Enough that every worker has one to go on with. */
const inFlight = 64;
const noopsInFlight = 80;

/** A tenth of a second of calls on the fastest engine. */
const callsOf: Readonly<Record<EngineForm, number>> = {
  'native, whole': 4_000,
  'native, shared': 4_000,
  v8: 512,
  jco: 256,
};

/** Runs `calls` calls, so many at the same time: each lane opens its next as its last one ends. */
async function pump(
  loaded: LoadedComponent,
  value: unknown,
  { calls, lanes }: { calls: number; lanes: number },
): Promise<number[]> {
  const latencies: number[] = [];
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const started = performance.now();
      // As a runner opens it, which knows how many calls it runs.
      const call = loaded.open(engineLimits, lanes);
      const { outcome } = await beginCall(call, value);
      call[Symbol.dispose]();
      if (outcome.kind !== 'done') throw new Error(`Cannot measure: the call ended as ${JSON.stringify(outcome)}`);
      JSON.parse(outcome.output);
      latencies.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return latencies;
}

function inTurn(form: EngineForm): Benchmark {
  return {
    name: `${form}: one after the other`,
    bounds: 'Fresh calls a second in a loop that awaits only what is a promise: one thread',
    unit: '1/s',
    setUp: () =>
      withTool(form, 'greet', (loaded) => async () => {
        const started = performance.now();
        for (let call = 0; call < callsOf[form]; call += 1) {
          const result = callToEnd(loaded, input);
          if (result instanceof Promise) await result;
        }
        return (callsOf[form] / (performance.now() - started)) * 1_000;
      }),
  };
}

function together(form: EngineForm): Benchmark {
  return {
    name: `${form}: ${inFlight} in flight`,
    bounds: 'Fresh calls a second with many queued: all threads of the engine',
    unit: '1/s',
    setUp: () =>
      withTool(form, 'greet', (loaded) => async () => {
        const started = performance.now();
        await pump(loaded, input, { calls: callsOf[form], lanes: inFlight });
        return (callsOf[form] / (performance.now() - started)) * 1_000;
      }),
  };
}

function noop(form: EngineForm): Benchmark {
  return {
    name: `${form}: noop, ${noopsInFlight} in flight`,
    bounds: 'From the open of a call to its outcome, queueing included',
    setUp: () =>
      withTool(form, 'noop', (loaded) => () => pump(loaded, {}, { calls: callsOf[form], lanes: noopsInFlight })),
  };
}

/** Every form, interleaved. */
export const group: BenchmarkGroup = {
  name: 'throughput',
  rounds: 20,
  benchmarks: engineForms.flatMap((form) => [inTurn(form), together(form), ...(form === 'jco' ? [] : [noop(form)])]),
};
