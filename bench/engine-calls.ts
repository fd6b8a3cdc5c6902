/** Calls of an engine whose operations are answered at once: nothing is measured but the engine, its guest and the border between them. */
import { join } from 'node:path';
import type { EngineCall, EngineLimits, LoadedComponent, ReadyOperation, Turn } from '#wit/interfaces';
import { engineLimits } from './engine-limits.ts';
import { type EngineForm, openEngine } from './engines.ts';
import type { Measured } from './harness.ts';
import { buildSample, componentOf } from './workload.ts';

const callsDirectory = join(import.meta.dirname, 'samples/calls');

/** The seed of every call: what it is does not matter here. */
const seed = new Uint8Array(32);

let sample: ReturnType<typeof buildSample> | undefined;

/** A component of the sample `calls`; the project is built once a process. */
export async function callComponent(tool: string): Promise<Uint8Array> {
  sample ??= buildSample(callsDirectory);
  return componentOf(await sample, tool);
}

/** Answers what a turn has started. */
export function answers({ operations }: Turn): readonly ReadyOperation[] {
  return operations.map(({ id }) => ({ id, completion: { kind: 'ok', value: undefined } }));
}

function outputOf({ outcome }: Turn): unknown {
  if (outcome.kind !== 'done') throw new Error(`Cannot measure: the call ended as ${JSON.stringify(outcome)}`);
  return JSON.parse(outcome.output);
}

/** Begins a call: JSON of a value goes in. */
export function beginCall(call: EngineCall, input: unknown): Turn | Promise<Turn> {
  return call.begin({ input: JSON.stringify(input), blobs: [], nowMs: Date.now(), seed });
}

/**
 * A whole call in a fresh instance, from a value to a value. Promises are awaited only where the engine gives one, so that a call that ends at
 * once costs no turn of the queue.
 * @throws where the call does not end with `done`.
 */
export function callToEnd(loaded: LoadedComponent, input: unknown, limits: EngineLimits = engineLimits): unknown {
  const call = loaded.open(limits);
  let turn = beginCall(call, input);
  while (!(turn instanceof Promise)) {
    if (turn.outcome.kind !== 'waiting') {
      call[Symbol.dispose]();
      return outputOf(turn);
    }
    turn = call.resume(answers(turn), Date.now());
  }
  return restOfCall(call, turn);
}

async function restOfCall(call: EngineCall, pending: Promise<Turn>): Promise<unknown> {
  let turn = await pending;
  while (turn.outcome.kind === 'waiting') {
    const next = call.resume(answers(turn), Date.now());
    turn = next instanceof Promise ? await next : next;
  }
  call[Symbol.dispose]();
  return outputOf(turn);
}

/** Opens a tool of the sample on a form of the engine, and what `measured` makes of it. The engine is disposed of with the benchmark. */
export async function withTool(
  form: EngineForm,
  tool: string,
  measured: (loaded: LoadedComponent) => Measured['run'] | Promise<Measured['run']>,
): Promise<Measured> {
  const engine = await openEngine(form);
  const loaded = await engine.load(await callComponent(tool));
  const dispose = async (): Promise<void> => {
    loaded[Symbol.dispose]();
    await engine.dispose();
  };
  return { run: await measured(loaded), dispose };
}
