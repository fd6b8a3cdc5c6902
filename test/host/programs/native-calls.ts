/** What the programs beside this file have in common: an engine with the guest of one-letter commands, and V8's own WebAssembly. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Engine, EngineCall, LoadedComponent, Turn } from '#wit/interfaces';
import { createWasmtimeEngine } from '../../../host/engine/wasmtime/engine.ts';

const limits = {
  memoryBytesMax: 1 << 24,
  computeMsMax: 5_000,
  outputBytesMax: 1 << 20,
  logBytesMax: 1 << 16,
  operationsOpenMax: 64,
};

/**
 * Where the test has put `guest.wasm`, the guest, and `traps.wasm`, what V8 runs: making them takes longer than all that a program does. Compiled code is kept
 * there, too.
 */
const directory = process.env['ARIA_TEST_PROGRAMS'] ?? '';
const artifacts = { directory: join(directory, 'compiled'), key: new Uint8Array(32).fill(7) };

/** An engine with a component. */
export interface NativeCalls extends AsyncDisposable {
  readonly engine: Engine;
  open(computeMsMax?: number): EngineCall;
  /** Runs a program of `raw-guest.ts` to the end of its first turn, and says how it ended. */
  run(program: string, computeMsMax?: number): Promise<string>;
  /** Begins calls that wait; whoever exits leaves them waiting. */
  suspend(count: number): Promise<readonly EngineCall[]>;
}

/** Creates them. */
export async function createNativeCalls(): Promise<NativeCalls> {
  const engine = createWasmtimeEngine({ artifacts });
  const component: LoadedComponent = await engine.load(await guestBytes());
  const open = (computeMsMax = limits.computeMsMax): EngineCall => component.open({ ...limits, computeMsMax });
  return {
    engine,
    open,
    run: async (program, computeMsMax) => {
      using call = open(computeMsMax);
      return endOf(await begin(call, program));
    },
    suspend: async (count) => {
      const calls = Array.from({ length: count }, () => open());
      for (const call of calls) await begin(call, 'swxKd');
      return calls;
    },
    [Symbol.asyncDispose]: async () => {
      component[Symbol.dispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

/** The guest. */
export function guestBytes(): Promise<Uint8Array> {
  return readFile(join(directory, 'guest.wasm'));
}

/** Begins a call with a program. */
export function begin(call: EngineCall, program: string): Turn | Promise<Turn> {
  return call.begin({ input: program, blobs: [], nowMs: 0, seed: new Uint8Array(32) });
}

/** How a turn ended, in one word. */
export function endOf({ outcome }: Turn): string {
  return outcome.kind === 'ended' ? outcome.code : outcome.kind;
}

/** Makes V8 run `traps.wasm`, which loads outside its memory, recurses, and divides by zero; says what each became. */
export async function trapsOfV8(): Promise<string> {
  const bytes = await readFile(join(directory, 'traps.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes);
  const ends = ['load', 'recurse', 'divide'].map((name) => {
    try {
      (instance.exports[name] as () => void)();
      return 'fine';
    } catch (error) {
      return error instanceof Error ? error.name : 'odd';
    }
  });
  return ends.join(' ');
}
