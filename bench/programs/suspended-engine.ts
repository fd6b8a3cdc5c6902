/**
 * Suspends 1,000 calls of one tool on a form of the engine, twice: the first time ends them by cancelling, the second by completing.
 * `suspended-engine.ts FORM` prints `{"kibEach", "startMs", "cancelMs", "warmStartMs", "finishMs"}`.
 */
import process from 'node:process';
import type { EngineCall, Turn } from '#wit/interfaces';
import { engineLimits } from '../engine-limits.ts';
import { answers, beginCall, callComponent } from '../engine-calls.ts';
import { type EngineForm, engineForms, openEngine } from '../engines.ts';
import { privateKiB } from './private-memory.ts';

const calls = 1_000;
const form = engineForms.find((name) => name === process.argv[2]);
if (!form) throw new Error(`Usage: suspended-engine.ts ${engineForms.join('|')}`);

interface Suspended {
  readonly call: EngineCall;
  readonly turn: Turn;
}

async function measure(chosen: EngineForm): Promise<Readonly<Record<string, number>>> {
  const engine = await openEngine(chosen);
  const loaded = await engine.load(await callComponent('sequence'));
  const suspend = async (): Promise<Suspended> => {
    const call = loaded.open(engineLimits);
    const turn = await beginCall(call, { operations: 1 });
    if (turn.outcome.kind !== 'waiting') throw new Error(`Cannot measure: a call is ${JSON.stringify(turn.outcome)}`);
    return { call, turn };
  };
  const finish = async ({ call, turn }: Suspended): Promise<void> => {
    const { outcome } = await call.resume(answers(turn), Date.now());
    if (outcome.kind !== 'done') throw new Error(`Cannot measure: a call ended as ${JSON.stringify(outcome)}`);
    call[Symbol.dispose]();
  };
  const suspendAll = (): Promise<Suspended[]> => Promise.all(Array.from({ length: calls }, suspend));
  // Code, glue and workers are there before the first reading.
  for (let warmUp = 0; warmUp < 20; warmUp += 1) await finish(await suspend());
  const before = privateKiB();
  const started = performance.now();
  const first = await suspendAll();
  const startMs = performance.now() - started;
  const kibEach = (privateKiB() - before) / calls;
  const cancelling = performance.now();
  for (const { call } of first) call[Symbol.dispose]();
  const cancelMs = performance.now() - cancelling;
  const startedWarm = performance.now();
  const second = await suspendAll();
  const warmStartMs = performance.now() - startedWarm;
  const finishing = performance.now();
  await Promise.all(second.map(finish));
  const finishMs = performance.now() - finishing;
  loaded[Symbol.dispose]();
  await engine.dispose();
  return { kibEach, startMs, cancelMs, warmStartMs, finishMs };
}

console.log(JSON.stringify(await measure(form)));
process.exit(0);
