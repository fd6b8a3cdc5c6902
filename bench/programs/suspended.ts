/**
 * Suspends 1,000 calls of one tool at the same time in a process of its own, then lets all of them end.
 * Prints `{"kibEach", "startMs", "finishMs"}`.
 */
import process from 'node:process';
import type { EngineCall, Turn } from '#wit/interfaces';
import { engineLimits } from '../engine-limits.ts';
import { buildSample, callStart, componentOf, openComponent, resumeTimers, sampleText } from '../workload.ts';

const calls = 1_000;
const { engine, loaded } = await openComponent(componentOf(await buildSample(), 'waits'));
const start = callStart({ times: 1, ms: 60_000, text: sampleText });

async function suspend(): Promise<{ readonly call: EngineCall; readonly turn: Turn }> {
  const call = loaded.open(engineLimits);
  return { call, turn: await call.begin(start) };
}

async function finish({ call, turn }: { readonly call: EngineCall; readonly turn: Turn }): Promise<void> {
  const { outcome } = await resumeTimers(call, turn);
  if (outcome.kind !== 'done') throw new Error(`Cannot measure: a call ended as ${JSON.stringify(outcome)}`);
  call[Symbol.dispose]();
}

// Workers, modules and glue are there before the first reading.
for (let warmUp = 0; warmUp < 20; warmUp += 1) await finish(await suspend());
const rssBefore = process.memoryUsage.rss();
const started = performance.now();
const suspended = await Promise.all(Array.from({ length: calls }, suspend));
const startMs = performance.now() - started;
const kibEach = (process.memoryUsage.rss() - rssBefore) / 1024 / calls;
const finishing = performance.now();
await Promise.all(suspended.map(finish));
console.log(JSON.stringify({ kibEach, startMs, finishMs: performance.now() - finishing }));
await engine[Symbol.asyncDispose]();
